"""Strategies of hypothesis for damaged files: a good file truncated, swapped, overwritten or repeated."""

from hypothesis import strategies as st


@st.composite
def damaged(draw, good: bytes):
    """`good` after one to three accidents, or any other bytes."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.binary(max_size=300))
    content = good
    for _ in range(draw(st.integers(1, 3))):
        first, second = sorted(draw(st.lists(st.integers(0, len(content)), min_size=2, max_size=2)))
        content = draw(st.sampled_from([
            content[:first],  # truncated
            content[first:] + content[:first],  # swapped
            content[:first] + content[second:],  # a part is lost
            content[:second] + content[first:],  # a part comes twice
            content[:first] + draw(st.binary(min_size=1, max_size=8)) + content[first:],
            content[:first] + bytes(second - first) + content[second:],  # a hole of zeros
            b"\xef\xbb\xbf" + content,
            content.decode("latin-1").encode("utf-16"),
        ]))
    return content


def tables(fields, deeper=True):
    """TOML text of those fields with values of any type."""
    scalars = st.one_of(
        st.integers(-(1 << 70), 1 << 70), st.integers(-2, 40), st.booleans(), st.floats(),
        st.sampled_from(["1:2", "2:4", "1:1", "none", "wrap", "rank", "", "\x1b[31m", "9:4", "x" * 300]).map(_quoted),
        st.sampled_from(["1979-05-27", "07:32:00", "0x10", "1e400"]))
    values = st.recursive(scalars.map(_text), lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda found: f"[{', '.join(found)}]"),
        st.tuples(st.sampled_from(sorted(fields)), inner).map(lambda pair: f"{{{pair[0]} = {pair[1]}}}")), max_leaves=4)
    return st.dictionaries(st.sampled_from(sorted(fields)), values, max_size=5).map(
        lambda found: "".join(f"{name} = {value}\n" for name, value in found.items()))


def _quoted(text):
    return '"' + text.replace("\x1b", "\\u001b") + '"'


def _text(value):
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
