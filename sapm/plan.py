"""What to generate for: target, size, rate and foldings by hand; and the designs of all graphs that follow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hls.devices.targets import Target
from hls.fold.fitting import Design, ImpossibleTarget, Request, design_for
from host.limits import MAX_SIDE
from ops import Folding
from ops.files.reading import read_regular
from ops.telling import Tell, nobody
from sapm.bundle import TRANSFORMS
from sapm.networks import Networks
from sapm.targets import open_target

Foldings = Mapping[str, Mapping[str, Folding]]
"""Foldings by graph (of a codec: by transform) and node."""


@dataclass(frozen=True)
class Plan:
    """What to generate for: a target (its name, file or data), the largest picture, pictures per second, the clock.

    Without a rate a pixel may take `hls.fold.folding.CYCLES_PER_PIXEL` cycles. `foldings` are given by hand.
    """

    target: str | Target
    max_height: int
    max_width: int
    fps: float | None = field(default=None, kw_only=True)
    clock_mhz: float | None = field(default=None, kw_only=True)
    foldings: Foldings = field(default_factory=dict, kw_only=True)

    def request(self) -> Request:
        """The same for one graph. Raises ValueError for what is not positive, and for unknown targets."""
        if min(self.max_height, self.max_width) < 1:
            raise ValueError(f"the largest size must be positive, not {self.max_width}x{self.max_height}")
        target = open_target(self.target)
        return Request(target, float(target.clock_mhz) if self.clock_mhz is None else self.clock_mhz, self.fps)


def read_foldings(file: Path, names: Sequence[str] = TRANSFORMS) -> Foldings:
    """Foldings from JSON: {"analysis": {"first": [pe, simd, rows, interleave], ...}, ...}; the last one or two may
    be left out, and are 1 then. `names` are those of the graphs.

    Raises ValueError.
    """
    try:
        fields = json.loads(read_regular(file))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} must be a JSON file with foldings: {error}") from error
    unknown = sorted(set(fields) - set(names)) if isinstance(fields, dict) else [fields]
    if unknown:
        raise ValueError(f"{file}: transform must be one of {', '.join(names)}, not {unknown[0]!r}")
    foldings: dict[str, dict[str, Folding]] = {}
    for transform, nodes in fields.items():
        for node, numbers in nodes.items() if isinstance(nodes, dict) else [("", nodes)]:
            foldings.setdefault(transform, {})[node] = _folding(f"{file}: {transform}: {node}", numbers)
    return foldings


def _folding(place: str, numbers: Any) -> Folding:
    whole = isinstance(numbers, list) and all(type(value) is int for value in numbers)
    if not (whole and len(numbers) in (2, 3, 4)):
        form = "[PE, SIMD], [PE, SIMD, ROWS] or [PE, SIMD, ROWS, INTERLEAVE]"
        raise ValueError(f"{place}: a folding must be {form}, not {numbers!r}")
    return Folding(*numbers)


def padded_size(networks: Networks, plan: Plan) -> tuple[int, int]:
    """Rows and columns of the largest picture as it is padded: multiples of the granularity."""
    multiple = networks.multiple
    height, width = (-(-side // multiple) * multiple for side in (plan.max_height, plan.max_width))
    if max(height, width) > MAX_SIDE:
        most = MAX_SIDE // multiple * multiple
        raise ValueError(f"the largest size must be at most {most}x{most}, not {plan.max_width}x{plan.max_height}")
    return height, width


class ImpossiblePlan(ValueError):
    """A plan that its target cannot hold: `designs` are the fastest that fit, by graph."""

    def __init__(self, message: str, designs: dict[str, Design]) -> None:
        super().__init__(message)
        self.designs = designs


def design_networks(networks: Networks, plan: Plan, tell: Tell = nobody) -> dict[str, Design]:
    """The design of every graph for the largest picture; `tell` counts the foldings that were looked at of each.

    Raises ImpossiblePlan where one of them does not fit the target, each by itself, at the rate.
    """
    request = plan.request()
    sizes = networks.sizes(*padded_size(networks, plan))
    designs: dict[str, Design] = {}
    refusals = []
    for name in networks.names:
        try:
            designs[name] = design_for(networks.graph(name), *sizes[name], request, plan.foldings.get(name), tell)
        except ImpossibleTarget as error:
            refusals.append(str(error))
            if error.best is not None:
                designs[name] = error.best
    if refusals:
        raise ImpossiblePlan("\n".join(refusals), designs)
    return designs
