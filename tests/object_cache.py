"""A compiler launcher for tests (make's OBJCACHE): what one build has compiled, Verilator's own C++ first, others take.

    python object_cache.py FOLDER c++ -O0 -c -o verilated.o .../verilated.cpp

Objects are kept in FOLDER under the SHA-256 of the command, of the compiler's version and of all files that are read.
Commands with precompiled headers only run.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

INCLUDE = re.compile(rb'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


def files_read(source: Path, folders: list[Path]) -> list[Path]:
    """The source and all that it includes from its own folder or one of `folders`; the rest is the compiler's."""
    found, waiting = [], [source]
    while waiting:
        path = waiting.pop()
        found.append(path)
        for name in INCLUDE.findall(path.read_bytes()):
            places = (folder / os.fsdecode(name) for folder in (path.parent, *folders))
            waiting += [place for place in [next(filter(Path.is_file, places), path)] if place not in found + waiting]
    return found


def key(command: list[str], source: Path) -> str:
    """SHA-256 of all that the object is made of."""
    settings = [word for word, before in zip(command, ["", *command], strict=False) if before != "-o"]
    version = subprocess.run([command[0], "-v"], capture_output=True, check=True).stderr
    digest = hashlib.sha256(repr([*settings, version]).encode())
    for path in files_read(source, [Path(word[2:]) for word in command if word.startswith("-I")]):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def compile_once(command: list[str], source: Path, folder: Path) -> int:
    """Run the command, or take what an equal one has made; who comes second waits. Returns the compiler's exit code."""
    made, kept = Path(command[command.index("-o") + 1]), folder / f"{key(command, source)}.o"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            shutil.copyfile(kept, made)
            os.utime(kept)
            return 0
        code = subprocess.run(command, check=False).returncode
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
