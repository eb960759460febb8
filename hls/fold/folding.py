"""Chooses how far every node is unrolled: the fewest LUTs that keep up with a budget of cycles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
import numpy.typing as npt

from hls.dataflow.folded import FoldedGraph
from hls.dataflow.windows import agreeing, same_windows
from hls.fold.candidates import FAMILY, Candidates
from ops import Folding, Graph

CYCLES_PER_PIXEL = 5.4
"""The budget where no rate is asked for, in cycles for each pixel of the picture: 1.4 million for 512 x 512."""

SWEEPS = 8
"""How often at most all nodes are looked at again: two or three times suffice, each time fewer LUTs are taken."""

BLOCK_PRICE = 20.0
"""LUTs that a block memory has to save where there are enough of them."""

Array = npt.NDArray[np.float64]


def pixels(graph: Graph, max_height: int, max_width: int) -> int:
    """Pixels of the largest picture: those of the input or of the result, whichever has more."""
    rows, columns = graph.size_of(graph.output_name, max_height, max_width)
    return max(max_height * max_width, rows * columns)


def fold(
    graph: Graph,
    max_height: int,
    max_width: int,
    cycles_per_pixel: float = CYCLES_PER_PIXEL,
    family: str = FAMILY,
    given: Mapping[str, Folding] | None = None,
    memory_price: float = 0.0,
) -> FoldedGraph:
    """The graph with the folding of each node that takes a picture in time with the fewest LUTs, then memories.

    `max_height` and `max_width` are the largest size of the graph's input. A node that cannot meet the budget is
    unrolled as far as that makes it faster. Convolutions with the same windows get foldings that agree. Nodes in
    `given` are folded as it says. `memory_price` is that of `choose`. Raises ValueError where the size is no multiple
    of the granularity, the budget is not positive, or a given folding is not allowed.
    """
    if not cycles_per_pixel > 0:
        raise ValueError(f"cycles per pixel must be positive, not {cycles_per_pixel!r}")
    candidates = Candidates.of(graph, max_height, max_width, family, given)
    return choose(candidates, cycles_per_pixel * pixels(graph, max_height, max_width), memory_price)


def choose(candidates: Candidates, budget: float, memory_price: float = 0.0) -> FoldedGraph:
    """The folding of every node that meets the budget with the fewest LUTs, width converters included.

    A block memory counts as many LUTs as `memory_price` says; of equal ones the fewest block memories are taken.
    Weights go to block memories where these save more LUTs than that, and than `BLOCK_PRICE`.
    """
    return _Choice(candidates, memory_price).folded(budget)


@dataclass(frozen=True)
class _Choice:
    """One choice among candidates, at a price of block memories in LUTs."""

    candidates: Candidates
    memory_price: float

    @cached_property
    def in_blocks(self) -> dict[str, npt.NDArray[np.bool_]]:
        """At which of its foldings a node's weights go to block memories."""
        price = max(self.memory_price, BLOCK_PRICE)
        return {
            name: entry.areas_in_blocks.price(price) < entry.areas.price(price)
            for name, entry in self.candidates.nodes.items()
        }

    @cached_property
    def memories(self) -> dict[str, Array]:
        """Block memories that a node takes at each of its foldings."""
        nodes = self.candidates.nodes.items()
        return {
            name: np.where(self.in_blocks[name], entry.areas_in_blocks.bram, entry.areas.bram) for name, entry in nodes
        }

    @cached_property
    def prices(self) -> dict[str, Array]:
        """LUTs that a node takes at each of its foldings, and its block memories at their price."""
        return {
            name: np.where(self.in_blocks[name], entry.areas_in_blocks.lut, entry.areas.lut)
            + self.memory_price * self.memories[name]
            for name, entry in self.candidates.nodes.items()
        }

    def folded(self, budget: float) -> FoldedGraph:
        """The cheapest foldings within the budget of cycles."""
        candidates, nodes = self.candidates, self.candidates.nodes
        allowed = {name: np.flatnonzero(entry.meeting(budget)) for name, entry in nodes.items()}
        chosen = self._swept(allowed, {})
        for name, folding in self._agreed(chosen).items():
            chosen[name] = nodes[name].places[folding]
            allowed[name] = np.array([chosen[name]])
        chosen = self._swept(allowed, chosen)
        foldings = {name: entry.foldings[chosen[name]] for name, entry in nodes.items()}
        in_blocks = frozenset(name for name, index in chosen.items() if self.in_blocks[name][index])
        return FoldedGraph(candidates.graph, foldings, candidates.max_height, candidates.max_width, in_blocks)

    def _agreed(self, chosen: Mapping[str, int]) -> dict[str, Folding]:
        """Foldings of convolutions with the same windows, those that are given by hand apart."""
        graph, nodes = self.candidates.graph, self.candidates.nodes
        foldings = {name: nodes[name].foldings[index] for name, index in chosen.items()}
        agreed = agreeing(graph, foldings, lambda choice: self._shared_price(choice, chosen))
        groups = [[node.name for node in together] for together in same_windows(graph)]
        free = [names for names in groups if all(len(nodes[name].foldings) > 1 for name in names)]
        return {name: agreed[name] for names in free for name in names}

    def _shared_price(self, choice: Mapping[str, Folding], chosen: Mapping[str, int]) -> float:
        """LUTs, block memories at their price, of nodes that share the window buffer of the first, none slower than the
        slowest of those chosen."""
        total, nodes = 0.0, self.candidates.nodes
        slowest = max(nodes[name].cycles[chosen[name]] for name in choice)
        for position, (name, folding) in enumerate(choice.items()):
            entry = nodes[name]
            index = entry.places.get(folding)
            if index is None or entry.cycles[index] > slowest:
                return inf
            total += float(self.prices[name][index])
            if position:
                total -= float(entry.buffers.price(self.memory_price)[index])
            else:
                total += float(self.candidates.converters(name, chosen)[index])
        return round(total)

    def _swept(self, allowed: Mapping[str, npt.NDArray[np.int64]], start: Mapping[str, int]) -> dict[str, int]:
        """The index of each node's cheapest folding, looked at again until nothing changes."""
        chosen = dict(start)
        for _ in range(SWEEPS):
            before = dict(chosen)
            for name in self.candidates.nodes:
                price = np.round(self.prices[name] + self.candidates.converters(name, chosen))
                memories = self.memories[name]
                best = min(allowed[name], key=lambda index: (price[index], memories[index], index))
                if name not in chosen or price[best] < price[chosen[name]]:
                    chosen[name] = int(best)
            if chosen == before:
                break
        return chosen
