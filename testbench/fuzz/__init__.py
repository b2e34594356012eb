"""Random configurations of every kind: each elaborates, lints and verifies, or is refused in one line (`make fuzz`)."""
