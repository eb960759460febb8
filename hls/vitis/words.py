"""The weights of a convolution in the order in which its C++ array reads them (`ops/fabric/weight_reader.h`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ops import Folding, Primitive

Array = npt.NDArray[Any]


def array_words(operation: Primitive, folding: Folding) -> dict[str, Array]:
    """The arrays of an operation by field: filters as words of weights, (group, channel) for biases."""
    arrays = {name: getattr(operation, name) for name in operation.array_fields()}
    return {
        name: array.reshape(-1, folding.pe) if array.ndim == 1 else weight_words(array, folding)
        for name, array in arrays.items()
    }


def weight_words(filters: Array, folding: Folding) -> Array:
    """Filters ([term,] output, input, row, column) as (word, lane, term), for each cycle of a window and group.

    Words go through groups of output channels, blocks of rows, columns, and input channels, the last fastest; lanes
    through a group's output channels, the rows of a block, and a word's input channels, zeros where none is left. For
    interleaved windows each word is cut into as many of equal length, the last filled up with zeros, or into fewer
    where it has not so many lanes.
    """
    terms = filters if filters.ndim == 5 else filters[None]
    count, outputs, inputs, kernel, _ = terms.shape
    words = folding.words(inputs)
    terms = np.pad(terms, [(0, 0), (0, 0), (0, words * folding.simd - inputs), (0, 0), (0, 0)])
    blocks = kernel // folding.rows, folding.rows
    terms = terms.reshape(count, outputs // folding.pe, folding.pe, words, folding.simd, *blocks, kernel)
    #                     term   group                  channel     word   input         block, row, column
    ordered = terms.transpose(1, 5, 7, 3, 2, 6, 4, 0).reshape(-1, folding.pe * folding.lanes, count)
    part = -(-ordered.shape[1] // folding.interleave)
    return np.pad(ordered, [(0, 0), (0, -ordered.shape[1] % part), (0, 0)]).reshape(-1, part, count)
