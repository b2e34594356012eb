"""The tensor core around the array (docs/core.md)."""
