"""Fits the resource model (fabric.json of hls/estimates, area.json of ops) to synthesis of bench.parts.resource_cases.

.venv/bin/python -m bench.fit_resources [--family xcup --family ecp5] [--check]

Results of synthesis are kept by content, so that after a change of a module only what contains it is synthesized again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.table import Table
from scipy.optimize import nnls

from bench.parts.resource_cases import (
    ModuleCase,
    NodeCase,
    adder_cases,
    design,
    fabric_cases,
    lane_cases,
    port_cases,
    shift_cases,
)
from hls.devices.area import Area
from hls.estimates.fabric import MODULES, converter, fifo, fork, port, register_slice
from hls.estimates.memories import TECHNOLOGIES
from hls.estimates.resources import FABRIC, ResourceModel
from hls.synth import Device, Netlist, synthesize
from hls.synth.tools import YOSYS
from ops import REGISTRY
from ops.costs import COEFFICIENTS, Weights, convolutions, modules, node_components, read
from ops.costs.convolutions import line_buffer
from ops.costs.shapes import Component, MemoryShape, NodeShape
from ops.files import write_whole

DEVICES = {"xcup": Device("xcup"), "ecp5": Device("ecp5", 85, "CABGA756", 6)}
ERRORS = FABRIC.with_name("fit.json")
"""What the last fit found of its own errors, and what else there is to say of it."""

CONSTANT = 20.0
"""LUTs or flip-flops added to a sample's size where errors are weighed, so that tiny modules do not rule the fit."""

RESOURCES = ("lut", "ff")


@dataclass(frozen=True)
class Sample:
    """A synthesized case: the area of each of its components, and of the whole."""

    name: str
    components: tuple[Component, ...]
    measured: tuple[Area, ...]

    @property
    def whole(self) -> Area:
        """The area of all components."""
        return sum(self.measured, Area())


def scalars(*values: float) -> list[npt.NDArray[np.float64]]:
    """Numbers as arrays of one folding."""
    return [np.array([float(value)]) for value in values]


def components_of(case: NodeCase | ModuleCase) -> list[Component]:
    """The components that make up a case."""
    if isinstance(case, NodeCase):
        shape = NodeShape.of(case.operation, case.inputs, case.output, [case.folding], case.max_width)
        return node_components(shape) or []
    value = {name: float(number) for name, number in case.parameters.items() if not isinstance(number, str)}
    fabric: dict[str, Callable[[], Component]] = {
        "stream_fifo": lambda: fifo(*scalars(value["Width"], value["Depth"])),
        "stream_width_converter": lambda: converter(
            value["ElementWidth"], *scalars(value["InLanes"], value["OutLanes"])
        ),
        "stream_slice": lambda: register_slice(*scalars(value["Width"])),
        "stream_fork": lambda: fork(*scalars(value["Outputs"])),
        "rom": lambda: Component("rom", {}, {"weight": np.array([value["Width"]])}, (rom_shape(value),)),
        "window_line_buffer": lambda: window(value),
        "control_registers": lambda: port("control"),
        "axis_video_in": lambda: port("video in"),
        "axis_latents_in": lambda: port("latents in"),
        "axis_video_out": lambda: port("video out"),
    }
    return [fabric[case.module]()] if case.module in fabric else []


def rom_shape(value: dict[str, float]) -> MemoryShape:
    """The memory of a ROM by itself."""
    return MemoryShape(*scalars(value["Width"], value["Depth"]), writable=False, in_blocks=value.get("Bank", 0) > 0)


def window(value: dict[str, float]) -> Component:
    """A line buffer by itself."""
    kernel, stride, words = (int(value[name]) for name in ("Kernel", "Stride", "Words"))
    return line_buffer(*scalars(value["Width"], value["Rows"]), kernel, stride, value["MaxWidth"], *scalars(words))


def batches() -> dict[str, list[NodeCase | ModuleCase]]:
    """Cases that are synthesized together."""
    shifts, lanes = list(shift_cases()), list(lane_cases())
    return {
        "fabric and ports": [*fabric_cases(), *port_cases()],
        "lanes": [*lanes[:12]],
        "normalization, pools": [*lanes[12:]],
        "adder arrays": [*adder_cases()],
        "shift arrays": [*shifts[:6]],
        "more shift arrays": [*shifts[6:]],
    }


def sample(case: NodeCase | ModuleCase, netlist: Netlist) -> Sample:
    """The areas of a case's components; cells of modules that no component names count to the first."""
    components, cells = components_of(case), MODULES | modules()
    areas = {module.name: module.area for module in Netlist(netlist.folder, case.name, netlist.device).modules}
    measured = [sum((areas.pop(m, Area()) for m in cells.get(c.kind, ())), Area()) for c in components]
    if measured:
        measured[0] += sum(areas.values(), Area())
    return Sample(case.name, tuple(components), tuple(measured))


def samples(family: str, cache: Path, console: Console) -> list[Sample]:
    """Every case of a family, synthesized or taken from the cache."""
    found = []
    for name, cases in batches().items():
        console.print(f"{family}: {name}", highlight=False)
        modules = [case.module() if isinstance(case, NodeCase) else case for case in cases]
        netlist = synthesize(design(modules), DEVICES[family], cache)
        found += [sample(case, netlist) for case in cases]
    return [entry for entry in found if entry.components]


