"""The arrays whose switching is compared: those that the generator makes of a SAPM, and multipliers in their place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hls.rtl.project import library
from hls.rtl.systemverilog import declared_parameters
from ops import Folding, L1Conv2d, Memory, Primitive, ShiftConv2d, TensorType
from ops.naming import snake_case
from ops.packing import packed
from ops.windows import tree_levels


@dataclass(frozen=True)
class Array:
    """An array as one instance called `array`, its memories by file, and the golden sums of windows (position, tap)."""

    label: str
    text: str
    memories: dict[str, Memory]
    out_bits: int
    golden: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Layer:
    """A SAPM of the codec: its branches, the kind of map they read, and how they are folded."""

    shift: ShiftConv2d
    adder: L1Conv2d
    kind: TensorType
    folding: Folding

    @property
    def kernel(self) -> int:
        """Rows and columns of the windows."""
        return int(self.adder.weight.shape[-1])

    @property
    def groups(self) -> int:
        """How often each window is read."""
        return int(self.adder.weight.shape[0]) // self.folding.pe

    @property
    def beats(self) -> int:
        """Words of a window."""
        return self.kernel**2 * self.kind.channels // self.folding.simd


def instance(module: str, values: dict[str, Any]) -> str:
    """A module called array with an instance of a library's array in it."""
    source = library()[module].read_text()
    known = declared_parameters(source)
    parameters = ", ".join(f".{key}({value})" for key, value in values.items() if key in known)
    ports = header(values["InLanes"] * values["InWidth"], values["OutLanes"] * values["OutWidth"])
    return f"{ports}  {module} #({parameters}) u_array (.*);\nendmodule\n"


def header(data_bits: int, out_bits: int) -> str:
    """The ports that all arrays have."""
    return f"""\
module array (
  input logic clk_i, input logic rst_ni, output logic room_o, input logic valid_i, input logic first_i,
  input logic last_i, input logic eol_i, input logic eof_i, input logic [{data_bits - 1}:0] data_i,
  output logic out_valid_o, input logic out_ready_i, output logic [{out_bits - 1}:0] out_data_o,
  output logic out_eol_o, output logic out_eof_o
);
  logic void_i, closes_i;
  assign {{void_i, closes_i}} = 2'b01;
"""


