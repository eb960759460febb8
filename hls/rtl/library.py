"""The SystemVerilog modules of the primitives and of the fabric, and the memories that they read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import ops
from ops import REGISTRY, Memory

PACKAGE = "sapm_registers.sv"


def library() -> dict[str, Path]:
    """Every SystemVerilog module of ops/ and of the folders of primitives that lie elsewhere, by name."""
    root = Path(ops.__file__).parent
    elsewhere = [folder for kind in REGISTRY.values() if (folder := kind.folder()).parent != root]
    paths = [*root.glob("*/*.sv"), *(path for folder in elsewhere for path in folder.glob("*.sv"))]
    return {path.stem: path for path in sorted(paths)}


def modules_used(text: str, modules: Mapping[str, Path]) -> dict[str, str]:
    """Sources of the library's modules that `text` needs, directly or through others, by name."""
    used: dict[str, str] = {}
    waiting = [text]
    while waiting:
        for word in set(re.findall(r"\w+", re.sub(r"//[^\n]*", "", waiting.pop()))) & set(modules) - set(used):
            used[word] = modules[word].read_text()
            waiting.append(used[word])
    return dict(sorted(used.items()))


def memory_text(memory: Memory) -> str:
    """The words as $readmemh reads them, one a line."""
    digits = -(-memory.width // 4)
    return "".join(f"{word:0{digits}x}\n" for word in memory.words)


def write_memory(path: Path, memory: Memory) -> None:
    """Writes the words of a memory to a file."""
    path.write_text(memory_text(memory))