def fit(chosen: Sequence[Sample], family: str) -> Weights:
    """Non-negative coefficients of every kind of component, by least squares of relative errors."""
    technology = TECHNOLOGIES[family]
    kinds = dict.fromkeys(component.kind for entry in chosen for component in entry.components)
    weights: dict[str, dict[str, dict[str, float]]] = {}
    for kind in kinds:
        rows = [
            (component, area)
            for entry in chosen
            for component, area in zip(entry.components, entry.measured, strict=True)
            if component.kind == kind
        ]
        weights[kind] = {}
        for resource in RESOURCES:
            names = list(getattr(rows[0][0], resource))
            if not names:
                continue
            taken = [[technology.area(memory) for memory in component.memories] for component, _ in rows]
            known = [
                sum(float((m.lut if resource == "lut" else m.register)[0]) for m in memories) for memories in taken
            ]
            matrix = np.array([[float(getattr(c, resource)[name][0]) for name in names] for c, _ in rows])
            target = np.array([getattr(area, resource) for _, area in rows])
            scale = 1 / (target + CONSTANT)
            solution, _ = nnls(matrix * scale[:, None], np.maximum(target - known, 0) * scale)
            weights[kind][resource] = {name: round(float(v), 4) for name, v in zip(names, solution, strict=True) if v}
    return weights


def predicted(entry: Sample, family: str, weights: Weights) -> Area:
    """What a model says of a sample."""
    return ResourceModel(family, weights, TECHNOLOGIES[family]).area(*entry.components)


def held_out(chosen: Sequence[Sample], family: str) -> dict[str, Area]:
    """The estimate of every sample by a model fitted to all others; those with fewer than two of a kind have none."""
    estimates = {}
    for entry in chosen:
        others = [other for other in chosen if other is not entry]
        known = Counter(component.kind for other in others for component in other.components)
        if all(known[component.kind] >= 2 for component in entry.components):
            estimates[entry.name] = predicted(entry, family, fit(others, family))
    return estimates


def errors(chosen: Iterable[Sample], estimates: dict[str, Area], resource: str, least: float) -> dict[str, float]:
    """Relative errors by name, of samples that take at least so much."""
    found = {}
    for entry in chosen:
        real = getattr(entry.whole, resource)
        if entry.name in estimates and real >= least:
            found[entry.name] = getattr(estimates[entry.name], resource) / real - 1
    return found


def report(family: str, chosen: list[Sample], estimates: dict[str, Area], console: Console) -> dict[str, object]:
    """Prints every module, and what the errors are."""
    table = Table("module", "LUT", "estimate", "FF", "estimate", "BRAM", "estimate", title=family, title_justify="left")
    for entry in chosen:
        if entry.name in estimates:
            real, guess = entry.whole, estimates[entry.name]
            pairs = ((real.lut, guess.lut), (real.ff, guess.ff), (real.bram, guess.bram))
            table.add_row(entry.name, *(f"{value:.4g}" for pair in pairs for value in pair))
    console.print(table)
    summary: dict[str, object] = {"modules": len(chosen)}
    for resource, least in (("lut", 50.0), ("ff", 50.0), ("bram", 1.0)):
        found = errors(chosen, estimates, resource, least)
        absolute = {name: abs(error) for name, error in found.items()}
        worst = max(absolute, key=lambda name: absolute[name])
        figures = {"median": float(np.median([*absolute.values()])), "worst": found[worst], "worst module": worst}
        summary[resource] = {"held out": len(found), **figures}
        console.print(f"{family} {resource}: {summary[resource]}", highlight=False)
    return summary


def homes() -> dict[str, Path]:
    """The file for the coefficients of each kind of component that primitives have: beside what describes it."""
    areas = [convolutions, *(kind.companion("area") for kind in REGISTRY.values())]
    return {kind: Path(str(area.__file__)).with_name(COEFFICIENTS) for area in areas if area for kind in area.MODULES}


def write_coefficients(family: str, fitted: Weights) -> None:
    """Puts each kind of component where it is described, and those of streams beside them."""
    places = homes()
    for path in {FABRIC, *places.values()}:
        own = {kind: weights for kind, weights in fitted.items() if places.get(kind, FABRIC) == path}
        contents = dict(read(path)) if path.exists() else {}
        write_json(path, contents | {family: {**contents.get(family, {}), **own}})


def write_json(path: Path, contents: object) -> None:
    """Writes a file of numbers."""
    write_whole(path, (json.dumps(contents, indent=1) + "\n").encode())


def main(
    family: Annotated[list[str], typer.Option(help="xcup, ecp5; give it twice for both")] = [*DEVICES],  # noqa: B006
    cache: Annotated[Path, typer.Option(help="where results of synthesis are kept")] = Path("build/synth"),
    check: Annotated[bool, typer.Option("--check", help="only say what the errors are")] = False,
) -> None:
    """Synthesize, fit, say the errors of held-out modules, and write the coefficients."""
    cache.mkdir(parents=True, exist_ok=True)
    console = Console(width=120)
    contents = json.loads(ERRORS.read_text())
    contents["yosys"] = YOSYS.version
    for name in family:
        chosen = samples(name, cache, console)
        contents["errors"][name] = report(name, chosen, held_out(chosen, name), console)
        if not check:
            write_coefficients(name, fit(chosen, name))
    if not check:
        write_json(ERRORS, contents)


if __name__ == "__main__":
    typer.run(main)
