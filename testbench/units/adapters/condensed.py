"""Condensed unit: vectors, and entries {value, column}, in; sums out. An item is a beat of entries."""

from dataclasses import dataclass

import numpy as np

from tamis.golden.units import condensed as golden
from tamis.testbench.units.adapters import Expected, corner_values

LONG = 0.03  # of the vectors that are drawn: any d and k, not only small ones


@dataclass(frozen=True)
class Job:
    """values, columns : (n, k); x : (d,); said : what the beats say for d, n and k if not that."""

    values: np.ndarray
    columns: np.ndarray
    x: np.ndarray
    said: dict

    @property
    def shape(self):
        """(d, n, k) as they are sent."""
        return max(1, self.said.get("d", len(self.x))), *self.values.shape

    def illegal(self, config):
        return [name for name, said in self.said.items() if not 1 <= said <= getattr(config, f"max_{name}")]


def job(config, rng, d, n, k, said=()):
    return Job(corner_values(rng, (n, k), config.w_width, config.w_signed), rng.integers(0, d, (n, k)),
               corner_values(rng, (1, d), config.x_width, config.x_signed)[0], dict(said))


def given_of(config, rng, jobs):
    """The beats of jobs; fields that are not read hold anything."""
    lanes, x_lanes = config.lanes, config.x_lanes
    rows = [-(-one.shape[0] // x_lanes) for one in jobs]
    steps = [-(-one.shape[1] // lanes) * one.shape[2] for one in jobs]
    low = -(1 << config.x_width - 1) if config.x_signed else 0
    x = rng.integers(low, low + (1 << config.x_width), sum(rows) * x_lanes)
    said = {name: rng.integers(0, 1 << most.bit_length(), sum(rows if name == "d" else steps))
            for name, most in (("d", config.max_d), ("n", config.max_n), ("k", config.max_k))}
    values, columns = [], []
    row = step = 0
    for one, its_rows, its_steps in zip(jobs, rows, steps, strict=True):
        x[row * x_lanes:row * x_lanes + len(one.x)] = one.x
        said["d"][row] = one.said.get("d", len(one.x))
        said["n"][step], said["k"][step] = (one.said.get(name, one.values.shape[axis])
                                            for axis, name in enumerate("nk"))
        values.append(golden.arranged(one.values, lanes))
        columns.append(golden.arranged(one.columns, lanes))
        row, step = row + its_rows, step + its_steps
    return {"x": {"x": x.reshape(-1, x_lanes), "d": said["d"]},
            "i": {"entries": {"value": np.concatenate(values), "column": np.concatenate(columns)},
                  "k": said["k"], "n": said["n"]},
            "jobs": jobs}


def draw(config, rng, count):
    jobs = []
    while count:
        u = rng.random(3)
        most_d, most_k = (config.max_d, config.max_k) if rng.random() < LONG else (
            min(config.max_d, 64), min(config.max_k, 16))
        d, k = (int(most ** part) for most, part in ((most_d, u[0]), (most_k, u[1])))
        k = min(k, count)
        most_n = min(config.max_n, 8 * config.lanes, count // k * config.lanes)
        n = int(rng.integers(1, most_n + 1))
        jobs.append(job(config, rng, d, n, k))
        count -= -(-n // config.lanes) * k
    return given_of(config, rng, jobs)


def expected(config, given):
    parts, error = [], False
    for one in given["jobs"]:
        x = one.x[:0] if "d" in one.illegal(config) else one.x
        sums, keep, last, beyond = golden.streamed(one.values, one.columns, x, config.lanes, config.acc_width,
                                                   config.w_signed or config.x_signed)
        parts.append((sums, keep & (one.said.get("n") != 0), last))
        error |= beyond or bool(one.illegal(config))
    sums, keep, last = (np.concatenate(part) for part in zip(*parts, strict=True))
    x, entries, out = (np.array(cycles) for cycles in golden.schedule(
        [one.shape for one in given["jobs"]], config.lanes, config.x_lanes))
    beats = {"sums": np.ma.masked_array(sums, ~keep), "keep": keep @ (1 << np.arange(config.lanes)), "last": last}
    return Expected({"o": beats}, {"o": out}, {"x": x, "i": entries}, {"error": error})


def corners(config, rng):
    lanes, most_d, most_k, most_n = config.lanes, config.max_d, config.max_k, config.max_n

    def numbers(shape, width, signed, kind):
        low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
        return np.full(shape, 0) + {"zeros": 0, "largest": high, "smallest": low,
                                    "alternating": np.where(np.arange(shape[-1]) % 2, high, low)}[kind]

    def both(kind, d, n, k):
        return Job(numbers((n, k), config.w_width, config.w_signed, kind), np.arange(n * k).reshape(n, k) % d,
                   numbers((d,), config.x_width, config.x_signed, kind), {})

    def drawn(*shapes):
        return given_of(config, rng, [job(config, rng, *shape) for shape in shapes])
    found = {kind: given_of(config, rng, [both(kind, min(most_d, 8), lanes, most_k)])
             for kind in ("zeros", "largest", "smallest", "alternating")}
    found |= {
        "smallest sizes": drawn(*[(1, 1, 1)] * 20),
        "largest sizes": drawn((most_d, min(most_n, lanes + 1), most_k), (most_d, most_n, 1)),
        "every lane": drawn(*((2, n, 2) for n in range(1, min(most_n, 2 * lanes) + 1))),
        "vectors in time": drawn(*[(min(most_d, 2 * config.x_lanes), lanes, 2)] * 12),
        "vectors late": drawn(*[(min(most_d, 4 * config.x_lanes), 1, 1)] * 12),
        "an edge of the vector": given_of(config, rng, [
            Job(np.ones((2, 2), int), np.array([[0, d - 1], [d - 1, 0]]), np.arange(d) % 2, {}) for d in (2, most_d)]),
    }
    for name, said in _illegal(config).items():
        small = (1, 2, 2) if "d" in said else (2, max(1, said.get("n", 2)), max(1, said.get("k", 2)))
        found[f"illegal: {name}"] = given_of(config, rng, [job(config, rng, *small, said),
                                                           job(config, rng, 2, 2, 2)])
    wrong = job(config, rng, most_d - 1, min(most_n, lanes), 2)
    wrong.columns[-1, 1] = most_d - 1
    found["illegal: column"] = given_of(config, rng, [wrong, job(config, rng, 2, 2, 2)])
    return found


def _illegal(config):
    """{name: what is said}; a number above the largest only where the field can hold one."""
    found = {}
    for name in "dnk":
        most = getattr(config, f"max_{name}")
        found[f"{name} is 0"] = {name: 0}
        if (most + 1) & most:
            found[f"{name} is above max_{name}"] = {name: most + 1}
    return found


def _limits(config):
    """Of a sum; and whether a sum can leave them."""
    signed = config.w_signed or config.x_signed
    low = -(1 << config.acc_width - 1) if signed else 0
    most = [max(abs(v) for v in ((-(1 << w - 1), (1 << w - 1) - 1) if s else ((1 << w) - 1,)))
            for w, s in ((config.w_width, config.w_signed), (config.x_width, config.x_signed))]
    return low, low + (1 << config.acc_width) - 1, config.max_k * most[0] * most[1] > low + (1 << config.acc_width) - 1


def bins(config):
    return {"lanes of the last group": list(range(1, config.lanes + 1)),
            "groups": ["one", "several", *(["most"] if config.max_n > config.lanes else [])],
            "k": [1, 2, *(["more"] if config.max_k > 2 else []), "most"], "d": [1, "more", "most"],
            "column": ["0", "d - 1", *(["another"] if config.max_d > 2 else [])],
            "next vector": ["without a bubble", "after a bubble"],
            "stalled sums": ["a vector's last", "others"],
            "illegal": [*_illegal(config), "column"],
            **({"sum": ["fits", "wraps"]} if _limits(config)[2] else {})}


def hits(config, given, expected, seen):
    found = {name: set() for name in bins(config)}
    low, high, can_wrap = _limits(config)
    end = None
    taken = iter(expected.taken["i"].tolist())
    for one in given["jobs"]:
        d, n, k = one.shape
        steps = [next(taken) for _ in range(-(-n // config.lanes) * k)]
        if end is not None:
            found["next vector"].add("without a bubble" if steps[0] == end else "after a bubble")
        end = steps[-1] + 1
        wrong = one.illegal(config)
        beyond = not wrong and (one.columns >= d).any()
        found["illegal"] |= {name for name, said in _illegal(config).items() if said.items() <= one.said.items()}
        found["illegal"] |= {"column"} if beyond else set()
        if wrong or beyond:
            continue
        found["lanes of the last group"].add((n - 1) % config.lanes + 1)
        found["groups"] |= {"one" if n <= config.lanes else "several"} | ({"most"} if n == config.max_n else set())
        found["k"] |= {k if k < 3 else "more"} | ({"most"} if k == config.max_k else set())
        found["d"] |= {1 if d == 1 else "more"} | ({"most"} if d == config.max_d else set())
        found["column"] |= {name for name, hit in (("0", one.columns == 0), ("d - 1", one.columns == d - 1), (
            "another", (one.columns > 0) & (one.columns < d - 1))) if hit.any()}
        if can_wrap:
            exact = (one.values * one.x[one.columns]).sum(-1)
            wraps = (exact < low) | (exact > high)
            found["sum"] |= {name for name, hit in (("fits", ~wraps), ("wraps", wraps)) if hit.any()}
    waited, last = np.asarray(seen["o"]) > 0, expected.beats["o"]["last"]
    found["stalled sums"] = {name for name, hit in (("a vector's last", last), ("others", ~last))
                             if (waited & hit).any()}
    found["groups"] &= set(bins(config)["groups"])
    return {name: list(labels) for name, labels in found.items()}
