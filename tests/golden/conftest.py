"""Hypothesis without a deadline (a busy machine is no failure); HYPOTHESIS_PROFILE=deep searches 2000 new examples."""

import os

from hypothesis import settings

settings.register_profile("golden", deadline=None, derandomize=True)
settings.register_profile("deep", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "golden"))
