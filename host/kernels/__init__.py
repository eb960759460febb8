"""Inner loops of the integer entropy model: by numba where it is installed, else in plain numpy; the results are equal.

Nothing is compiled or imported before the first use.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

Int16 = npt.NDArray[np.int16]
Int32 = npt.NDArray[np.int32]


class Kernels(Protocol):
    """What an implementation offers."""

    def multiply(self, patches: Int16, weights: Int16, bias: Int32, shifts: Int32, bits: int, leak: int) -> Int16:
        """Outputs [P, O] of a convolution for patches [P, L] and weights [O, L] (host/network.py has the semantics).

        leak: by how many bits what is negative is shifted, 0 for a layer without rectifier.
        """

    def window_rows(
        self, raw: Int16, components: int, exponentials: Int32, distribution: npt.NDArray[np.uint32]
    ) -> tuple[npt.NDArray[np.float64], Int32]:
        """Counts less one [P * M, symbols] and each window's lowest value [P * M], for raw parameters [P, 3 * K * M].

        The law is that of host/law.py, whose tables `exponentials` and `distribution` are.
        """


@lru_cache(maxsize=1)
def kernels() -> Kernels:
    """The fastest implementation that this machine has."""
    try:
        from host.kernels import compiled  # noqa: PLC0415 (numba takes most of a second to import)
    except (ImportError, RuntimeError):  # the latter where numba finds no folder for its cache
        from host.kernels import plain  # noqa: PLC0415

        return plain
    return compiled
