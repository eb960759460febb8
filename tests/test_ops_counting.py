"""Counting values."""

from __future__ import annotations

import numpy as np
import pytest

from ops.counting import count_values


def test_values_are_counted() -> None:
    latents = np.array([[[-2, 1], [1, 1]], [[0, 0], [0, -1]]])
    assert count_values(latents, -2, 2).tolist() == [[1, 0, 0, 3, 0], [0, 1, 3, 0, 0]]
    with pytest.raises(ValueError, match=r"must lie in \[-1, 2\], not \[-2, 1\]"):
        count_values(latents, -1, 2)
