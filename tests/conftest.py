"""What all tests share."""

import warnings

from amaranth.hdl import UnusedElaboratable

# Amaranth says so of a component whose parameters were refused, when it is freed: that may be after the last test,
# where the filter of pyproject.toml no longer holds.
warnings.filterwarnings("ignore", category=UnusedElaboratable)
