"""How the integer vocabulary is spelled in C++: types, names, configuration structs and calls of the op templates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

import ops
from ops import Fixed, Folding, Primitive, TensorType
from ops.keywords import CPP

OPS_FOLDER = Path(ops.__file__).parent
FABRIC_FOLDER = OPS_FOLDER / "fabric"


def field_name(name: str) -> str:
    """The C++ name of a primitive's field: the same name, except that a keyword like `signed` becomes `is_signed`."""
    return f"is_{name}" if name in CPP else name


def integer_type(fixed: Fixed) -> str:
    """The arbitrary-precision integer type that holds a format's integers."""
    return f"ap_{'' if fixed.signed else 'u'}int<{fixed.width}>"


def array_format(array: npt.NDArray[np.integer]) -> Fixed:  # type: ignore[type-arg]
    """The narrowest format that holds every element of a weight array."""
    return Fixed.covering(int(array.min(initial=0)), int(array.max(initial=0)), 0)


def operation_header(operation: type[Primitive]) -> Path:
    """The C++ template of a primitive: it lies in the folder of the primitive, under the folder's name."""
    folder = operation.folder()
    return folder / f"{folder.name}.h"


def operation_type(operation: Primitive) -> str:
    """The C++ struct of a convolution, which tells functions of several operations what to compute."""
    return f"sapm::{type(operation).__name__}"


def function_name(operation: type[Primitive]) -> str:
    """The C++ function of a primitive, with its namespace."""
    return f"sapm::{operation_header(operation).stem}"


@dataclass(frozen=True)
class Geometry:
    """What a C++ layer knows of its place in the graph, beyond its operation: types, folding, largest size, rate."""

    input: TensorType
    output: TensorType
    folding: Folding
    max_height: int
    max_width: int

    def fields(self) -> dict[str, int]:
        """The members of the configuration struct; sizes are those of the layer's input."""
        return {
            "in_channels": self.input.channels,
            "out_channels": self.output.channels,
            "pe": self.folding.pe,
            "simd": self.folding.simd,
            "rows": self.folding.rows,
            "interleave": self.folding.interleave,
            "max_height": self.max_height,
            "max_width": self.max_width,
            "rate_numerator": self.input.rate.numerator,
            "rate_denominator": self.input.rate.denominator,
        }


def operation_fields(operation: Primitive, in_blocks: bool = False) -> dict[str, int]:
    """The plain integers of a primitive under their C++ names; of a convolution also its kernel.

    `in_blocks` says that a convolution's weights lie in block memories.
    """
    fields = {field_name(name): int(getattr(operation, name)) for name in operation.attribute_fields()}
    if not operation.array_fields():
        return fields
    return fields | {"kernel": operation.window.size, "weights_in_blocks": int(in_blocks)}


def config_struct(name: str, fields: dict[str, int]) -> str:
    """A configuration struct with one constant per field."""
    lines = (f"    static const int {field} = {value};" for field, value in fields.items())
    return "\n".join([f"struct {name} {{", *lines, "};"])
