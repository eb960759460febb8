"""Instances of primitives in SystemVerilog, and the window buffers that the arrays of convolutions read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hls.rtl.library import library
from hls.rtl.systemverilog import CLOCK, Stream, declared_parameters, instance
from ops import Hardware, TensorType

SOURCE = "convolution_source"
"""The module of a window buffer."""

MARKS = ("valid", "first", "last", "void", "closes", "eol", "eof")
"""What leaves a window buffer before the words of a window."""


def window_buffer(name: str, stream: Stream, values: Mapping[str, object], arrays: int = 1) -> str:
    """The buffer `name` of the windows of a stream for so many arrays, with its signals.

    `values` are the geometry and the parameters of the first array.
    """
    width = _number(values, "Rows") * _number(values, "Simd") * _number(values, "InWidth")
    ports = CLOCK | stream.as_input() | {"room_i": f"{name}_room"}
    ports |= {f"{mark}_o": f"{name}_{mark}" for mark in (*MARKS, "data")}
    return (
        f"  logic {', '.join(f'{name}_{mark}' for mark in MARKS)};\n"
        f"  logic [{width - 1}:0] {name}_data;\n  logic [{arrays - 1}:0] {name}_room;\n"
        + instance(SOURCE, f"u_{name}", window_settings(values, arrays), ports)
    )


def window_settings(values: Mapping[str, object], arrays: int = 1) -> dict[str, object]:
    """The parameters of the buffer of so many arrays, from the geometry and the parameters of the first one."""
    declared = _declared(SOURCE)
    known = dict(values) | {"Groups": _number(values, "OutChannels") // _number(values, "Pe"), "Arrays": arrays}
    return {key: value for key, value in known.items() if key in declared}


def window_ports(name: str, index: int = 0) -> dict[str, str]:
    """The connections of the array `index` of the buffer `name`."""
    marks = {f"{mark}_i": f"{name}_{mark}" for mark in (*MARKS, "data")}
    return marks | {"room_o": f"{name}_room[{index}]"}


def settings(
    module: str, around: Mapping[str, object], own: Mapping[str, object], is_convolution: bool
) -> dict[str, object]:
    """The parameters of an instance: its own, and of its geometry `around` what its module has.

    Those of a convolution that only its window buffer has are left out. Raises ValueError where nobody has one.
    """
    declared = _declared(module)
    unknown = set(own) - declared - (_declared(SOURCE) if is_convolution else set())
    if unknown:
        raise ValueError(f"module {module} must declare the parameter {min(unknown)!r} that its node sets")
    return {key: value for key, value in {**around, **own}.items() if key in declared}


def geometry(inputs: Sequence[TensorType], output: TensorType, hardware: Hardware, max_width: int) -> dict[str, object]:
    """The parameters that follow from the types and lanes of a node's inputs and output, and from its longest row."""
    values: dict[str, object] = {}
    for index, kind in enumerate(inputs):
        values |= _described("In" if len(inputs) == 1 else f"In{index}", kind, hardware.input_lanes[index])
    values |= _described("Out", output, hardware.output_lanes)
    return values | {"InChannels": inputs[0].channels, "MaxWidth": max_width}


def _described(prefix: str, kind: TensorType, lanes: int) -> dict[str, object]:
    return {
        f"{prefix}Channels": kind.channels,
        f"{prefix}Width": kind.fixed.width,
        f"{prefix}Signed": int(kind.fixed.signed),
        f"{prefix}Lanes": lanes,
    }


def _number(values: Mapping[str, object], key: str) -> int:
    return int(str(values[key]))


def _declared(module: str) -> set[str]:
    return declared_parameters(library()[module].read_text())
