"""The array's block diagram, from its configuration: PEs in a grid, B from the west, A and C from the north."""

from dataclasses import dataclass

__all__ = ["Diagram", "diagram"]

MOST = 4  # PEs drawn each way; beyond, the last is drawn after a gap
WIDTH, HEIGHT, GAP_X, GAP_Y, LEFT, TOP = 104, 58, 46, 44, 150, 74


@dataclass(frozen=True)
class Diagram:
    """Boxes (x, y, width, height, lines of text), arrows (x1, y1, x2, y2), texts (x, y, anchor, text), and the size."""

    width: int
    height: int
    boxes: list
    arrows: list
    texts: list
    says: str


def diagram(config):
    """The Diagram of an ArrayConfig's array."""
    across, down = _shown(config.pe_cols), _shown(config.pe_rows)
    boxes, arrows, texts = [], [], []

    def x(column):
        return LEFT + column * (WIDTH + GAP_X)

    def y(row):
        return TOP + row * (HEIGHT + GAP_Y)

    for row, number in enumerate(down):
        middle = y(row) + HEIGHT // 2
        if number is None:
            texts += [(x(column) + WIDTH // 2, middle, "middle", "⋮") for column in range(len(across))]
            continue
        texts.append((8, middle - 12, "start", f"b, {config.pe_blocks} block{'s' * (config.pe_blocks > 1)}"))
        if number:
            boxes.append((56, middle - 9, 58, 18, [f"{number} cycle{'s' * (number > 1)}"]))
            arrows += [(8, middle, 56, middle), (114, middle, LEFT, middle)]
        else:
            arrows.append((8, middle, LEFT, middle))
        for column, place in enumerate(across):
            if place is None:
                texts.append((x(column) + WIDTH // 2, middle, "middle", "⋯"))
                continue
            boxes.append((x(column), y(row), WIDTH, HEIGHT,
                          [f"PE {number},{place}", f"{config.beta} x {config.alpha} MACs"]))
            if column + 1 < len(across):
                arrows.append((x(column) + WIDTH, middle, x(column + 1), middle))
    for column, place in enumerate(across):
        if place is None:
            continue
        centre = x(column) + WIDTH // 2
        texts.append((centre + 6, 40, "start", f"a, c x {config.alpha}"))
        arrows.append((centre, 44, centre, TOP))
        arrows += [(centre, y(row) + HEIGHT, centre, y(row + 1)) for row in range(len(down) - 1)]
        bottom = y(len(down) - 1) + HEIGHT
        arrows.append((centre, bottom, centre, bottom + 36))
        texts.append((centre + 6, bottom + 30, "start", f"c_out x {config.alpha}"))
    says = (f"{config.pe_rows} by {config.pe_cols} PEs of {config.beta} by {config.alpha} MACs. Blocks of {config.m} "
            "elements of B enter from the west, PE row p delayed by p cycles, and go on to the east; entries of A and "
            f"sums enter from the north; sums leave at the south, {config.latency} cycles after their column entered.")
    return Diagram(x(len(across) - 1) + WIDTH + 20, y(len(down) - 1) + HEIGHT + 44, boxes, arrows, texts, says)


def _shown(count):
    """Which of `count` PEs are drawn, None for a gap."""
    return list(range(count)) if count <= MOST else [0, 1, None, count - 1]
