"""Functional coverage of a core, kept by cocotb-coverage: jobs by what they ask for, and what was done to the ports.

A bin counts the jobs, or the runs, that hit it.
"""

from tamis.golden.core.descriptor import WIDTHS
from tamis.hdl.core.config import RAW, SAS, SERIES
from tamis.hdl.core.registers import CODES
from tamis.testbench.core.bus import PORTS
from tamis.testbench.run import coverage

__all__ = ["CoreCoverage"]

MODES = {RAW: "raw", SERIES: "series", SAS: "SAS"}
B_FORMS = ("dense", "compressed")
B_FATES = ("loaded", "loaded and kept", "reused", "reused and kept")
AMOUNTS = ("1", "some", "all")
SPANS = ("1 block", "part of a chunk", "a chunk", "several chunks", "more chunks than slots")
RESETS = ("while idle", "while busy")
FAULTS = ("TLAST early", "TLAST late", "TKEEP with a hole")


class CoreCoverage:
    """The coverage of one core; one object for all tests of a simulation (`of`)."""

    _made = None

    @classmethod
    def of(cls, core):
        """The simulation's."""
        if CoreCoverage._made is None:
            CoreCoverage._made = cls(core)
        return CoreCoverage._made

    def __init__(self, core):
        self._core = core
        m, ns = core.m, sorted(p.n for p in core.array.patterns)
        modes = [RAW, *([SERIES] if m <= core.columns else []), *([SAS] if core.encodes_sas else [])]
        most = min(3, m // ns[0])
        masks = ["in a block", "in every block"] if core.b_n else []
        never = {6: core.array.a_width >= WIDTHS["zero_point"], 7: core.b_n > 0}
        kinds = ["dense", *(f"{k} terms" for k in (1, 2, 3) if core.encodes)]
        self._points = {
            "mode x terms of A": [f"{MODES[mode]} of {k}" for mode in modes for k in range(1, most + 1)],
            "N of a term": [str(n) for n in ns],
            "output series": kinds if SERIES in modes else [],
            "columns": list(AMOUNTS), "K": list(SPANS), "B": list(B_FATES),
            "form of B": list(B_FORMS) if core.b_n else [], "illegal mask": masks,
            "mode x stall": [f"{MODES[mode]}, {stall}" for mode in modes for stall in ("none", "all ports")],
            "stall of one port": list(PORTS),
            "refused with code": [str(code) for code in CODES if not never.get(code)],
            "queue full": ["yes"],
            "framing": [f"{stream}: {fault}" for stream in "AB" for fault in FAULTS],
            "reset": list(RESETS),
        }
        self._sample = {name: coverage.point(name, labels) for name, labels in self._points.items() if labels}

    def hit(self, name, label):
        """Count one."""
        self._sample[name](str(label))
        coverage.write(self._sample)

    def jobs(self, steps, stalls):
        """Count a run. stalls : {port: probability}"""
        core, hits = self._core, []
        ports = [name for name, chance in stalls.items() if chance]
        if len(ports) == 1:
            hits.append(("stall of one port", ports[0]))
        for job in (step.job for step in steps if not step.job.kind):
            mode = MODES[job.mode]
            hits.append(("mode x terms of A", f"{mode} of {len(job.terms)}"))
            hits += [("N of a term", str(n)) for n in job.terms]
            hits.append(("columns", "all" if job.columns == core.columns else "1" if job.columns == 1 else "some"))
            chunks = -(-job.blocks // core.chunk_blocks)
            hits.append(("K", SPANS[0] if job.blocks == 1 else SPANS[4] if chunks > core.b_slots else SPANS[3]
                         if chunks > 1 else SPANS[2] if job.blocks == core.chunk_blocks else SPANS[1]))
            hits.append(("B", B_FATES[2 * job.b_reuse + job.b_keep]))
            if core.b_n and not job.b_reuse:
                hits.append(("form of B", B_FORMS[job.b_compressed]))
            if not ports or len(ports) == len(PORTS):
                hits.append(("mode x stall", f"{mode}, {'all ports' if ports else 'none'}"))
            if job.mode == SERIES:
                terms = [n for n in (job.o0, job.o1, job.o2) if n]
                hits.append(("output series", "dense" if terms == [core.m] else f"{len(terms)} terms"))
        for name, label in hits:
            self._sample[name](label)
        coverage.write(self._sample)
