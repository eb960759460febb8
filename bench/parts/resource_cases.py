"""Modules that the resource model is fitted to: every primitive and the fabric at a spread of widths and foldings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from hls.rtl.library import PACKAGE, library, memory_text, modules_used
from hls.rtl.registers import render_package
from hls.rtl.systemverilog import instance
from hls.rtl.windows import SOURCE, geometry, settings, window_settings
from hls.synth import RtlSources
from ops import (
    Add,
    DepthToSpace,
    Fixed,
    Folding,
    GdnNormalize,
    InverseGdnNormalize,
    L1Conv2d,
    Memory,
    Primitive,
    Requant,
    ShiftConv2d,
    Square,
    SumPool2d,
    TensorType,
)
from ops.banks import bank_words, banked
from ops.naming import snake_case

S8, U8, S12, U16 = Fixed(8, 4), Fixed(8, 8, signed=False), Fixed(12, 6), Fixed(16, 8, signed=False)


@dataclass(frozen=True)
class ModuleCase:
    """One instance of a library module: `parameters` as SystemVerilog has them, `memories` by parameter."""

    name: str
    module: str
    parameters: dict[str, object]
    memories: dict[str, Memory] = field(default_factory=dict)
    window: dict[str, object] = field(default_factory=dict)
    """Geometry and parameters of the window buffer that comes with it; empty for none."""

    def path(self, parameter: str) -> str:
        """The memory file that a parameter names."""
        return f"{self.name}_{snake_case(parameter)}.mem"

    def files(self) -> dict[str, Memory]:
        """Contents of the memory files by path."""
        words = int(self.parameters.get("Bank", 0))
        return {
            self.path(parameter) + suffix: part
            for parameter, memory in self.memories.items()
            for suffix, part in banked(memory, words).items()
        }

    def render(self) -> str:
        """A module of the case's name with the instances in it; nothing drives their ports, nothing may remove them."""
        files = {parameter: f'"{self.path(parameter)}"' for parameter in self.memories}
        modules = {self.module: {**self.parameters, **files}}
        if self.window:
            modules[SOURCE] = window_settings(self.window)
        kept = "".join(f"  (* keep *) {instance(name, f'u_{name}', values, {})}" for name, values in modules.items())
        return f"module {self.name} ();\n{kept}endmodule\n"


@dataclass(frozen=True)
class NodeCase:
    """A primitive of given input types at a folding; lines are at most `max_width` pixels wide."""

    name: str
    operation: Primitive
    inputs: tuple[TensorType, ...]
    folding: Folding
    max_width: int = 40

    @property
    def output(self) -> TensorType:
        """The type of the result."""
        return self.operation.infer(*self.inputs)

    def module(self) -> ModuleCase:
        """The instance as the generator would make it."""
        hardware = self.operation.hardware(self.inputs, self.output, self.folding)
        module = snake_case(type(self.operation).__name__)
        values = geometry(self.inputs, self.output, hardware, self.max_width)
        is_convolution, memories = self.operation.is_convolution, dict(hardware.memories)
        own = settings(module, values, hardware.parameters, is_convolution)
        return ModuleCase(self.name, module, own, memories, {**values, **hardware.parameters} if is_convolution else {})


def design(modules: list[ModuleCase]) -> RtlSources:
    """A top that holds every case once."""
    text = "".join(case.render() for case in modules)
    text += "module top ();\n" + "".join(f"  (* keep *) {case.name} u_{case.name} ();\n" for case in modules)
    text += "endmodule\n"
    used = modules_used(text, library())
    files = {PACKAGE: render_package()} if "control_registers" in used else {}
    files |= {f"{name}.sv": source for name, source in used.items()} | {"top.sv": text}
    for case in modules:
        files |= {path: memory_text(memory) for path, memory in case.files().items()}
    return RtlSources("top", files)


def shift(
    name: str,
    kernel: int,
    stride: int,
    shape: tuple[int, int],
    terms: int,
    window: int,
    fixed: Fixed,
    folding: Folding,
    base: int = 0,
) -> NodeCase:
    """A shift convolution of random weights: `terms` powers of two in windows of `window` exponents above a base."""
    rng = np.random.default_rng(len(name) + 31 * kernel + folding.pe)
    outputs, channels = shape
    weights = (terms, outputs, channels, kernel, kernel)
    exponents = rng.integers(0, window, weights) + 2 * np.arange(terms)[:, None, None, None, None]
    exponents[0, :, 0, 0, 0], exponents[-1, :, -1, -1, -1] = 0, window - 1 + 2 * (terms - 1)
    exponents += np.arange(outputs)[:, None, None, None] % (base + 1)
    codes = rng.choice([-1, 1], weights) * (exponents + 1)
    operation = ShiftConv2d(codes, rng.integers(-4000, 4000, outputs), stride=stride, weight_frac=6)
    return NodeCase(name, operation, (TensorType.of_format(channels, fixed),), folding)


