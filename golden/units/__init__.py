"""What each unit of the sparsity hardware outputs, to the bit. Rests on numpy and golden only."""
