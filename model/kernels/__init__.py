"""The adder layer's forward pass and gradients: numba on the CPU, Triton on CUDA, plain torch otherwise."""

from model.kernels.dispatch import forward, gradients

__all__ = ["forward", "gradients"]
