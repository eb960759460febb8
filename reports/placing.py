"""Places the nodes of a data flow graph in layers, each below all that it reads, with few crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

SWEEPS = 8
"""How often the order in the layers and the places are improved, down and up in turn."""

WIDTH, THIN = 1.0, 0.16
"""Room of a node, and of an edge that passes a layer, in widths of a node."""


@dataclass(frozen=True)
class Placed:
    """Places by name: (column, layer), columns in widths of a node from the left; and the way of every edge from its
    source to its target, as places."""

    places: Mapping[str, tuple[float, int]]
    ways: Sequence[tuple[str, str, Sequence[tuple[float, int]]]]
    columns: float
    layers: int


@dataclass
class _Item:
    """A node, or an edge on its way through a layer, with what it is joined to above and below."""

    layer: int
    room: float
    above: list[_Item]
    below: list[_Item]
    x: float = 0.0


def place(source: str, inputs: Mapping[str, Sequence[str]]) -> Placed:
    """Places `source` and all nodes, which come after what they read: `inputs` by name.

    Raises ValueError for a node that reads what does not come before it.
    """
    items = {source: _Item(0, WIDTH, [], [])}
    ways: list[tuple[str, str, list[_Item]]] = []
    layers: list[list[_Item]] = [[items[source]]]
    for name, reads in inputs.items():
        unknown = [other for other in reads if other not in items]
        if unknown or name in items:
            raise ValueError(f"node {name!r} must read nodes before it, and have a name of its own: {list(reads)}")
        layer = 1 + max((items[other].layer for other in reads), default=0)
        layers += [[] for _ in range(layer + 1 - len(layers))]
        items[name] = _Item(layer, WIDTH, [], [])
        ways += [(other, name, _way(items[other], items[name], layers)) for other in dict.fromkeys(reads)]
        layers[layer].append(items[name])
    for down in (True, False) * (SWEEPS // 2):
        _order(layers, down)
    for down in (True, False) * SWEEPS:
        _move(layers, down)
    left = min(item.x - item.room / 2 for layer in layers for item in layer)
    right = max(item.x + item.room / 2 for layer in layers for item in layer)

    def at(item: _Item) -> tuple[float, int]:
        return item.x - left, item.layer

    return Placed(
        {name: at(item) for name, item in items.items()},
        [(one, other, [at(item) for item in way]) for one, other, way in ways],
        right - left,
        len(layers),
    )


def _way(start: _Item, end: _Item, layers: Sequence[list[_Item]]) -> list[_Item]:
    """All items of an edge, of which those between are new in their layers."""
    way = [start, *(_Item(layer, THIN, [], []) for layer in range(start.layer + 1, end.layer)), end]
    for item in way[1:-1]:
        layers[item.layer].append(item)
    for upper, lower in pairwise(way):
        upper.below.append(lower)
        lower.above.append(upper)
    return way


def _order(layers: Sequence[list[_Item]], down: bool) -> None:
    """Sorts every layer by the mean place, in their layer, of what its items are joined to."""
    for layer in layers:
        for index, item in enumerate(layer):
            item.x = index
    for layer in layers if down else reversed(layers):
        layer.sort(key=lambda item: _wish(item, down))
        for index, item in enumerate(layer):
            item.x = index


def _wish(item: _Item, down: bool) -> float:
    joined = item.above if down else item.below
    return fmean(other.x for other in joined) if joined else item.x


def _move(layers: Sequence[list[_Item]], down: bool) -> None:
    """Moves every item to where it wishes to be, as near as the order and the room of its neighbours allow."""
    for layer in layers if down else reversed(layers):
        starts = [0.0]
        for one, other in pairwise(layer):
            starts.append(starts[-1] + (one.room + other.room) / 2)
        wishes = [_wish(item, down) - start for item, start in zip(layer, starts, strict=True)]
        for item, start, x in zip(layer, starts, _rising(wishes), strict=True):
            item.x = x + start


def _rising(values: Sequence[float]) -> list[float]:
    """The rising sequence nearest to values in least squares: neighbours that fall share their mean."""
    pools: list[list[float]] = []
    for value in values:
        pools.append([value])
        while len(pools) > 1 and fmean(pools[-2]) > fmean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    return [fmean(pool) for pool in pools for _ in pool]
