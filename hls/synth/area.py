"""Area: cells of a netlist counted as LUTs, flip-flops, block memories and multipliers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hls.devices.area import Area

CELLS: tuple[tuple[str, dict[str, float]], ...] = (
    # Xilinx
    (r"LUT[1-6]|LUT6_2|INV", {"lut": 1}),
    (r"SRL16E", {"lut": 1}),
    (r"SRLC32E", {"lut": 1}),
    (r"FD[CPRS]E(_1)?", {"ff": 1}),
    (r"RAM(16|32|64)X1[SD](_1)?", {"lut": 2}),
    (r"RAM128X1S", {"lut": 2}),
    (r"RAM128X1D", {"lut": 4}),
    (r"RAM256X1S", {"lut": 4}),
    (r"RAM(32M|64M)", {"lut": 4}),
    (r"RAM(32M16|64M8)", {"lut": 8}),
    (r"RAMB18E[12]", {"bram": 0.5}),
    (r"RAMB36E[12]", {"bram": 1}),
    (r"URAM288(_BASE)?", {"bram": 8}),
    (r"DSP48E[12]|DSP48A1?", {"dsp": 1}),
    # ECP5
    (r"LUT4", {"lut": 1}),
    (r"CCU2C", {"lut": 2}),
    (r"TRELLIS_DPR16X4", {"lut": 4}),
    (r"TRELLIS_FF", {"ff": 1}),
    (r"DP16KD|PDPW16KD", {"bram": 1}),
    (r"MULT(9X9|18X18)[A-D]|ALU(24|54)[AB]", {"dsp": 1}),
)
"""What each type of cell (a regular expression) counts as. A carry chain's positions lie in the LUTs on Xilinx devices;
an ECP5's CCU2C takes the place of two. `bram` counts 36 kbit on Xilinx devices, 18 kbit on ECP5."""


def area_of_cells(cells: Mapping[str, int]) -> Area:
    """The area of cells, counted by type; types that take none of it count nothing."""
    total = Area()
    for kind, count in cells.items():
        for pattern, costs in CELLS:
            if re.fullmatch(pattern, kind):
                total += Area(**costs) * count
                break
    return total


def base_name(module: str) -> str:
    """The name in the source of a module whose parameters the tool has filled in."""
    found = re.match(r"\$paramod(?:\$[0-9a-f]+)?\\(\w+)", module)
    return found[1] if found else module.lstrip("\\")


@dataclass(frozen=True)
class ModuleCells:
    """All instances of a module: how many there are, and their own cells by type, those of submodules apart."""

    name: str
    instances: int
    cells: dict[str, int]

    @property
    def area(self) -> Area:
        """The area of all instances."""
        return area_of_cells(self.cells)


def cells_by_module(statistics: Mapping[str, Any], top: str) -> list[ModuleCells]:
    """What Yosys' `stat -json` says, by name of the module in the source, the top first."""
    modules = {name: fields["num_cells_by_type"] for name, fields in statistics["modules"].items()}
    instances: Counter[str] = Counter()
    cells: dict[str, Counter[str]] = {}
    waiting = [(next(name for name in modules if base_name(name) == top), 1)]
    while waiting:
        module, count = waiting.pop()
        name = base_name(module)
        instances[name] += count
        own = cells.setdefault(name, Counter())
        for kind, number in modules[module].items():
            if kind in modules or f"\\{kind}" in modules:
                waiting.append((kind if kind in modules else f"\\{kind}", count * number))
            else:
                own[kind] += count * number
    ordered = [top, *sorted(name for name in cells if name != top)]
    return [ModuleCells(name, instances[name], dict(cells[name])) for name in ordered]


def whole(modules: Iterable[ModuleCells]) -> Area:
    """The area of a design."""
    return sum((module.area for module in modules), Area())
