"""What primitives take: area and energy, each told by files of the primitive's own folder.

A module is a few components. Each has terms, physically sensible counts such as the bits of all adders of its trees,
and a coefficient for each term, fitted to synthesis.

`area.py` of a primitive's folder has `components(operation, node)`, and MODULES, the SystemVerilog modules whose cells
each kind of component stands for. `area.json` has the coefficients of these kinds:

    {family: {kind of component: {"lut" or "ff": {term: coefficient}}}}

Those of what several primitives share lie in this folder. A primitive without `area.py`, or with a kind that a family
has no coefficients for, is of unknown area.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ops.costs import convolutions
from ops.costs.shapes import Component, NodeShape
from ops.primitive import REGISTRY

COEFFICIENTS = "area.json"

SHARED = Path(__file__).parent

Weights = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Coefficients by kind of component, "lut" or "ff", and term."""


def node_components(node: NodeShape) -> list[Component] | None:
    """The components of a node's module; None where its primitive's folder does not tell them."""
    area = node.operation.companion("area")
    components: list[Component] | None = area.components(node.operation, node) if area else None
    return components


def coefficient_files() -> list[Path]:
    """Where coefficients lie: beside this file and in the folders of primitives."""
    folders = [SHARED, *(kind.folder() for kind in REGISTRY.values())]
    return [path for folder in folders if (path := folder / COEFFICIENTS).is_file()]


def coefficients(family: str) -> dict[str, Mapping[str, Mapping[str, float]]]:
    """The coefficients of all primitives for a family of devices, by kind of component."""
    return {kind: weights for path in coefficient_files() for kind, weights in read(path).get(family, {}).items()}


def modules() -> dict[str, tuple[str, ...]]:
    """The SystemVerilog modules whose cells a component stands for, by its kind, apart from those of its others."""
    areas: list[Any] = [convolutions, *(kind.companion("area") for kind in REGISTRY.values())]
    return {kind: names for area in areas if area for kind, names in area.MODULES.items()}


@cache
def read(path: Path) -> Mapping[str, Weights]:
    """The coefficients of a file, by family."""
    contents: Mapping[str, Weights] = json.loads(path.read_text())
    return contents
