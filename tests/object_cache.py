"""A compiler launcher for tests (make's OBJCACHE): what one build has compiled, Verilator's own C++ first, others take.

    python object_cache.py FOLDER c++ -O0 -c -o verilated.o .../verilated.cpp

Objects are kept in FOLDER under the SHA-256 of the command, of the compiler's version and of all files that are read.
What is not Verilator's own reads its headers precompiled (precompiled.py). Commands with precompiled headers only run.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from precompiled import digest, with_precompiled

HEADERS = ("verilated.h", "verilated_vpi.h")


def prepared(command: list[str], source: Path, folder: Path) -> list[str]:
    """The command, with precompiled headers where it does not optimize and is not for what is compiled once."""
    flags = sorted({word for word in command if word.startswith(("-D", "-O", "-f", "-std="))})
    if "-O0" not in flags or source.name.startswith("verilated"):
        return command
    return with_precompiled(command, flags, HEADERS, folder)


def compile_once(command: list[str], source: Path, folder: Path) -> int:
    """Run the command, or take what an equal one has made; who comes second waits. Returns the compiler's exit code."""
    settings = [word for word, before in zip(command, ["", *command], strict=False) if before != "-o"]
    made, kept = Path(command[command.index("-o") + 1]), folder / f"{digest(source, command, settings)}.o"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            shutil.copyfile(kept, made)
            os.utime(kept)
            return 0
        code = subprocess.run(prepared(command, source, folder), check=False).returncode
        if not code:
            part = kept.with_suffix(".part")
            shutil.copyfile(made, part)
            part.replace(kept)
        return code


def main() -> int:
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    sources = [Path(word) for word in command if word.endswith(".cpp")]
    if len(sources) == 1 and {"-c", "-o"} <= {*command} and "-include" not in command:
        return compile_once(command, sources[0], folder)
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
