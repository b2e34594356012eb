"""The core as a netlist: a tile of each mode, B dense and compressed, every byte against the golden model."""

import cocotb

from tamis.hdl.core.config import RAW, SAS, SERIES
from tamis.host.driver import Output
from tamis.testbench.core.bench import Bench
from tamis.testbench.core.draws import of_shape, table_output


@cocotb.test()
async def one_tile_of_each_mode(dut):
    """As gates: raw, series and, where there is one, SAS; then with B compressed and streams stalled."""
    bench = await Bench.started(dut, "one_tile_of_each_mode")
    core, rng = bench.core, bench.rng
    m = core.m
    await bench.driver.identify()
    outputs = [(3, Output(RAW)), (m, table_output(rng, SERIES, (m,), m))]
    outputs += [(m.bit_length(), table_output(rng, SAS, (), m.bit_length()))] * core.encodes_sas
    for stall in (0.0, 0.3):
        bench.bus.stall(stall)
        for columns, output in outputs:
            work = of_shape(rng, core, core.array.cols, 2 * core.chunk_blocks * m, columns, output=output,
                            compressed=stall > 0)
            await bench.gemm(work, "as gates")
        await bench.settled("as gates")
        await bench.bus.reset()
