"""Precompiled headers for the compilers of tests (header_cache.py, object_cache.py), each made once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
from collections.abc import Sequence
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


STANDARD = ("cstdint", "cstdio", "cstdlib")
"""Headers of the compiler that come first."""


def places(command: list[str]) -> list[Path]:
    """The folders of a command in which headers are looked for."""
    return [Path(word[2:]) for word in command if word.startswith("-I")]


def digest(source: Path, command: list[str], settings: object) -> str:
    """SHA-256 of settings, of the compiler's version and of all files that are read."""
    version = subprocess.run([command[0], "-v"], capture_output=True, check=True).stderr
    made_of = hashlib.sha256(repr((settings, version)).encode())
    for path in files_read(source, places(command)):
        made_of.update(hashlib.sha256(path.read_bytes()).digest())
    return made_of.hexdigest()


def written(header: Path, text: str) -> Path:
    """The file; never seen in part."""
    part = header.with_suffix(f".{os.getpid()}")
    part.write_text(text)
    return part.replace(header)


def with_precompiled(command: list[str], flags: list[str], headers: Sequence[str], folder: Path) -> list[str]:
    """The command, with what g++ has made of the headers, by these flags, before all that it reads.

    It is kept in `folder` under the SHA-256 of flags, compiler and all files that are read; who comes second waits.
    Where the command lacks one of the headers, it is as it was.
    """
    found = places(command)
    if not all(any((place / name).is_file() for place in found) for name in headers):
        return command
    prelude = "".join(f"#include <{name}>\n" for name in (*STANDARD, *headers))
    read = written(folder / f"prelude{os.getpid()}.h", prelude)
    header = folder / f"{digest(read, command, [prelude, *flags])}.h"
    read.unlink()
    with header.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = header.with_suffix(".h.gch")
        if not made.exists():
            written(header, prelude)
            part, includes = header.with_suffix(".part"), [f"-I{place}" for place in found]
            subprocess.run([command[0], *flags, *includes, "-x", "c++-header", header, "-o", part], check=True)
            part.replace(made)
    return [command[0], "-include", str(header), *command[1:]]