def adder(name: str, kernel: int, stride: int, channels: int, folding: Folding, outputs: int = 0) -> NodeCase:
    """An adder convolution with random weights."""
    rng = np.random.default_rng(kernel + folding.pe)
    weight = rng.integers(-128, 128, (outputs or channels, channels, kernel, kernel))
    operation = L1Conv2d(weight, rng.integers(-4000, 4000, len(weight)), stride=stride)
    return NodeCase(name, operation, (TensorType.of_format(channels, S8),), folding)


def lanes(name: str, operation: Primitive, count: int, *formats: Fixed, channels: int = 16, low: int = 0) -> NodeCase:
    """An operation with as many lanes in as out; the last input is at least `low` where that is not 0."""
    types = [TensorType.of_format(channels, fixed) for fixed in formats]
    if low:
        types[-1] = TensorType.of_range(channels, low, types[-1].high, types[-1].fixed.frac)
    return NodeCase(name, operation, tuple(types), Folding(count, count))


def shift_cases() -> Iterator[NodeCase]:
    """What the codec has: one power of two in wide windows, several in narrow ones; kernels 9, 5, 3, 1; interleaved."""
    yield shift("shift_k5_4x4", 5, 2, (16, 16), 1, 7, S8, Folding(4, 4))
    yield shift("shift_k5_2x8", 5, 2, (16, 32), 1, 7, S8, Folding(2, 8), 1)
    yield shift("shift_k3_1x16", 3, 1, (32, 32), 1, 7, S8, Folding(1, 16), 2)
    yield shift("shift_k3_w4_4x8", 3, 1, (32, 32), 1, 4, S8, Folding(4, 8))
    yield shift("shift_k3_w4_interleaved", 3, 1, (32, 32), 1, 4, S8, Folding(4, 8, 3, 4))
    yield shift("shift_k3_w2_interleaved", 3, 1, (24, 16), 3, 2, S8, Folding(6, 4, 1, 8), 1)
    yield shift("shift_k1_w2_3x16", 1, 1, (24, 32), 3, 2, S8, Folding(3, 16), 1)
    yield shift("shift_k3_w4_2x64", 3, 1, (16, 64), 1, 4, S8, Folding(2, 64))
    yield shift("shift_k1_12_4x2", 1, 1, (16, 16), 3, 4, S12, Folding(4, 2))
    yield shift("shift_k1_12_2x8", 1, 1, (16, 32), 3, 4, S12, Folding(2, 8), 2)
    yield shift("shift_k1_16_4x1", 1, 1, (32, 32), 3, 4, U16, Folding(4, 1), 6)
    yield shift("shift_k9_4x3", 9, 4, (16, 3), 3, 4, U8, Folding(4, 3))
    yield shift("shift_k9_2x3x9", 9, 4, (8, 3), 3, 4, U8, Folding(2, 3, 9))
    yield shift("shift_k1_10_2x11", 1, 1, (16, 32), 2, 4, Fixed(10, 8), Folding(2, 11), 2)
    yield shift("shift_k1_10_4x5", 1, 1, (16, 24), 2, 4, Fixed(10, 8), Folding(4, 5), 2)
    yield shift("shift_k1_10_3x2", 1, 1, (24, 16), 2, 4, Fixed(10, 8), Folding(3, 2), 3)


def adder_cases() -> Iterator[NodeCase]:
    """Adder arrays from wide and shallow to narrow and deep."""
    yield adder("adder_k5_4x4", 5, 2, 16, Folding(4, 4))
    yield adder("adder_k3_2x8", 3, 1, 32, Folding(2, 8))
    yield adder("adder_k5_4x1", 5, 2, 24, Folding(4, 1))
    yield adder("adder_k5_2x4x5", 5, 2, 16, Folding(2, 4, 5))
    yield adder("adder_k3_6x6", 3, 1, 24, Folding(6, 6))
    yield adder("adder_k3_2x64", 3, 1, 64, Folding(2, 64), 16)
    yield adder("adder_k5_interleaved", 5, 2, 16, Folding(4, 8, 1, 2))
    yield adder("adder_k3_interleaved", 3, 1, 24, Folding(3, 6, 3, 8))


