"""Every primitive's examples at every folding, as instances side by side in one module that a bench can drive."""

from __future__ import annotations

import json
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hls.rtl.library import library, modules_used, write_memory
from hls.rtl.systemverilog import CLOCK, Stream, instance
from hls.rtl.windows import geometry, settings, window_buffer, window_ports
from ops import REGISTRY, Example, Folding, Hardware, IntegerArray, TensorType
from ops.naming import snake_case
from rtl_sim.runners import BuildOptions
from rtl_sim.simulator import ONE_FILE, Simulation, build, run

TOP = "primitive_cases"
BENCH = "rtl_sim.primitive_bench"

CASES_VARIABLE = "SAPM_CASES"
"""Environment variable of the bench: a JSON file with the labels of the cases."""

QUICK = BuildOptions(optimization="-O0", verilator_arguments=ONE_FILE, random_start=True)
"""Runs are short: no optimization, and one file, since precompiled headers for several cost more than they save."""

REPORT = "report.json"
"""The file that the bench writes: an Outcome for each case."""

GROUPS = (250, 2000)
"""Cycles of a frame with which the second and the third group of cases begin."""

MORE_COLUMNS = 3
"""Pixels by which the widest of the derived frames exceeds the example's."""


@dataclass(frozen=True)
class Outcome:
    """What the bench saw of a case: the first fault (None: none), and, without stalls, cycles a frame and latency.

    `ready_follows`: the ready of an input changed with that of the taker, within a cycle.
    """

    failure: str | None
    cycles: int
    latency: int
    ready_follows: bool = False


