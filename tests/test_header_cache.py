"""The g++ of tests takes precompiled headers where they are the same, and only there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hls.vitis.simulation import include_folders

pytestmark = pytest.mark.slow

SOURCE = '#include "ap_int.h"\n#include "other.h"\nint main() { return int(ap_uint<4>(OTHER)); }\n'


def compiled(folder: Path, *flags: str) -> int:
    """What a program of the flags returns that g++ has compiled in a folder with the headers of hls4ml."""
    includes = [f"-I{place}" for place in (folder, folder / "headers" / "ap_types", folder / "headers")]
    command = ["g++", "-std=c++14", *flags, *includes, folder / "one.cpp", "-o", folder / "one"]
    subprocess.run(command, check=True)
    return subprocess.run([folder / "one"], check=False).returncode


def test_headers_are_compiled_once_and_anew_when_they_differ(tmp_path: Path, objects: Path) -> None:
    assert "header_cache.py" in Path(str(shutil.which("g++"))).read_text()
    shutil.copytree(include_folders()[1], tmp_path / "headers")
    (tmp_path / "one.cpp").write_text(SOURCE)
    (tmp_path / "other.h").write_text("#define OTHER 18\n")
    assert compiled(tmp_path, "-O0") == 2
    before = set(objects.glob("*.gch"))
    assert before
    assert compiled(tmp_path, "-O1") == compiled(tmp_path, "-O0", "-DUNUSED") == 2
    assert set(objects.glob("*.gch")) == before
    integers = tmp_path / "headers" / "ap_types" / "ap_int.h"
    with integers.open("a") as file:
        file.write(f"\n#undef OTHER\n#define OTHER 5 // {os.getpid()}\n")
    (tmp_path / "other.h").write_text("")
    assert compiled(tmp_path, "-O0") == 5
    assert len(set(objects.glob("*.gch")) - before) == 1
