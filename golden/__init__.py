"""The reference: every algorithm in numpy, and what every component outputs, to the bit. Rests on numpy only."""
