"""RTL simulation: Verilator, cocotb benches, and the comparison of what they saw with the golden model."""