def lane_cases() -> Iterator[NodeCase]:
    """Operations that map channel to channel."""
    yield lanes("requant_22_12", Requant(8, 12), 2, Fixed(22, 18))
    yield lanes("requant_29_12", Requant(11, 12), 4, Fixed(29, 17))
    yield lanes("requant_20_8", Requant(9, 8), 1, Fixed(20, 15))
    yield lanes("requant_23_16", Requant(6, 16, 0), 2, Fixed(23, 20, signed=False))
    yield lanes("requant_20_12", Requant(3, 12), 4, Fixed(20, 6))
    yield lanes("add_25_25", Add(0, 4), 2, Fixed(25, 17), Fixed(25, 13))
    yield lanes("add_29_10", Add(0, 9), 4, Fixed(29, 17), Fixed(10, 8))
    yield lanes("add_12_20", Add(3, 0), 1, Fixed(12, 4), Fixed(20, 7))
    yield lanes("square_12", Square(), 1, S12)
    yield lanes("square_12_4", Square(), 4, S12)
    yield lanes("square_8", Square(), 2, S8)
    yield lanes("square_16", Square(), 1, Fixed(16, 8))
    yield lanes("gdn_12_23", GdnNormalize(12), 1, S12, Fixed(23, 22, signed=False), low=1 << 18)
    yield lanes("gdn_12_32", GdnNormalize(10), 1, S12, Fixed(32, 26, signed=False), low=1 << 20)
    yield lanes("gdn_10_28", GdnNormalize(9), 1, Fixed(10, 5), Fixed(28, 20, signed=False), low=1 << 16)
    yield lanes("igdn_12_20", InverseGdnNormalize(), 1, S12, Fixed(20, 14, signed=False))
    yield lanes("igdn_10_24", InverseGdnNormalize(), 1, Fixed(10, 5), Fixed(24, 20, signed=False))
    yield lanes("pool_1", SumPool2d(2), 1, S8)
    yield lanes("pool_4", SumPool2d(2), 4, S8, channels=32)
    yield lanes("space_2_4", DepthToSpace(2), 4, S12, channels=64)
    yield lanes("space_2_8", DepthToSpace(2), 8, S12, channels=64)
    yield lanes("space_4_3", DepthToSpace(4), 3, U8, channels=48)


def random_memory(width: int, depth: int) -> Memory:
    """A memory of random words."""
    rng = np.random.default_rng(width + depth)
    return Memory(
        tuple(int.from_bytes(rng.bytes(width // 8 + 1), "little") % (1 << width) for _ in range(depth)), width
    )


def fabric_cases() -> Iterator[ModuleCase]:
    """What lies between the nodes, and memories by themselves."""
    for width, depth in ((32, 8), (200, 40), (32, 600), (100, 2)):
        yield ModuleCase(f"fifo_{width}_{depth}", "stream_fifo", {"Width": width, "Depth": depth})
    for width, entering, leaving in ((8, 1, 3), (8, 6, 4), (12, 16, 4), (25, 2, 16), (8, 4, 1)):
        values = {"ElementWidth": width, "InLanes": entering, "OutLanes": leaving}
        yield ModuleCase(f"convert_{width}_{entering}_{leaving}", "stream_width_converter", values)
    for width in (12, 200):
        yield ModuleCase(f"slice_{width}", "stream_slice", {"Width": width})
    yield ModuleCase("fork_3", "stream_fork", {"Outputs": 3})
    for width, depth in ((64, 16), (40, 48), (40, 100), (80, 200), (80, 400), (20, 2500)):
        size = {"Width": width, "Depth": depth}
        yield ModuleCase(f"rom_{width}_{depth}", "rom", size, {"File": random_memory(width, depth)})
    for width, depth in ((90, 200), (72, 3200), (64, 4608), (11, 20000)):
        memory = random_memory(width, depth)
        values: dict[str, int | str] = {"Width": width, "Depth": depth, "Bank": bank_words(memory)}
        yield ModuleCase(f"rom_{width}_{depth}_in_blocks", "rom", values, {"File": memory})
    yield from window_cases()


def window_cases() -> Iterator[ModuleCase]:
    """Line buffers: words of a pixel, bits of a word, kernel, stride, rows at once, pixels of a line."""
    for words, width, kernel, stride, rows, columns in (
        (4, 32, 5, 2, 1, 160),
        (2, 24, 9, 4, 1, 200),
        (4, 32, 5, 2, 5, 160),
        (1, 24, 9, 4, 9, 960),
        (3, 8, 9, 4, 3, 200),
        (2, 64, 3, 1, 3, 120),
        (2, 12, 9, 4, 3, 160),
        (2, 16, 5, 2, 5, 120),
        (1, 24, 3, 1, 3, 300),
    ):
        values: dict[str, int | str] = {"Words": words, "Width": width, "Kernel": kernel, "Stride": stride}
        values |= {"Rows": rows, "Groups": 8, "MaxWidth": columns}
        yield ModuleCase(f"window_{width}_{kernel}_{columns}_{rows}", "window_line_buffer", values)


def port_cases() -> Iterator[ModuleCase]:
    """The ends of a transform."""
    sizes: dict[str, int | str] = {"MaxWidth": 1920, "MaxHeight": 1088, "Granularity": 16, "SizeWidth": 16}
    identity: dict[str, int | str] = {"ModelHash": f"256'h{'5A0FC3' * 10}", "Transform": "32'h00000001"}
    yield ModuleCase("ends_control", "control_registers", identity | sizes)
    yield ModuleCase("ends_video_in", "axis_video_in", {"Width": 24, "SizeWidth": 16})
    latents: dict[str, int | str] = {"DataWidth": 8, "Width": 8, "Channels": 64, "SizeWidth": 16}
    yield ModuleCase("ends_latents_in", "axis_latents_in", latents)
    yield ModuleCase("ends_video_out", "axis_video_out", {"Width": 24})
