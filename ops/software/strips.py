"""Graphs on large pictures: strip by strip, each row of each map computed once, on several threads, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from ops.graph import Graph, Node
from ops.software.lanes import Lanes, Step, lane_type, prepare
from ops.tensor import AnyIntegers, TensorType
from ops.windows import Window

STRIP_BYTES = 8 << 20
"""What the fresh rows of all maps of a strip take, about: a share of the processor's cache."""


@dataclass(frozen=True)
class StripEvaluator:
    """Computes what `graph(x)` computes, in memory for a few rows of each map.

    The rows of the result are divided into `threads` bands, and each band into strips of `height` rows (by default as
    many as STRIP_BYTES allow). Each band goes down the picture as the hardware does: of every map it keeps the rows
    that windows of later strips reach back to. Bands share nothing but the input, so the result depends on neither.
    """

    graph: Graph
    threads: int = 1
    height: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("threads", self.threads), ("height", self.height)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, not {value!r}")

    def __reduce__(self) -> tuple[type[StripEvaluator], tuple[Graph, int, int | None]]:
        return StripEvaluator, (self.graph, self.threads, self.height)  # steps are functions: made anew where they run

    @cached_property
    def _steps(self) -> dict[str, Step]:
        types = self.graph.types
        return {
            node.name: prepare(node.operation, tuple(types[name] for name in node.inputs), types[node.name])
            for node in self.graph.nodes
        }

    def __call__(self, x: AnyIntegers) -> AnyIntegers:
        """The result for integers x (channels, height, width), in the narrowest of numpy's types that holds its format.

        Raises ValueError as the graph does.
        """
        self.graph.check_input(x)
        sizes = {name: self.graph.size_of(name, *x.shape[1:]) for name in self.graph.types}
        kind, (rows, columns) = self.graph.output_type, sizes[self.graph.output_name]
        result = np.empty((kind.channels, rows, columns), storage_type(kind))
        height = self.height or self._strip_height(x.shape[2])
        bands = [band for band in _divided(rows, height, self.threads) if band]

        def compute(band: range) -> None:
            flow = _Flow(self.graph, self._steps, x, sizes)
            for start in range(band.start, band.stop, height):
                strip = range(start, min(start + height, band.stop))
                result[:, strip.start : strip.stop] = flow.advance(strip).transpose(2, 0, 1)

        if len(bands) == 1:
            compute(bands[0])
        else:
            with ThreadPoolExecutor(len(bands)) as pool:
                list(pool.map(compute, bands))
        return result

    def _strip_height(self, width: int) -> int:
        """Rows of the result in a strip: whole rows of the coarsest map, at least one of it."""
        types = self.graph.types.values()
        coarsest = min(kind.rate for kind in types)
        unit = max(1, int(self.graph.output_type.rate / coarsest))
        row_bytes = sum(
            kind.channels * np.dtype(lane_type(kind)).itemsize * int(kind.rate / coarsest) * int(kind.rate * width)
            for kind in types
        )
        return unit * max(1, STRIP_BYTES // row_bytes)


def storage_type(kind: TensorType) -> type[np.integer[Any]]:
    """The narrowest of uint8 and the lane types that holds a map."""
    return np.uint8 if kind.low >= 0 and kind.high <= 255 else lane_type(kind)


def _divided(rows: int, height: int, parts: int) -> Iterator[range]:
    """`rows` rows as `parts` ranges of about as many strips of `height` rows."""
    strips = -(-rows // height)
    cuts = [min(strips * part // parts * height, rows) for part in range(parts + 1)]
    return (range(start, stop) for start, stop in pairwise(cuts))


@dataclass
class _Flow:
    """The maps of one band while strips of it are computed from top to bottom."""

    graph: Graph
    steps: dict[str, Step]
    x: AnyIntegers
    sizes: dict[str, tuple[int, int]]
    maps: dict[str, Lanes] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)

    def advance(self, rows: range) -> Lanes:
        """These rows of the result, which follow those of the call before; (rows, columns, channels)."""
        needed = self._needed(rows)
        if self.graph.input_name in needed:
            self._extend(self.graph.input_name, needed[self.graph.input_name], None)
        for node in self.graph.nodes:
            if node.name in needed:
                self._extend(node.name, needed[node.name], node)
        return self._rows(self.graph.output_name, rows)

    def _needed(self, rows: range) -> dict[str, range]:
        """The rows of each map on which these rows of the result depend."""
        needed = {self.graph.output_name: rows}
        for node in reversed(self.graph.nodes):
            if node.name not in needed:
                continue
            window = node.operation.window
            groups = window.groups(needed[node.name])
            needed[node.name] = range(groups.start * window.growth, groups.stop * window.growth)
            wanted = window.inputs(needed[node.name])
            for name in node.inputs:
                known = needed.get(name, wanted)
                start, stop = min(known.start, wanted.start), max(known.stop, wanted.stop)
                needed[name] = range(max(start, 0), min(stop, self.sizes[name][0]))
        return needed

    def _extend(self, name: str, needed: range, node: Node | None) -> None:
        """Compute the rows of a map that are needed and not yet there; let go of those above."""
        start = self.starts.get(name, needed.start)
        stop = start + len(self.maps[name]) if name in self.maps else start
        fresh = range(max(stop, needed.start), needed.stop)
        parts = [self.maps[name][needed.start - start :]] if stop > needed.start else []
        if fresh:
            parts.append(self._source(fresh) if node is None else self._computed(node, fresh))
        self.maps[name] = parts[0] if len(parts) == 1 else np.concatenate(parts)
        self.starts[name] = needed.start

    def _source(self, rows: range) -> Lanes:
        """Rows of the graph's input."""
        lane = lane_type(self.graph.input_type)
        return np.ascontiguousarray(self.x[:, rows.start : rows.stop].transpose(1, 2, 0), dtype=lane)

    def _computed(self, node: Node, rows: range) -> Lanes:
        """Rows of the result of a node."""
        window = node.operation.window
        return self.steps[node.name](*(self._framed(name, window, window.inputs(rows)) for name in node.inputs))

    def _framed(self, name: str, window: Window, rows: range) -> Lanes:
        """Rows of a map with zeros for those outside the picture, and with the columns of zeros that windows read."""
        inside = range(max(rows.start, 0), min(rows.stop, self.sizes[name][0]))
        values = self._rows(name, inside)
        if not window.before and not window.after:
            return values
        columns = values.shape[1]
        framed = np.zeros((len(rows), window.before + columns + window.after, values.shape[2]), values.dtype)
        across = slice(window.before, window.before + columns)
        framed[inside.start - rows.start : inside.stop - rows.start, across] = values
        return framed

    def _rows(self, name: str, rows: range) -> Lanes:
        start = self.starts[name]
        return self.maps[name][rows.start - start : rows.stop - start]
