"""The folded graph as streams: its hardware, cycles, FIFO depths and shared windows."""
