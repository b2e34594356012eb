"""Stall patterns: which sources may offer and which sinks are ready, cycle by cycle.

What a source has offered stays until it is taken, whatever the pattern says of it then.
"""

import numpy as np


def patterns(rng, streams, sources):
    """{name: callable (cycles) -> (cycles, 1 + streams) bool, column 0 unused}; the first `sources` are sources."""
    def pattern(draw):
        return lambda cycles: np.concatenate([np.ones((cycles, 1), bool), draw(cycles)], axis=1)

    def random(p_source, p_sink):
        p = np.array([p_source] * sources + [p_sink] * (streams - sources))
        return pattern(lambda cycles: rng.random((cycles, streams)) < p)

    def bursts(cycles):
        """Long runs of both kinds, every stream with its own."""
        edges = rng.random((cycles, streams)) < 0.08
        return (np.cumsum(edges, axis=0) + rng.integers(0, 2, streams)) % 2 == 0

    def alternate(cycles):
        return (np.arange(cycles)[:, None] + np.arange(streams)) % 2 == 0

    return {"slow sources": random(0.3, 1.0), "slow sinks": random(1.0, 0.3), "both slow": random(0.5, 0.5),
            "rarely ready": random(0.9, 0.08), "rarely offered": random(0.05, 0.9), "bursts": pattern(bursts),
            "every other cycle": pattern(alternate)}
