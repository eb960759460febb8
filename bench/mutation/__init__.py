"""Mutants of hardware, templates and Python: where they lie, how they are run, and what survives."""
