"""The arrays whose switching is compared: those that the generator makes of a SAPM, and multipliers in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hls.rtl.library import library
from hls.rtl.systemverilog import declared_parameters
from ops import Folding, L1Conv2d, Memory, Primitive, ShiftConv2d, TensorType
from ops.naming import snake_case
from ops.packing import packed
from ops.shift_conv2d.codes import TermCodes
from ops.windows import tree_depth


@dataclass(frozen=True)
class ActivityArray:
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
    ports = header(values["Rows"] * values["Simd"] * values["InWidth"], values["Pe"] * values["OutWidth"])
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


def own_array(label: str, layer: Layer, operation: Primitive) -> ActivityArray:
    """The array that the generator makes of one branch."""
    output = operation.infer(layer.kind)
    hardware = operation.hardware((layer.kind,), output, layer.folding)
    fixed, folding = layer.kind.fixed, layer.folding
    values: dict[str, Any] = {"InChannels": layer.kind.channels, "InWidth": fixed.width, "InSigned": int(fixed.signed)}
    values |= {"OutChannels": output.channels, "OutWidth": output.fixed.width} | hardware.parameters
    files = {f"{snake_case(name)}.mem": hardware.memories[name] for name in hardware.memories}
    values |= {name: f'"{snake_case(name)}.mem"' for name in hardware.memories}
    module = snake_case(type(operation).__name__)

    def golden(windows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        if isinstance(operation, L1Conv2d):
            weight = operation.weight.reshape(output.channels, 1, -1).astype(np.int64)
            return (operation.bias[:, None] - np.abs(windows[None] - weight).sum(axis=2)).T
        assert isinstance(operation, ShiftConv2d)
        return windows @ operation.weights().reshape(output.channels, -1).T + operation.bias

    return ActivityArray(label, instance(module, values), files, folding.pe * output.fixed.width, golden)


def booth(weights: npt.NDArray[np.int64]) -> TermCodes:
    """8-bit weights (output, input, row, column) as four terms, the digits of radix 4 from -2 to 2."""
    triples = np.stack([((weights << 1) >> (2 * digit)) & 7 for digit in range(4)])
    digits = (triples & 1) + ((triples >> 1) & 1) - 2 * (triples >> 2)
    exponents, used, signs = (field.astype(np.int64) for field in (np.abs(digits) == 2, digits != 0, digits < 0))
    return TermCodes(2, 2, np.zeros((len(weights), weights.shape[-1]), np.int64), exponents, used, signs)


def in_words(values: npt.NDArray[np.int64], layer: Layer) -> npt.NDArray[np.int64]:
    """Values (n, output, input, row, column) in the order of the array: (words, PE * n * lanes)."""
    pe, simd = layer.folding.pe, layer.folding.simd
    folded = values.reshape(len(values), layer.groups, pe, -1, simd, layer.kernel, layer.kernel)
    return folded.transpose(1, 5, 6, 3, 2, 0, 4).reshape(layer.groups * layer.beats, -1)


def multiplier(label: str, layer: Layer, weights: npt.NDArray[np.int64], by_hand: bool) -> ActivityArray:
    """Lanes that multiply by 8-bit weights (output, input, row, column), in the place of ours."""
    assert weights.min() >= -128 and weights.max() <= 127
    pe, simd, width = layer.folding.pe, layer.folding.simd, layer.kind.fixed.width
    # As wide for all weights, so that they share a netlist.
    out_bits = 2 * width + (weights[0].size - 1).bit_length()
    stages = 1 + tree_depth(simd)
    if by_hand:
        codes = booth(weights)
        words, bits, excess = in_words(codes.in_memory(False)[None], layer), codes.code_bits(False), codes.excess(width)
        module, port, stages = "shift_lanes", "codes_i", stages + tree_depth(4)
        parameters = ", .Terms(4), .MaxShift(1), .Step(2)"
        sums = width + 1 + (simd - 1).bit_length() + 6 + 2
    else:
        module, port, parameters = "plain_multiply_lanes", "weights_i", ""
        words, bits = in_words(weights[None], layer), width
        excess = np.full(len(weights), weights[0].size << (2 * width - 1))
        sums = 2 * width + (simd - 1).bit_length()
    memory = packed((words, bits))
    bits = memory.width // pe
    bias = -excess.reshape(layer.groups, pe)
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
    return ActivityArray(label, text, memories, pe * out_bits, lambda windows: windows @ matrix)


def arrays_of(layer: Layer) -> Iterator[ActivityArray]:
    """What is compared: our arrays, and multipliers by the weights of both."""
    yield own_array("L1", layer, layer.adder)
    yield own_array("shift", layer, layer.shift)
    dense = np.clip(layer.adder.weight.astype(np.int64), -128, 127)
    powers = layer.shift.weights()
    # Above the base of its channel; 2**7 itself does not fit in 8 bits.
    sparse = np.minimum(powers // np.gcd.reduce(powers.reshape(len(powers), -1), axis=1)[:, None, None, None], 127)
    for name, weights in (("the adder's weights", dense), ("the shifts' weights", sparse)):
        yield multiplier(f"multiply, Booth by hand, {name}", layer, weights, by_hand=True)
        yield multiplier(f"multiply, by the tool, {name}", layer, weights, by_hand=False)
