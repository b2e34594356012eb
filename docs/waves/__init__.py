"""Timing diagrams of the documentation, drawn from simulated waves: ``python -m docs.waves`` draws them again."""
