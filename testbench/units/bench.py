"""Plays stimulus on a simulated unit, under stalls and resets, and checks every beat, cycle and flag against golden."""

import json
import os
from pathlib import Path

import numpy as np

from tamis.hdl.emit import kinds
from tamis.testbench.run.coverage import Coverage
from tamis.testbench.run.runner import FAILED
from tamis.testbench.run.stream_ports import StreamPorts
from tamis.testbench.units import beats
from tamis.testbench.units import player as stream_player
from tamis.testbench.units.adapters import adapter
from tamis.testbench.units.player import Segment


class StreamBench:
    """The simulated unit that $TAMIS_MANIFEST describes; `seed` is $TAMIS_SEED."""

    _jobs = 0  # of this simulation

    def __init__(self):
        self.seed = int(os.environ["TAMIS_SEED"])
        manifest = json.loads(Path(os.environ["TAMIS_MANIFEST"]).read_text(encoding="utf-8"))
        self.latency = manifest["latency"]
        self.config = kinds.named(manifest["kind"]).Config.parse(manifest["config"])
        self.ports = StreamPorts(manifest)
        self.unit = adapter(manifest["kind"])
        failed = os.environ.get("TAMIS_FAILED")
        self._only = Path(failed).read_text(encoding="utf-8").splitlines() if failed else None
        self.coverage = Coverage(self.unit, self.config, self.ports)

    async def run(self, dut, givens, about, *, stalls=None, resets=()):
        """Play `givens` one after the other, a reset between two, and check; returns (cycles, seconds).

        stalls : callable (cycles) -> (cycles, 1 + streams) bool, or None
        resets : how many cycles after its start each segment but the last is cut short by the next one's reset.
        Raises AssertionError with seed, configuration and first difference.
        """
        number, StreamBench._jobs = StreamBench._jobs, StreamBench._jobs + 1
        name = about
        wanted = [self.unit.expected(self.config, given) for given in givens]
        last = [max((int(at[-1]) for at in {**one.at, **one.taken}.values() if len(at)), default=0) + 1
                for one in wanted]
        segments = []
        for given, cycles, cut in zip(givens, last, [*resets, None], strict=True):
            pattern = stalls(cut or 4 * cycles + 100) if stalls else ()
            segments.append(Segment(given, pattern, cut))
        if self._only is not None and name not in self._only:  # a run with waves: the draws, but not the simulation
            return 0, 0
        with Path(FAILED).open("a", encoding="utf-8") as doing:
            doing.write(f"{name}\n")
        limit = sum(resets) + 100 * last[-1] + 10_000
        seen, checks, cycles, seconds = await stream_player.play(dut, self.ports, number, segments, limit)
        about = f"{about} (seed {self.seed}, {self.config!r})"
        assert not checks, f"{about}: {len(checks)} breaches of the handshake, the first in cycle {checks[0]}"
        for k, (given, want, got) in enumerate(zip(givens, wanted, seen, strict=True)):
            name = f"{about}, after reset {k}" if k else about
            cut = k < len(givens) - 1
            self._check(want, got, name, exact=stalls is None, cut=resets[k] if cut else None)
            self.coverage.sample(given, want, got, cut)
        stream_player.remove(number)
        lines = Path(FAILED).read_text(encoding="utf-8").splitlines()
        Path(FAILED).write_text("".join(f"{line}\n" for line in lines if line != name), encoding="utf-8")
        return cycles, seconds

    def _check(self, want, got, about, *, exact, cut):
        for stream, out in got.beats.items():
            right, length = want.beats[stream], beats.count(want.beats[stream])
            n = len(got.at[stream])
            assert n <= length, f"{about}: {stream} gave {n} beats, golden {length}"
            assert not got.unknown[stream], f"{about}: {got.unknown[stream]} beats of {stream} have unknown bits"
            _compare(beats.take(right, slice(0, n)), out, f"{about}: {stream}")
            assert cut is not None or n == length, f"{about}: {stream} gave {n} beats and stopped, golden {length}"
        for stream, at in want.taken.items():
            n = len(got.at[stream])
            assert cut is not None or n == len(at), f"{about}: {n} of {len(at)} beats of {stream} were taken"
        if exact:
            for stream, at in {**want.at, **want.taken}.items():
                due = at if cut is None else at[at < cut]
                late = np.flatnonzero(due != got.at[stream][:len(due)]) if len(due) <= len(got.at[stream]) else [
                    len(got.at[stream])]
                assert len(due) == len(got.at[stream]) and not len(late), (
                    f"{about}: beat {late[0] if len(late) else len(due)} of {stream} moves in cycle "
                    f"{got.at[stream][late[0]] if len(late) and late[0] < len(got.at[stream]) else 'never'}, "
                    f"golden {due[late[0]] if len(late) else 'none'}")
            for way, cycles in self.latency.items():
                source, _, sink = way.partition(" to ")
                if len(got.at.get(sink, ())) and isinstance(cycles, int):
                    measured = int(got.at[sink][0] - got.at[source][0])
                    assert measured == cycles, f"{about}: latency {way} is {measured}, the manifest says {cycles}"
        for flag, (rose, fell) in got.flags.items():
            assert not fell, f"{about}: {flag} did not stay set"
            if cut is None:
                assert (rose is not None) == want.flags.get(flag, False), (
                    f"{about}: {flag} is {'clear' if rose is None else 'set'}, golden says otherwise")


def _compare(want, got, about):
    wanted, found = dict(beats.leaves(want)), dict(beats.leaves(got))
    assert wanted.keys() == found.keys(), f"{about}: fields {list(found)}, golden has {list(wanted)}"
    for path, right in wanted.items():
        wrong = np.argwhere(np.ma.filled(right != found[path], False))
        if len(wrong):
            beat = int(wrong[0][0])
            where = "".join(f"[{k}]" for k in wrong[0][1:])
            raise AssertionError(f"{about}: {len(np.unique(wrong[:, 0]))} beats differ, the first is beat {beat}: "
                                 f"{path}{where} golden {right[tuple(wrong[0])]}, RTL {found[path][tuple(wrong[0])]}")