def own_array(label: str, layer: Layer, operation: Primitive) -> Array:
    """The array that the generator makes of one branch."""
    output = operation.infer(layer.kind)
    hardware = operation.hardware((layer.kind,), output, layer.folding)
    fixed, folding = layer.kind.fixed, layer.folding
    values: dict[str, Any] = {"InChannels": layer.kind.channels, "InWidth": fixed.width, "InSigned": int(fixed.signed)}
    values |= {"InLanes": folding.simd, "OutChannels": output.channels, "OutWidth": output.fixed.width}
    values |= {"OutLanes": folding.pe} | hardware.parameters
    files = {f"{snake_case(name)}.mem": hardware.memories[name] for name in hardware.memories}
    values |= {name: f'"{snake_case(name)}.mem"' for name in hardware.memories}
    module = f"{snake_case(type(operation).__name__)}_array"

    def golden(windows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        if isinstance(operation, L1Conv2d):
            weight = operation.weight.reshape(output.channels, 1, -1).astype(np.int64)
            return (operation.bias[:, None] - np.abs(windows[None] - weight).sum(axis=2)).T
        assert isinstance(operation, ShiftConv2d)
        return windows @ operation.weights().reshape(output.channels, -1).T + operation.bias

    return Array(label, instance(module, values), files, folding.pe * output.fixed.width, golden)


def booth_digits(weights: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The four digits of radix 4 of 8-bit weights, -2 to 2, on a new first axis, the lowest first."""
    triples = np.stack([((weights << 1) >> (2 * digit)) & 7 for digit in range(4)])
    return (triples & 1) + ((triples >> 1) & 1) - 2 * (triples >> 2)


def booth_codes(words: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Codes of shift lanes with a digit in each of four terms, as bits, for words of weights (..., PE, lanes)."""
    digits = np.moveaxis(booth_digits(words), 0, -2)
    codes = np.stack([np.abs(digits) == 2, digits == 0, digits < 0], axis=-2)  # exponents, idle, signs
    return codes.reshape(len(words), -1).astype(np.int64)


def lifted(weights: npt.NDArray[np.int64], width: int, booth: bool) -> npt.NDArray[np.int64]:
    """What lanes count too much, by output channel, so that no sum has a sign."""
    rows = weights.reshape(len(weights), -1)
    if not booth:
        return np.full(len(rows), rows.shape[1] << (2 * width - 1))
    digits = booth_digits(rows)
    lanes = ((digits != 0) << width) - (digits < 0)
    return (lanes << 2 * np.arange(4)[:, None, None]).sum(axis=(0, 2))


def multiplier(label: str, layer: Layer, weights: npt.NDArray[np.int64], booth: bool) -> Array:
    """Lanes that multiply by 8-bit weights (output, input, row, column), in the place of ours."""
    assert weights.min() >= -128 and weights.max() <= 127
    pe, simd, width = layer.folding.pe, layer.folding.simd, layer.kind.fixed.width
    # As wide for all weights, so that they share a netlist.
    out_bits = 2 * width + (weights[0].size - 1).bit_length()
    words = weights.reshape(layer.groups, pe, -1, simd, layer.kernel, layer.kernel).transpose(0, 4, 5, 2, 1, 3)
    words = words.reshape(-1, pe, simd)
    bias = -lifted(weights, width, booth).reshape(layer.groups, pe)
    stages = 1 + tree_levels(simd)
    if booth:
        module, port, stages = "shift_lanes", "codes_i", stages + tree_levels(4)
        parameters, memory = ", .Terms(4), .MaxShift(1), .Step(2)", packed((booth_codes(words), 1))
        sums = width + 1 + (simd - 1).bit_length() + 6 + 2
    else:
        module, port, parameters = "plain_multiply_lanes", "weights_i", ""
        memory = packed((words.reshape(len(words), -1), width))
        sums = 2 * width + (simd - 1).bit_length()
    bits = memory.width // pe
    text = (
        header(simd * width, pe * out_bits)
        + f"""\
  logic [{pe * bits - 1}:0] weights;
  logic [{pe * sums - 1}:0] sums;
  weight_reader #(.Width({pe * bits}), .Depth({layer.groups * layer.beats}), .File("weight_file.mem")) u_reader (
    .clk_i, .rst_ni, .valid_i, .weights_o(weights)
  );
  for (genvar i = 0; i < {pe}; i++) begin : gen_pe
    {module} #(.Lanes({simd}), .Width({width}){parameters}) u_lanes (
      .clk_i, .data_i, .{port}(weights[i*{bits}+:{bits}]), .sum_o(sums[i*{sums}+:{sums}])
    );
  end
  convolution_sink #(
    .Pe({pe}), .SumWidth({sums}), .OutWidth({out_bits}), .Groups({layer.groups}), .Beats({layer.beats}),
    .Stages({stages}), .ChannelFile("channel_file.mem")
  ) u_sink (.*, .sums_i(sums), .bases_i('0));
endmodule
"""
    )
    memories = {"weight_file.mem": memory, "channel_file.mem": packed((bias, out_bits))}
    matrix = weights.reshape(len(weights), -1).T
    return Array(label, text, memories, pe * out_bits, lambda windows: windows @ matrix)


def arrays_of(layer: Layer) -> Iterator[Array]:
    """What is compared: our arrays, and multipliers by the weights of both."""
    yield own_array("L1", layer, layer.adder)
    yield own_array("shift", layer, layer.shift)
    dense = np.clip(layer.adder.weight.astype(np.int64), -128, 127)
    powers = layer.shift.weights()
    # Above the base of its channel; 2**7 itself does not fit in 8 bits.
    sparse = np.minimum(powers // np.gcd.reduce(powers.reshape(len(powers), -1), axis=1)[:, None, None, None], 127)
    for name, weights in (("the adder's weights", dense), ("the shifts' weights", sparse)):
        yield multiplier(f"multiply, Booth by hand, {name}", layer, weights, booth=True)
        yield multiplier(f"multiply, by the tool, {name}", layer, weights, booth=False)
