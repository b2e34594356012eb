"""Measurements of the tensor core."""
