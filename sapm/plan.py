"""What to generate for: target, size, rate and foldings by hand; and the designs of both transforms that follow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hls.fitting import Design, ImpossibleTarget, Request, design_for
from hls.targets import find_target
from host.limits import MAX_SIDE
from model.codec import TRANSFORMS
from ops import Folding
from ops.reading import read_regular
from sapm.bundle import Bundle

Foldings = Mapping[str, Mapping[str, Folding]]
"""Foldings by transform and node."""


@dataclass(frozen=True)
class Plan:
    """What to generate for: a target by name, the largest picture, its rate (pictures per second) and the clock.

    Without a rate a pixel may take `hls.folding.CYCLES_PER_PIXEL` cycles. `foldings` are given by hand for some nodes.
    """

    target: str
    max_height: int
    max_width: int
    fps: float | None = field(default=None, kw_only=True)
    clock_mhz: float | None = field(default=None, kw_only=True)
    foldings: Foldings = field(default_factory=dict, kw_only=True)

    def request(self) -> Request:
        """The same for one transform. Raises ValueError for what is not positive, and for unknown targets."""
        if min(self.max_height, self.max_width) < 1:
            raise ValueError(f"the largest size must be positive, not {self.max_width}x{self.max_height}")
        target = find_target(self.target)
        return Request(target, float(target.clock_mhz) if self.clock_mhz is None else self.clock_mhz, self.fps)


def read_foldings(file: Path) -> Foldings:
    """Foldings from JSON: {"analysis": {"first": [pe, simd, rows, turns], ...}, ...}; the last one or two may be left
    out, and are 1 then.

    Raises ValueError.
    """
    try:
        fields = json.loads(read_regular(file))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} must be a JSON file with foldings: {error}") from error
    unknown = sorted(set(fields) - set(TRANSFORMS)) if isinstance(fields, dict) else [fields]
    if unknown:
        raise ValueError(f"{file}: transform must be one of {', '.join(TRANSFORMS)}, not {unknown[0]!r}")
    foldings: dict[str, dict[str, Folding]] = {}
    for transform, nodes in fields.items():
        for node, numbers in nodes.items() if isinstance(nodes, dict) else [("", nodes)]:
            whole = isinstance(numbers, list) and all(type(value) is int for value in numbers)
            if not (whole and len(numbers) in (2, 3, 4)):
                form = "[PE, SIMD], [PE, SIMD, ROWS] or [PE, SIMD, ROWS, TURNS]"
                raise ValueError(f"{file}: {transform}: {node}: a folding must be {form}, not {numbers!r}")
            foldings.setdefault(transform, {})[node] = Folding(*numbers)
    return foldings


def padded_size(bundle: Bundle, plan: Plan) -> tuple[int, int]:
    """Rows and columns of the largest picture as the host pads it: multiples of the granularity."""
    multiple = bundle.host.multiple
    height, width = (-(-side // multiple) * multiple for side in (plan.max_height, plan.max_width))
    if max(height, width) > MAX_SIDE:
        most = MAX_SIDE // multiple * multiple
        raise ValueError(f"the largest size must be at most {most}x{most}, not {plan.max_width}x{plan.max_height}")
    return height, width


class ImpossiblePlan(ValueError):
    """A plan that its target cannot hold: `designs` are the fastest that fit, by transform."""

    def __init__(self, message: str, designs: dict[str, Design]) -> None:
        super().__init__(message)
        self.designs = designs


def design_transforms(bundle: Bundle, plan: Plan) -> dict[str, Design]:
    """The design of both transforms for the same picture: the largest analysis input, and the latents it becomes.

    Raises ImpossiblePlan where one of them does not fit the target, each by itself, at the rate.
    """
    request = plan.request()
    size = padded_size(bundle, plan)
    analysis = bundle.host.analysis
    sizes = {"analysis": size, "synthesis": analysis.size_of(analysis.output_name, *size)}
    designs: dict[str, Design] = {}
    refusals = []
    for transform in TRANSFORMS:
        given = plan.foldings.get(transform)
        try:
            designs[transform] = design_for(bundle.graph(transform), *sizes[transform], request, given)
        except ImpossibleTarget as error:
            refusals.append(str(error))
            if error.best is not None:
                designs[transform] = error.best
    if refusals:
        raise ImpossiblePlan("\n".join(refusals), designs)
    return designs
