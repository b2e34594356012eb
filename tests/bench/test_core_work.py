"""What the core runs in bench/core, small, on one core that is built once; and what its closed form promises."""

import numpy as np
import pytest

from bench.core import convolution, srigl, utilisation
from bench.core.measure import forecast, measure, raw_jobs, tiled
from tamis.golden import sas
from tamis.golden.core.descriptor import Job
from tamis.golden.core.drain_cycles import leaving, pace, predict
from tamis.hdl.core.config import RAW, SERIES, CoreConfig
from tamis.hdl.emit import generate as emit
from tamis.host import im2col
from tamis.host.driver import Operand, Output, plan
from tamis.testbench.core import network
from tamis.testbench.core.draws import draw
from tamis.testbench.run import simulators

pytestmark = pytest.mark.xdist_group("core_work")  # one build for all
CORE = CoreConfig.parse({"array": {"patterns": "1:4,2:4,4:4", "rows": 4, "cols": 4}, "columns": 16, "a_bits": 32,
                         "b_bits": 64, "c_bits": 32, "b_slots": 16, "queue": 4, "out_lanes": 2})


def test_closed_form_of_random_work():
    """Jobs of every output, more than the queue holds: every tile's last beat and the counters, as predicted."""
    rng, steps = np.random.default_rng(1), []
    for _ in range(12):
        a, b, output = draw(rng, CORE, 3)
        steps += plan(a, b, CORE, output)
    assert len(steps) > 3 * CORE.queue
    measure(CORE, steps)


def test_closed_form_of_a_slow_host():
    """Descriptors that come one by one leave the core idle between them; idle cycles are not counted."""
    job = Job(columns=5, blocks=3, n0=2)
    alone = predict([job], CORE, [7])
    assert predict([job, job], CORE, [7, 5000]).cycles == 2 * alone.cycles
    assert alone.cycles == alone.last[0] - 7 == predict([job], CORE, [70]).cycles


def test_pace_never_overfills():
    jobs = [Job(columns=16, blocks=8, n0=4)] * 20
    entered = pace(jobs, CORE)
    taken = [t.taken for t in predict(jobs, CORE, entered).times]
    for k in range(CORE.queue, len(jobs)):
        assert sum(t > entered[k] for t in taken[:k]) < CORE.queue


@pytest.mark.parametrize("fields", [{"mode": RAW}, {"mode": SERIES, "o0": 4}, {"mode": SERIES, "o0": 1}, {"mode": 2}])
def test_a_tile_leaves_at_its_rate(fields):
    """Four more columns take as long as what carries most: reads of sums, or beats of C."""
    def end(t, c_bits):
        core = CoreConfig.parse(CORE.model_dump() | {"c_bits": c_bits})
        return leaving(Job(columns=t, blocks=1, n0=1, **fields), core)[1]

    sums, bits = 4 * CORE.array.cols, {RAW: 32, 2: 16, SERIES: 8 if fields.get("o0") == 4 else 16}[fields["mode"]]
    beats = {32: bits * sums // 32, 512: 0}
    if fields.get("o0") == 1:
        beats[32] = sums // 4 * 16 // 32  # a record of one entry for four sums
    for c_bits, least in beats.items():
        assert end(12, c_bits) - end(8, c_bits) == max(sums // CORE.out_lanes, least)


def test_convolution():
    """RTL to the last value, through im2col of what came out of the core; `run` compares with golden.sas.conv2d."""
    convolution.run(CORE, (1, 3, 4), 4, 3, 5, window=(2, 2), padding=1)


def test_im2col_gathers_what_numpy_does():
    rng, image, channels, weight = np.random.default_rng(0), (2, 4, 5), 3, (6, 4, 3, 3, 2)
    x = rng.integers(-128, 128, (image[0], channels, *image[1:]))
    wide = sas.project(x, 2, axis=1).transpose(0, 2, 3, 1).reshape(-1, channels * CORE.m)
    w = rng.integers(-128, 128, weight)
    a = im2col.gather(Operand.compress(wide, (1,), CORE), CORE, image, weight[3:], padding=1)
    found = (a.dense(CORE) @ im2col.kernel(w)).reshape(image[0], 4, 6, 6).transpose(0, 3, 1, 2)
    assert (found == sas.conv2d(x, w, 2, 1)).all()


def test_constant_fan_in():
    rng = np.random.default_rng(0)
    weight, mask = srigl.structured(rng, 1, 4, neurons=12, inputs=32)
    assert (mask.sum(axis=1) == 8).all() and srigl.lossless(weight, CORE) == (1,)
    srigl.on_core(CORE, weight, (1,), rng.integers(-128, 128, (20, 32)))


def test_network_as_predicted(tmp_path):
    """Two layers through cocotbext-axi, activations compressed between them: CYCLES is the closed form's."""
    rng, core = np.random.default_rng(2), CoreConfig.preset("tiny-n:2")
    hidden = Output(SERIES, (2,), rng.integers(-99, 99, 12), np.full(12, 1 << 14), np.full(12, 20), relu=True)
    layers = [network.Layer(rng.integers(-128, 128, (20, 12)), hidden),
              network.Layer(rng.integers(-128, 128, (12, 9)), Output())]
    found = network.run(emit.generate(core), simulators.available()[0], tmp_path, rng.integers(-128, 128, (10, 20)),
                        (1,), layers)
    assert found.predicted.tolist() == found.cycles.tolist()


def test_utilisation_of_the_default_preset():
    """The closed form, equal to the RTL in bench/core/README.md, at the targets of the issue."""
    core = CoreConfig.preset("default")
    tiles = {n: columns for output, columns, n in utilisation.CASES if output != "int8"}
    shape = utilisation.I, utilisation.K, utilisation.J
    for n, target in utilisation.TARGETS.items():
        assert forecast(core, raw_jobs(tiled(core, tiles[n]), shape, (n,))).utilisation >= target