@dataclass(frozen=True)
class Case:
    """One instance: an example at a folding. `label` names it in messages, `name` in SystemVerilog."""

    example: Example
    folding: Folding
    name: str

    @property
    def label(self) -> str:
        """Primitive, example and folding in words."""
        return f"{self.example}-{self.folding}"

    @property
    def hardware(self) -> Hardware:
        """The description of the instance."""
        return self.example.operation.hardware(self.example.types, self.example.output_type, self.folding)

    @property
    def module(self) -> str:
        """The SystemVerilog module."""
        return snake_case(type(self.example.operation).__name__)

    @property
    def window(self) -> str | None:
        """What the window buffer of a convolution is called."""
        return f"{self.name}_window" if self.example.operation.is_convolution else None

    @property
    def instances(self) -> list[str]:
        """The names of its instances."""
        return [f"u_{name}" for name in (self.name, self.window) if name is not None]

    @property
    def max_width(self) -> int:
        """Pixels of a line at most."""
        return int(self.example.inputs[0].shape[2]) + MORE_COLUMNS

    def frames(self) -> list[tuple[IntegerArray, ...]]:
        """The example's inputs, then inputs of other sizes made from them: smaller, single pixels, larger."""
        height, width = self.example.inputs[0].shape[1:]
        sizes = [(height, width), (height - 1, width - 2), (1, 1), (height + 2, width + 3), (height * 2, width // 2)]
        chosen = []
        for number, size in enumerate(dict.fromkeys(sizes)):
            if min(size) >= 1 and size[1] <= self.max_width and self._accepts(*size):
                chosen.append(tuple(_resized(x, size, number) for x in self.example.inputs))
        return chosen

    def _accepts(self, height: int, width: int) -> bool:
        try:
            self.example.operation.output_size(height, width)
        except ValueError:
            return False
        return True


def _resized(x: IntegerArray, size: tuple[int, int], roll: int) -> IntegerArray:
    """The map repeated or cut to another size; `roll` sets different values at the same place."""
    rolled = np.roll(x.reshape(len(x), -1), roll, axis=1).reshape(x.shape)
    repeats = [-(-wanted // has) for wanted, has in zip(size, x.shape[1:], strict=True)]
    return np.tile(rolled, (1, *repeats))[:, : size[0], : size[1]]


def cases(primitives: Iterable[str] | None = None) -> list[Case]:
    """Every (example, folding) of the named primitives, or of all of them; a case has the same name in every choice."""
    chosen = set(REGISTRY if primitives is None else primitives)
    pairs = [(name, e, f) for name, primitive in REGISTRY.items() for e in primitive.examples() for f in e.foldings]
    return [Case(e, f, f"c{number}") for number, (name, e, f) in enumerate(pairs) if name in chosen]


def stream_width(kind: TensorType, lanes: int) -> int:
    """Bits of a beat."""
    return kind.fixed.width * lanes


def beats(x: IntegerArray, lanes: int, width: int) -> Iterator[tuple[int, bool, bool]]:
    """A feature map as its stream: (data, end of line, end of frame) of each beat."""
    height = x.shape[1]
    words = x.transpose(1, 2, 0).reshape(height, -1, lanes) & ((1 << width) - 1)
    for row, line in enumerate(words.tolist()):
        for position, elements in enumerate(line):
            eol = position == len(line) - 1
            yield sum(e << (width * i) for i, e in enumerate(elements)), eol, eol and row == height - 1


def build_cases(
    chosen: list[Case],
    build_dir: Path,
    sources: Mapping[str, Path] | None = None,
    options: BuildOptions | None = None,
    edit: Callable[[str], str] = str,
    beside: Sequence[Path] = (),
) -> Simulation:
    """Write the top module and its memories into `build_dir`, and compile them.

    `sources` takes the place of ops' modules of the same names (to inject faults), what `edit` makes of the top that
    of the top; `beside` are files more, with what is bound to modules. Raises SimulatorError.
    """
    build_dir.mkdir(parents=True, exist_ok=True)
    for case in chosen:
        for parameter, memory in case.hardware.memories.items():
            write_memory(build_dir / _memory_file(case, parameter), memory)
    top = build_dir / f"{TOP}.sv"
    top.write_text(edit(render_top(chosen)))
    files = library() | dict(sources or {})
    used = [files[name] for name in modules_used(top.read_text(), files)]
    return build([*used, top, *beside], TOP, build_dir / "build", options=options or QUICK)


def simulate_cases(chosen: list[Case], folder: Path, sources: Mapping[str, Path] | None = None) -> dict[str, Outcome]:
    """Build and run cases, in a simulation for each group; the outcome of each by its label. Raises SimulatorError.

    `sources` takes the place of ops' modules of the same names.
    """
    outcomes: dict[str, Outcome] = {}
    for number, group in enumerate(groups(chosen)):
        part = folder / f"group{number}"
        outcomes |= run_cases(build_cases(group, part, sources), group, part)
    return outcomes


def groups(chosen: list[Case]) -> list[list[Case]]:
    """The cases, those together whose frames take about as long: a simulation goes on with all until its last ends."""
    found: dict[int, list[Case]] = {}
    for case in chosen:
        cycles = case.hardware.cycles(*case.example.inputs[0].shape[1:])
        found.setdefault(bisect(GROUPS, cycles), []).append(case)
    return [found[place] for place in sorted(found)]


def run_cases(simulation: Simulation, chosen: list[Case], folder: Path) -> dict[str, Outcome]:
    """Run the cases of a build; the outcome of each by its label. Raises SimulatorError."""
    job = folder.resolve() / "cases.json"
    job.write_text(json.dumps([case.label for case in chosen]))
    run(simulation, BENCH, folder, environment={CASES_VARIABLE: str(job)})
    report = json.loads((folder / REPORT).read_text())
    return {label: Outcome(**seen) for label, seen in report.items()}


def _memory_file(case: Case, parameter: str) -> str:
    return f"{case.name}_{parameter}.mem"


def render_top(chosen: list[Case]) -> str:
    """The module: handshakes and marks of all cases are bits of shared vectors, each stream's data is a port."""
    inputs, outputs, body = 0, 0, []
    ports = ["  input logic clk_i", "  input logic rst_ni"]
    for case in chosen:
        hardware, sources = case.hardware, []
        for index, kind in enumerate(case.example.types):
            port = f"{case.name}_in{index}"
            ports.append(f"  input logic [{stream_width(kind, hardware.input_lanes[index]) - 1}:0] {port}")
            bit = f"[{inputs}]"
            sources.append(Stream(f"in_valid{bit}", f"in_ready{bit}", port, f"in_eol{bit}", f"in_eof{bit}", 0))
            inputs += 1
        port = f"{case.name}_out"
        ports.append(f"  output logic [{stream_width(case.example.output_type, hardware.output_lanes) - 1}:0] {port}")
        bit = f"[{outputs}]"
        target = Stream(f"out_valid{bit}", f"out_ready{bit}", port, f"out_eol{bit}", f"out_eof{bit}", 0)
        body.append(_instances(case, sources, target))
        outputs += 1
    ports += [f"  input logic [{inputs - 1}:0] {name}" for name in ("in_valid", "in_eol", "in_eof")]
    ports += [f"  output logic [{inputs - 1}:0] in_ready", f"  input logic [{outputs - 1}:0] out_ready"]
    ports += [f"  output logic [{outputs - 1}:0] {name}" for name in ("out_valid", "out_eol", "out_eof")]
    head = "// All cases side by side; generated.\n\n" + f"module {TOP} (\n" + ",\n".join(ports) + "\n);\n\n"
    return head + "\n".join(body) + "\nendmodule\n"


def _instances(case: Case, sources: list[Stream], target: Stream) -> str:
    """The module of a case, and of a convolution its window buffer."""
    hardware, window = case.hardware, case.window
    files = {parameter: f'"{_memory_file(case, parameter)}"' for parameter in hardware.memories}
    own = {**hardware.parameters, **files}
    around = geometry(case.example.types, case.example.output_type, hardware, case.max_width)
    text, ports = "", dict(CLOCK)
    if window is not None:
        text, ports = window_buffer(window, sources[0], {**around, **own}), ports | window_ports(window)
    else:
        for index, source in enumerate(sources):
            ports |= source.as_input("in" if len(sources) == 1 else f"in{index}")
    parameters = settings(case.module, around, own, window is not None)
    return text + instance(case.module, f"u_{case.name}", parameters, ports | target.as_output())
