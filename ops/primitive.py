"""The base of all primitives: a frozen record of integers and weight arrays with exact integer semantics."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from operator import index
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ops.counting import UNKNOWN, Operation
from ops.hardware import Folding, Hardware
from ops.tensor import IntegerArray, TensorType
from ops.windows import Window

REGISTRY: dict[str, type[Primitive]] = {}
"""Every primitive by name. ONNX, HLS and RTL back ends, and their tests, work from this table alone."""


OTHERS = "SAPM_PRIMITIVE_MODULES"
"""Environment variable: modules with further primitives, separated by commas, that are imported with `ops`.

Simulators and other processes inherit it.
"""


def import_others() -> None:
    """Imports the modules that `OTHERS` names. Raises ValueError for one that there is not."""
    for name in filter(None, os.environ.get(OTHERS, "").split(",")):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise ValueError(f"{OTHERS} must name modules on Python's path, not {name!r}") from error


@dataclass(frozen=True, eq=False)
class Primitive(ABC):
    """One operation that hardware exists for.

    A subclass is a frozen dataclass whose fields are either `int` attributes or numpy integer arrays (its weights). The
    same field names are used in the ONNX file, in the C++ template and, in UpperCamelCase, as SystemVerilog parameters.
    The folder of the subclass holds its golden semantics, its ONNX function body, its C++ template and its RTL module,
    and may hold what makes it fast in software (`vector.py`) and what it takes (`area.py`, `energy.py`).
    """

    arity: ClassVar[int] = 1
    """How many feature maps it reads."""

    dtypes: ClassVar[dict[str, type[np.signedinteger[Any]]]] = {}
    """Element type of each array field."""

    later: ClassVar[dict[str, int]] = {}
    """What attributes are in models of before they were there; one that is this does not count in the digest."""

    is_convolution: ClassVar[bool] = False
    """Whether its module is an array behind a window buffer (`hls/rtl/windows.py`): arrays can share one, and their
    weights can be put into block memories."""

    def __init_subclass__(cls) -> None:
        REGISTRY[cls.__name__] = cls

    @classmethod
    def folder(cls) -> Path:
        """The folder that holds everything particular to it."""
        return Path(str(sys.modules[cls.__module__].__file__)).parent

    @classmethod
    def companion(cls, name: str) -> ModuleType | None:
        """The module of that name in its folder, or None where there is none."""
        own = f"{cls.__module__}.{name}"
        try:
            return importlib.import_module(own)
        except ModuleNotFoundError as error:
            if error.name != own:
                raise
            return None

    def __post_init__(self) -> None:
        for name, dtype in self.dtypes.items():
            array = np.asarray(getattr(self, name))
            if array.dtype.kind not in "iu" or not np.array_equal(array, array.astype(dtype)):
                raise ValueError(f"{type(self).__name__}.{name} must hold {dtype.__name__} integers, not {array.dtype}")
            array = array.astype(dtype)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        for name in self.attribute_fields():
            object.__setattr__(self, name, index(getattr(self, name)))  # of Python: bounds are computed with it
        self.check()

    @classmethod
    def array_fields(cls) -> tuple[str, ...]:
        """Names of the fields that are arrays, in order."""
        return tuple(field.name for field in dataclasses.fields(cls) if field.name in cls.dtypes)

    @classmethod
    def attribute_fields(cls) -> tuple[str, ...]:
        """Names of the fields that are plain integers, in order."""
        return tuple(field.name for field in dataclasses.fields(cls) if field.name not in cls.dtypes)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.digest() == other.digest()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self.digest())

    def digest(self) -> bytes:
        """SHA-256 of the kind of operation and of every field."""
        digest = hashlib.sha256(type(self).__name__.encode())
        for name in self.attribute_fields():
            if name not in self.later or getattr(self, name) != self.later[name]:
                digest.update(f";{name}={getattr(self, name)}".encode())
        for name in self.array_fields():
            array: npt.NDArray[np.int64] = getattr(self, name)
            digest.update(f";{name}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
        return digest.digest()

    def check(self) -> None:
        """Raise ValueError where a field is out of its range."""

    @abstractmethod
    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the result, with bounds proven from the inputs' bounds and the weights. Raises ValueError."""

    @abstractmethod
    def evaluate(self, *inputs: IntegerArray) -> IntegerArray:
        """The golden semantics: int64 arrays of shape (channels, height, width) in, one such array out."""

    @property
    def window(self) -> Window:
        """Which rows and columns of its inputs a result depends on."""
        return Window()

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the result for inputs of `height` rows and `width` columns."""
        return self.window.output_size(height, width)

    def operations(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """Integer operations for one output pixel (all channels) on its own hardware; addressing counts nothing.

        A primitive that does not say counts as one unknown operation for each channel.
        """
        return (Operation(UNKNOWN, output.channels, output.fixed.width),)

    def operations_with_multipliers(self, inputs: tuple[TensorType, ...], output: TensorType) -> tuple[Operation, ...]:
        """The same for hardware that has multipliers: each product is one multiplication."""
        return self.operations(inputs, output)

    @abstractmethod
    def hardware(self, inputs: tuple[TensorType, ...], output: TensorType, folding: Folding) -> Hardware:
        """Parameters, memories and timing of its RTL module at a folding."""

    @classmethod
    @abstractmethod
    def examples(cls) -> Iterator[Example]:
        """Operations with inputs that go to the corners: extreme values, ties, zero norms, odd sizes."""


@dataclass(frozen=True)
class Example:
    """A primitive with concrete inputs; every back end must compute what `operation.evaluate` computes on it."""

    label: str
    operation: Primitive
    types: tuple[TensorType, ...]
    inputs: tuple[IntegerArray, ...]
    foldings: tuple[Folding, ...] = (Folding(),)

    @property
    def output_type(self) -> TensorType:
        """Inferred type of the result."""
        return self.operation.infer(*self.types)

    def __str__(self) -> str:
        return f"{type(self.operation).__name__}-{self.label}"
