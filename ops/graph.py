"""The integer graph: a list of primitives with inferred types, one input and one output, and a fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import lcm

import numpy as np

from ops.naming import check_name, check_tensor_names
from ops.primitive import Primitive
from ops.tensor import AnyIntegers, IntegerArray, TensorType, check_integers


@dataclass(frozen=True)
class Node:
    """One primitive in a graph. `name` is also the name of the tensor it produces."""

    name: str
    operation: Primitive
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """A transform as primitives in topological order; every type is inferred and proven when it is built.

    Names go into generated code as they are. Raises ValueError, naming the node, where `ops.naming` refuses a name, an
    input is missing or a type does not fit.
    """

    name: str
    input_name: str
    input_type: TensorType
    nodes: tuple[Node, ...]
    output_name: str
    types: dict[str, TensorType] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        check_tensor_names([self.input_name, *(node.name for node in self.nodes)])
        types = {self.input_name: self.input_type}
        for node in self.nodes:
            types[node.name] = self._infer(node, types)
        if self.output_name not in types:
            raise ValueError(f"graph {self.name}: the output {self.output_name!r} is no node of it")
        object.__setattr__(self, "types", types)

    def _infer(self, node: Node, types: dict[str, TensorType]) -> TensorType:
        missing = [name for name in node.inputs if name not in types]
        if missing or len(node.inputs) != node.operation.arity:
            what = f"input {missing[0]!r} comes from no earlier node" if missing else f"has {len(node.inputs)} inputs"
            raise ValueError(f"graph {self.name}, node {node.name!r}: {what}")
        try:
            return node.operation.infer(*(types[name] for name in node.inputs))
        except ValueError as error:
            raise ValueError(f"graph {self.name}, node {node.name!r}: {error}") from error

    @property
    def output_type(self) -> TensorType:
        """Type of the result."""
        return self.types[self.output_name]

    @cached_property
    def granularity(self) -> int:
        """Rows and columns of the input must be multiples of this."""
        return lcm(*(tensor.rate.denominator for tensor in self.types.values()))

    def check_size(self, height: int, width: int) -> None:
        """Raise ValueError unless `height` and `width` are positive multiples of the granularity."""
        if min(height, width) < 1 or height % self.granularity or width % self.granularity:
            raise ValueError(
                f"{self.name} takes rows and columns in positive multiples of {self.granularity}, not {height}x{width}"
            )

    def size_of(self, name: str, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the tensor `name` when the input has `height` rows and `width` columns."""
        rate = self.types[name].rate
        return int(height * rate), int(width * rate)

    def evaluate(self, x: IntegerArray) -> Iterator[tuple[str, IntegerArray]]:
        """The golden model: every tensor in order as (name, array of shape (channels, height, width)).

        Raises ValueError where the input has another shape or leaves its format. Tensors no longer needed are freed.
        """
        self.check_input(x)
        last_use = {name: index for index, node in enumerate(self.nodes) for name in node.inputs}
        alive = {self.input_name: x.astype(np.int64)}
        yield self.input_name, alive[self.input_name]
        for index, node in enumerate(self.nodes):
            result = node.operation.evaluate(*(alive[name] for name in node.inputs))
            kind = self.types[node.name]
            assert kind.low <= result.min() and result.max() <= kind.high, f"{node.name} leaves its proven bounds"
            alive[node.name] = result
            for name in node.inputs:
                if last_use[name] == index:
                    alive.pop(name, None)
            yield node.name, result

    def __call__(self, x: IntegerArray) -> IntegerArray:
        """The golden result alone."""
        for name, tensor in self.evaluate(x):
            if name == self.output_name:
                result = tensor
        return result

    def check_input(self, x: AnyIntegers) -> None:
        """Raise ValueError unless `x` has the shape, a size and only values that this graph takes."""
        kind = self.input_type
        check_integers(f"the input of {self.name}", x)
        if x.ndim != 3 or x.shape[0] != kind.channels:
            raise ValueError(f"{self.name} takes an array of shape ({kind.channels}, height, width), not {x.shape}")
        self.check_size(*x.shape[1:])
        if x.min() < kind.low or x.max() > kind.high:
            raise ValueError(f"{self.name} takes integers in [{kind.low}, {kind.high}], not [{x.min()}, {x.max()}]")

    def fingerprint(self) -> bytes:
        """SHA-256 over all that is generated from a graph: what it computes, at what rate, and every name."""
        names = [self.name, *self.types, self.output_name]
        return hashlib.sha256(f"{names},{self.input_type.rate};".encode() + self.computation()).digest()

    def computation(self) -> bytes:
        """SHA-256 over input, operations and wiring: equal for graphs that compute the same with the same weights."""
        kind = self.input_type
        digest = hashlib.sha256(f"{kind.channels},{kind.fixed},{kind.low},{kind.high};".encode())
        numbers = {self.input_name: 0} | {node.name: index for index, node in enumerate(self.nodes, 1)}
        for node in self.nodes:
            digest.update(node.operation.digest() + bytes(str([numbers[name] for name in node.inputs]), "ascii"))
        digest.update(str(numbers[self.output_name]).encode())
        return digest.digest()


@dataclass
class GraphBuilder:
    """Collects nodes; `add` returns the name of the new tensor, whose type is then known."""

    name: str
    input_name: str
    input_type: TensorType
    nodes: list[Node] = field(default_factory=list)
    types: dict[str, TensorType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.types[self.input_name] = self.input_type

    def add(self, name: str, operation: Primitive, *inputs: str) -> str:
        """Append one primitive. Raises ValueError where its inputs do not fit."""
        self.types[name] = operation.infer(*(self.types[source] for source in inputs))
        self.nodes.append(Node(name, operation, inputs))
        return name

    def build(self, output_name: str) -> Graph:
        """The finished graph."""
        return Graph(self.name, self.input_name, self.input_type, tuple(self.nodes), output_name)


Evaluator = Callable[[IntegerArray], Iterator[tuple[str, IntegerArray]]]
"""Anything that computes every tensor of a graph: the golden model, ONNX Runtime, HLS C simulation, RTL."""
