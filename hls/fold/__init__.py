"""Chooses how far every node is unrolled: the fewest LUTs for a rate, or the best that a target holds."""
