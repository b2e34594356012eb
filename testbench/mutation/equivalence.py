"""Whether a surviving mutant is the same hardware: then no test can kill it, and it does not count.

Two questions, the cheap one first:

- Do equal registers and equal inputs give equal outputs and equal next registers? yosys's ``equiv_*`` prove it for
  each register and output, without a bound, for the mutated module with all that is inside it.
- Does anything differ in the first `CYCLES` cycles of the whole design, reset in the first one, all other registers
  and memories at zero? yosys's ``sat`` looks at all inputs: a difference is a test that is missing, and the absence of
  one is no proof, only a bound.
"""

from __future__ import annotations

from typing import Literal

from tamis.hdl.emit.generate import Design
from tamis.testbench.mutation.mutants import Mutant, read
from tamis.tools import yosys

__all__ = ["CYCLES", "Answer", "same"]

CYCLES = 8
Answer = Literal["equivalent", "no difference found", "differs", "unknown"]

# yosys compares the nets with public names, which only registers and ports keep: between them mutants may differ.
_PREPARED = """hierarchy -top {top}
flatten
opt_clean
memory_map
opt_clean
select -set registers t:$*dff* %co1:+[Q] w:* %i
rename -hide w:* i:* %d o:* %d @registers %d
"""
_INDUCTION = """equiv_make gold gate equiv
hierarchy -top equiv
equiv_struct
equiv_simple -seq 1
equiv_induct -seq 2
tee -o {job}equiv.txt equiv_status
"""
_SEARCH = """miter -equiv -flatten gold gate miter
hierarchy -top miter
tee -o {job}sat.txt sat -timeout {seconds} -seq {cycles} -set-at 1 in_rst 1 -set-init-zero -prove trigger 0 \
-prove-skip 1 miter
"""


def same(design: Design, mutant: Mutant, *, cycles: int = CYCLES, seconds: int = 120) -> Answer:
    """What yosys says of a mutant: proven equivalent, no difference in that many cycles, one found, or no answer.

    "unknown": `sat` found nothing in `seconds`, the design has no reset to start from, or it is a core, whose memories
    as registers are more than `sat` can unroll.
    """
    try:
        said = _ask(design, mutant, mutant.module, _INDUCTION.format(job=yosys.JOB), "equiv.txt")
    except yosys.SynthError:
        said = ""
    if "Equivalence successfully proven!" in said:
        return "equivalent"
    if design.manifest["kind"] == "core":
        return "unknown"
    try:
        said = _ask(design, mutant, design.manifest["top"],
                    _SEARCH.format(seconds=seconds, cycles=cycles, job=yosys.JOB), "sat.txt")
    except yosys.SynthError:
        return "unknown"
    if "model found: FAIL" in said and "no model found" not in said:
        return "differs"
    return "no difference found" if "no model found: SUCCESS" in said else "unknown"


def _ask(design: Design, mutant: Mutant, top: str, question: str, output: str) -> str:
    """yosys's report on `question` about two copies of `top`: gold as it is, gate with the mutant."""
    inputs, script = read(design)
    prepared = _PREPARED.format(top=top)
    script += f"""design -save start
{prepared}rename {top} gold
design -stash gold
design -load start
mutate -module {mutant.module} {mutant.options}
{prepared}rename {top} gate
design -stash gate
design -copy-from gold gold
design -copy-from gate gate
{question}"""
    return yosys.run(script, inputs, [output])[output]
