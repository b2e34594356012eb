"""Sweeps: many designs generated, measured and, if asked, verified; what is finished is never done again."""
