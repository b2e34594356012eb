"""golden/core/descriptor.py: an output series other than M of M needs an encoder, which M = 4, 8 and 16 have."""

import pytest

from tamis.golden.core.descriptor import Job, refusal
from tamis.hdl.core.config import CoreConfig


@pytest.mark.parametrize("m", [1, 2, 32])
def test_series_without_an_encoder(m):
    core = CoreConfig.parse({"array": {"patterns": f"1:{m}", "rows": 4, "cols": 4}, "columns": 64})
    assert not core.encodes
    for o0 in range(64):
        for o1 in (0, 1):
            code = refusal(Job(columns=m, blocks=1, n0=1, mode=1, o0=o0, o1=o1), core)
            assert code == (0 if (o0, o1) == (m, 0) else 5), (o0, o1)


@pytest.mark.parametrize("m", [4, 8, 16])
def test_series_with_an_encoder(m):
    core = CoreConfig.parse({"array": {"patterns": f"1:{m}", "rows": 4, "cols": 4}})
    legal = {o0 for o0 in range(64) if refusal(Job(columns=m, blocks=1, n0=1, mode=1, o0=o0), core) == 0}
    assert legal == set(range(1, m + 1))
