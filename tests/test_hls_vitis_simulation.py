"""What the C simulation says when a compiler or a program fails, and of streams that were not read up."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hls.dataflow.folded import FoldedGraph
from hls.vitis.project import HlsProject
from hls.vitis.simulation import CSimulation, compile_program
from ops import Fixed, Folding, GraphBuilder, IntegerArray, Square, TensorType

Program = Callable[..., CSimulation]

RESULTS = """#!/bin/sh
for name in x y; do cp "$1" "$4/$name"; done
"""
"""A program that has every tensor be the picture."""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A simulation whose program is a script."""
    builder = GraphBuilder("squares", "x", TensorType.of_format(1, Fixed(2, 0)))
    builder.add("y", Square(), "x")
    graph = builder.build("y")
    (tmp_path / "firmware").mkdir()

    def made(script: str) -> CSimulation:
        path = tmp_path / "program"
        path.write_text(script)
        path.chmod(0o755)
        return CSimulation(HlsProject(tmp_path, FoldedGraph(graph, {"y": Folding()}, 2, 2)), path)

    return made


@pytest.fixture
def ones() -> IntegerArray:
    return np.ones((1, 2, 2), np.int64)


def test_what_a_program_writes_is_read(program: Program, ones: IntegerArray, capfd: pytest.CaptureFixture[str]) -> None:
    found = dict(program(RESULTS + "echo all is well\n")(ones))
    assert list(found) == ["x", "y"] and all(np.array_equal(tensor, ones) for tensor in found.values())
    assert capfd.readouterr() == ("", "")


def test_streams_that_are_not_read_up_are_an_error(program: Program, ones: IntegerArray) -> None:
    with pytest.raises(RuntimeError, match="squares: WARNING: the stream x holds data"):
        dict(program(RESULTS + "echo 'WARNING: the stream x holds data' >&2\n")(ones))


def test_a_program_that_fails_is_an_error_with_what_it_said(program: Program, ones: IntegerArray) -> None:
    with pytest.raises(RuntimeError, match=r"squares failed with exit code 3:\nno such picture"):
        dict(program("#!/bin/sh\necho no such picture\nexit 3\n")(ones))


def test_results_of_another_size_are_an_error(program: Program, ones: IntegerArray) -> None:
    with pytest.raises(RuntimeError, match="x has 0 elements, not 1x2x2"):
        dict(program('#!/bin/sh\nfor name in x y; do : > "$4/$name"; done\n')(ones))


def test_a_compiler_that_fails_is_an_error_with_its_errors_alone(tmp_path: Path) -> None:
    source = tmp_path / "wrong.cpp"
    source.write_text("int main() {\n  return unknown;\n}\n")
    with pytest.raises(RuntimeError, match=r"g\+\+ failed on wrong\.cpp:\n") as failure:
        compile_program(source, tmp_path / "wrong", [])
    _, *lines = str(failure.value).splitlines()
    assert len(lines) == 1 and "error" in lines[0] and "unknown" in lines[0]


def test_sanitized_programs_end_where_cpp_does_not_say_what_they_do(tmp_path: Path) -> None:
    source = tmp_path / "overflow.cpp"
    source.write_text("int main() {\n  volatile int most = 2147483647;\n  return most + 1 != 0;\n}\n")
    command = [compile_program(source, tmp_path / name, [], sanitized=name == "sane") for name in ("sane", "plain")]
    said = [subprocess.run([path], capture_output=True, check=False).stderr for path in command]
    assert [b"runtime error" in errors for errors in said] == [True, False]
