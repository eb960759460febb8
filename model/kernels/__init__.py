"""L1 ("adder") array kernels on the CPU: numba where it is installed, plain torch otherwise."""

from model.kernels.dispatch import clipped_gradient, l1_product, patches, scatter_patches

__all__ = ["clipped_gradient", "l1_product", "patches", "scatter_patches"]
