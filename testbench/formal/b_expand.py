"""B expander: which beats are masks, which go on, and the blocks that those mean.

The trick: two numbers say everything, how many beats of the chunk were taken and how many of them went on. Beat k is
masks if k mod (steps + 1) is 0; a step's mask bits are where that remainder says, in the beat of masks that was kept
whole. The unit counts steps and shifts. A block is told by counting ones, an element at a time.

What it is connected to: a chunk that has begun stays `active` until its last beat goes on, and has no more beats than
columns and blocks allow; the loader is proven to do so (`tamis.testbench.formal.b_loader`). Nothing is assumed of the
transmitter: an offer on `o` is kept if the one on `i` is.
"""

from amaranth.hdl import Cat, Signal, Value

from tamis.hdl.core.layouts import compressed_layout
from tamis.testbench.formal.bench import Bench

__all__ = ["prove_b_expand"]


def prove_b_expand(unit, config):
    """A `tamis.hdl.core.b_expand.BExpand` of that core."""
    bench = Bench()
    inside = bench.place("unit", unit)
    bench.roam(unit)
    m, claim, i, o = bench.m, bench.claim, unit.i, unit.o
    layout = compressed_layout(config)
    most = config.columns * config.chunk_blocks // layout.together  # beats of values of a chunk
    values = Signal(range(most + 1), name="values_gone_on")
    beats = Signal(range(2 * most + 1), name="beats_taken")
    kept = Signal(config.b_bits, name="kept", reset_less=True)
    masks, step = Signal(name="is_masks"), Signal(range(layout.steps + 1), name="step_after_masks")
    takes, goes = Signal(name="takes"), Signal(name="goes")
    m.d.comb += [
        step.eq(beats % (layout.steps + 1)),
        masks.eq(unit.active & (step == 0)),
        takes.eq(unit.active & i.valid & i.ready),
        goes.eq(unit.active & o.valid & o.ready),
    ]
    ended = goes & unit.ends
    with m.If(ended):
        m.d.sync += [beats.eq(0), values.eq(0)]
    with m.Else():
        m.d.sync += [beats.eq(beats + takes), values.eq(values + goes)]
    with m.If(takes & masks):
        m.d.sync += kept.eq(i.payload.data)
    bench.assume(unit.active | (beats == 0))
    bench.assume(~unit.active | unit.ends | (values + 1 < most))

    # Beats.
    claim("ready", i.ready == o.ready)
    claim("plain_goes_on", unit.active | (o.valid == i.valid))
    claim("masks_stay", ~masks | ~o.valid)
    claim("values_go_on", ~unit.active | masks | (o.valid == i.valid))
    claim("unchanged", ~o.valid | (Value.cast(o.payload) == Value.cast(i.payload)))
    claim("as_many_masks", ~ended | (beats - values == (values + layout.steps) // layout.steps))  # a part is one more
    _offers(bench, unit)

    # Blocks.
    size, legal = layout.block.n * layout.block.width, []
    own = kept.word_select((step - 1)[:len(step)], layout.together * layout.code_bits)
    for k in range(layout.together):
        code = Signal(layout.code_bits, name=f"code_{k}")
        m.d.comb += code.eq(own[k * layout.code_bits:(k + 1) * layout.code_bits])
        legal.append(_block(bench, layout.block, f"_{k}", code, i.payload.data[k * size:(k + 1) * size],
                            unit.blocks.word_select(k, layout.block.m * layout.block.width), unit.active & o.valid))
    claim("illegal", unit.illegal == (goes & ~Cat(legal).all()))

    seen = Signal(name="seen")
    m.d.sync += seen.eq(seen | (takes & masks & (i.payload.last | ~i.payload.keep.all())))
    claim("error", unit.error == seen)

    # Induction: what its registers hold.
    at = inside["step"] if layout.steps > 1 else 0
    claim("has", inside["has"] == (step != 0))
    claim("at", at == values % layout.steps)
    claim("counts", beats == values + values // layout.steps + inside["has"])
    claim("bounded", values < most)
    claim("at_rest", inside["has"] | (at == 0))
    claim("masks", ~inside["has"] | (inside["masks"] == kept >> at * (layout.together * layout.code_bits)))
    return bench


def _offers(bench, unit):
    """An offer stays if the transmitter's does, unless a compressed chunk begins, which makes it one of masks."""
    i, o, waits, was_active = unit.i, unit.o, Signal(name="o_waits"), Signal(name="was_active")
    came, gone = (Signal(len(Value.cast(o.payload)), name=f"{name}_before", reset_less=True) for name in ("i", "o"))
    bench.m.d.sync += [waits.eq(o.valid & ~o.ready), was_active.eq(unit.active), came.eq(i.payload),
                       gone.eq(o.payload)]
    stays = i.valid & (came == Value.cast(i.payload))
    begins = unit.active & ~was_active
    bench.claim("keeps_its_offer", ~waits | ~stays | begins | (o.valid & (gone == Value.cast(o.payload))))


def _block(bench, config, name, code, values, block, offered):
    """An element that is a one of a legal mask is the value of as many as there are ones below; others are zeros."""
    bits = len(code) // config.m  # two of each element in the nibble of 1:2, both the same
    ones = [code[k * bits] for k in range(config.m)]
    legal = Signal(name=f"legal{name}")
    same = Cat(code[k] == ones[k // bits] for k in range(len(code))).all()
    bench.m.d.comb += legal.eq(same & (sum(ones) == config.n))
    for k, one in enumerate(ones):
        value = values.word_select(Value.cast(sum(ones[:k])), config.width)
        element = block.word_select(k, config.width)
        bench.claim(f"element{name}_{k}", ~offered | (element == (value & (one & legal).replicate(config.width))))
    return legal
