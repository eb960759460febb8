"""Every example of every primitive: its C++ template computes what the golden model computes, at every folding."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hls.vitis.cpp import (
    FABRIC_FOLDER,
    OPS_FOLDER,
    Geometry,
    array_format,
    config_struct,
    function_name,
    integer_type,
    operation_fields,
    operation_header,
)
from hls.vitis.simulation import compile_program, include_folders
from hls.vitis.words import array_words
from ops import REGISTRY, Example, Fixed, Folding, IntegerArray, Requant, TensorType

FAR_SHIFTS = [
    Example(
        f"shift{operation.shift}", operation, (TensorType.of_format(1, Fixed(8, 0)),), (np.arange(-3, 4)[None, None],)
    )
    for operation in (Requant(-32, 8), Requant(47, 8), Requant(-32, 48), Requant(31, 8), Requant(-31, 33))
]
CASES = [
    (example, folding)
    for examples in [*(operation.examples() for operation in REGISTRY.values()), FAR_SHIFTS]
    for example in examples
    for folding in example.foldings
]

PROGRAM = """
#include <cstdint>
#include <cstdio>
#include "ap_fixed.h"
#include "nnet_utils/nnet_types.h"
#include "hls_stream.h"
{includes}
template <class element_T> void load(FILE *file, element_T *elements, int count) {{
    for (int element = 0; element < count; element++) {{
        int64_t value = 0;
        if (fread(&value, sizeof value, 1, file) != 1) value = 0;
        elements[element] = value;
    }}
}}
template <class beat_T> void read(FILE *file, hls::stream<beat_T> &stream, int elements) {{
    for (int element = 0; element < elements; element += beat_T::size) {{
        beat_T beat;
        load(file, &beat[0], beat_T::size);
        stream.write(beat);
    }}
}}
template <class beat_T> void write(FILE *file, hls::stream<beat_T> &stream) {{
    while (!stream.empty()) {{
        const beat_T beat = stream.read();
        for (unsigned lane = 0; lane < beat_T::size; lane++) {{
            const int64_t value = beat[lane].to_int64();
            fwrite(&value, sizeof value, 1, file);
        }}
    }}
}}
{cases}
int main(int, char **argv) {{
    FILE *in = fopen(argv[1], "rb");
    FILE *out = fopen(argv[2], "wb");
{calls}
    fclose(in);
    fclose(out);
    return 0;
}}
"""


def call(function: str, types: list[str], streams: list[str], size: tuple[int, int], arrays: Iterable[str] = ()) -> str:
    """A call of a layer's function for a map of that size."""
    return f"{function}<{', '.join(types)}>({', '.join([*streams, *map(str, size), *arrays])});"


def ordered(example: Example, folding: Folding) -> list[str]:
    """Results of interleaved windows, put in order: the lines before and within the function of an example."""
    kind = replace(example.output_type, rate=Fraction(1))
    size = example.operation.output_size(*example.inputs[0].shape[1:])
    return [
        config_struct("order", Geometry(kind, kind, folding, *size).fields()),
        call("sapm::order_windows", ["output_t", "output_t", "order"], ["mixed", "output"], size),
    ]


def case_code(index: int, example: Example, folding: Folding) -> str:
    """One example as a function that reads its weights and inputs from a file and writes its result to another."""
    operation = example.operation
    size = example.inputs[0].shape[1:]
    # Both places of weights are the same to the C simulation.
    fields = operation_fields(operation, bool(index % 2))
    geometry = Geometry(example.types[0], example.output_type, folding, *size)
    lines = [f"namespace case{index} {{", config_struct("config", fields | geometry.fields())]
    for position, kind in enumerate(example.types):
        lanes = folding.entering(kind.channels)
        lines.append(f"typedef nnet::array<{integer_type(kind.fixed)}, {lanes}> input{position}_t;")
    lines.append(f"typedef nnet::array<{integer_type(example.output_type.fixed)}, {folding.pe}> output_t;")
    arrays = array_words(operation, folding)
    for name, array in arrays.items():
        sizes = "".join(f"[{length}]" for length in array.shape)
        lines.append(f"{integer_type(array_format(array))} {name}{sizes};")
    inputs = [f"input{position}" for position in range(operation.arity)]
    types = [*(f"{name}_t" for name in inputs), "output_t", "config"]
    is_mixed = folding.interleave > 1 and example.output_type.channels > folding.pe
    order, last = ordered(example, folding) if is_mixed else ("", "")
    lines += [order, "void run(FILE *in, FILE *out) {"]
    for name, array in arrays.items():
        lines.append(f"load(in, &{name}{'[0]' * array.ndim}, {array.size});")
    for name, x in zip(inputs, example.inputs, strict=True):
        lines.append(f"hls::stream<{name}_t> {name}; read(in, {name}, {x.size});")
    lines.append("hls::stream<output_t> mixed, output;")
    result = "mixed" if is_mixed else "output"
    lines += [call(function_name(type(operation)), types, [*inputs, result], size, arrays), last, "write(out, output);"]
    return "\n".join([*lines, "}", "}"])


@cache
def program(folder: Path, types: str) -> Path:
    """All cases in one program, computing in native integers or in the exact types that synthesis sees."""
    headers = [*(operation_header(operation) for operation in REGISTRY.values()), FABRIC_FOLDER / "window_order.h"]
    source = folder / f"{types}.cpp"
    source.write_text(
        PROGRAM.format(
            includes="\n".join(f'#include "{header.relative_to(OPS_FOLDER)}"' for header in headers),
            cases="\n".join(case_code(index, *case) for index, case in enumerate(CASES)),
            calls="\n".join(f"    case{index}::run(in, out);" for index in range(len(CASES))),
        )
    )
    includes = [*include_folders(), OPS_FOLDER, FABRIC_FOLDER]
    return compile_program(source, folder / types, includes, 0, ["SAPM_EXACT_TYPES"] if types == "exact" else [])


@cache
def computed(folder: Path, types: str) -> list[IntegerArray]:
    """The results of all cases, from one run."""
    arrays = []
    for example, folding in CASES:
        arrays += array_words(example.operation, folding).values()
        arrays += [x.transpose(1, 2, 0) for x in example.inputs]
    (folder / "in.bin").write_bytes(b"".join(array.astype("<i8").tobytes() for array in arrays))
    subprocess.run([program(folder, types), folder / "in.bin", folder / "out.bin"], check=True, timeout=60)
    values = np.fromfile(folder / "out.bin", "<i8")
    results = []
    for example, _ in CASES:
        channels, height, width = example.operation.evaluate(*example.inputs).shape
        size = channels * height * width
        results.append(values[:size].reshape(height, width, channels).transpose(2, 0, 1))
        values = values[size:]
    assert not values.size
    return results


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases")


@pytest.mark.slow
@pytest.mark.parametrize("types", ["native", "exact"])
@pytest.mark.parametrize("index", range(len(CASES)), ids=[f"{e}-{f}" for e, f in CASES])
def test_template_equals_golden(index: int, types: str, folder: Path) -> None:
    example, _ = CASES[index]
    np.testing.assert_array_equal(computed(folder, types)[index], example.operation.evaluate(*example.inputs))


@pytest.mark.slow
def test_no_template_multiplies_or_divides_data(folder: Path) -> None:
    """With exact types, every product of data would be a function of the arbitrary-precision library."""
    symbols = subprocess.run(["nm", "-C", program(folder, "exact")], capture_output=True, text=True, check=True).stdout
    assert "operator-<" in symbols
    assert [line for line in symbols.splitlines() if re.search(r"operator[*/%]=?<", line)] == []
