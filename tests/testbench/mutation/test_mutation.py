"""testbench/mutation on one small unit: a mutant that is killed, one that is the same hardware, bad arguments."""

from click.testing import CliRunner

from tamis.testbench.mutation import __main__ as command
from tamis.testbench.mutation.equivalence import same
from tamis.testbench.mutation.judge import judge
from tamis.testbench.mutation.mutants import draw, with_switch
from tamis.testbench.subjects import SUBJECTS


def test_a_killed_mutant_and_an_equivalent_one():
    subject, = (subject for subject in SUBJECTS if subject.name == "prune")
    design = subject.design()
    drawn = draw(design, 400, seed=1)
    assert len(drawn) == 400 and draw(design, 400, seed=1) == drawn

    def first(mode, cell, port):
        return next(one for one in drawn if f"-mode {mode}" in one.options and f"-cell ${cell}$" in one.options
                    and f"-port {port} " in one.options)

    wrong = first("inv", "ternary", "Y")  # every choice of a multiplexer is seen
    other = first("inv", "and", "Y")
    equal = first("cnot1", "reduce_or", "A")  # one input of an OR, inverted while another is 1
    judged = judge(subject, design, [wrong, other, equal], seed=1)
    assert [one.killer is None for one in judged] == [False, False, True]
    assert same(design, equal) == "equivalent"
    assert same(design, wrong, cycles=4) == "differs"


def test_the_switch_is_no_port():
    subject, = (subject for subject in SUBJECTS if subject.name == "mvue-1in2")  # of two modules
    design = subject.design()
    files = with_switch(design, draw(design, 2, seed=3)).files
    changed = [text for name, text in files.items() if text != design.files[name]]
    assert len(changed) == 2
    for text in changed:
        assert "mutant" not in text.partition(";")[0] and ".mutant(" not in text
        assert text.count("reg [15:0] mutant;") == 1


def test_a_name_of_no_design_is_refused():
    result = CliRunner().invoke(command.main, ["prume"])
    assert result.exit_code == 2
    assert "'prume' begins the name of no design, must be one of array, " in result.output
