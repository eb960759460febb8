"""The C++ of a folded graph: its layers, words of weights, streams, vectors, its core's shell, C simulation."""
