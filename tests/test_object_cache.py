"""The compiler launcher of tests takes an object where nothing that was read has changed, and only there."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

COMPILER = '#!/bin/sh\ncase "$*" in *-c*) echo >> runs;; esac\nexec c++ "$@"\n'

Compile = Callable[..., tuple[int, int]]
"""Runs a compiler, with more arguments, on one.cpp: the exit code, and how often a compiler has compiled so far."""


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compile:
    monkeypatch.chdir(tmp_path)
    Path("one.cpp").write_text('#include "one.h"\nint one() { return ONE; }\n')
    Path("one.h").write_text("#define ONE 1\n")
    Path("compiler").write_text(COMPILER)
    Path("compiler").chmod(0o755)
    Path("kept").mkdir()
    launcher = [*shlex.split(os.environ["OBJCACHE"])[:-1], "kept"]

    def run(*arguments: str, output: str = "one.o") -> tuple[int, int]:
        command = [*launcher, "./compiler", "-I.", *arguments, "-c", "-o", output, "one.cpp"]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.returncode, len(Path("runs").read_text().splitlines())

    return run


def test_the_same_is_compiled_once(compiled: Compile) -> None:
    assert compiled() == (0, 1)
    assert compiled(output="other.o") == (0, 1)
    assert Path("other.o").read_bytes() == Path("one.o").read_bytes()


def test_what_differs_is_compiled_anew(compiled: Compile) -> None:
    assert compiled() == (0, 1)
    before = Path("one.o").read_bytes()
    Path("one.h").write_text("#define ONE 2\n")
    assert compiled() == (0, 2)
    assert Path("one.o").read_bytes() != before
    assert compiled("-DTWO") == (0, 3)
    Path("compiler").write_text(COMPILER.replace("exec", 'case "$*" in *-v*) echo 2 >&2;; esac\nexec'))
    assert compiled() == (0, 4)


def test_what_fails_is_not_kept(compiled: Compile) -> None:
    Path("one.h").write_text("none\n")
    assert [compiled(), compiled()] == [(1, 1), (1, 2)]
    assert not list(Path("kept").glob("*.o"))


def test_precompiled_headers_are_left_alone(compiled: Compile) -> None:
    assert [compiled("-include", "one.h"), compiled("-include", "one.h")] == [(0, 1), (0, 2)]


def test_headers_of_verilator_are_compiled_once_for_all_but_its_own_files(compiled: Compile) -> None:
    def headers() -> int:
        return len(list(Path("kept").glob("*.gch")))

    Path("verilated_vpi.h").touch()
    Path("verilated.h").write_text("#ifndef V\n#define V\n#define VERILATED 1\n#endif\n")
    Path("one.h").write_text('#include "verilated.h"\n#define ONE VERILATED\n')
    assert (compiled("-O1"), headers()) == ((0, 1), 0)
    assert (compiled("-O0"), compiled("-O0", output="other.o"), headers()) == ((0, 2), (0, 2), 1)
    with Path("one.h").open("a") as file:
        file.write("#define TWO 2\n")
    assert (compiled("-O0"), headers()) == ((0, 3), 1)
    Path("verilated.h").write_text("#ifndef V\n#define V\n#define VERILATED none\n#endif\n")
    assert (compiled("-O0"), headers()) == ((1, 4), 2)
