"""What is synthesized: SystemVerilog and memory files, the top module and its parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hls.rtl.board import BOARD, board_files
from hls.rtl.project import RtlProject
from ops.files.paths import plain_path


@dataclass(frozen=True)
class RtlSources:
    """`files` maps paths, relative to the folder in which the tools run, to contents; .sv files are read in order."""

    top: str
    files: Mapping[str, str]
    parameters: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of_project(cls, project: RtlProject) -> RtlSources:
        """Generated RTL as it is."""
        files = {str(path.relative_to(project.folder)): path.read_text() for path in project.sources}
        return cls(project.top, files | _memories(project))

    @classmethod
    def of_board(cls, project: RtlProject, cycles: int) -> RtlSources:
        """Generated RTL behind a serial line of `cycles` for each bit, so that it has no more than a few pins."""
        return cls(BOARD, board_files(project, cycles) | _memories(project))

    @property
    def sources(self) -> list[str]:
        """Paths of the SystemVerilog files."""
        return [path for path in self.files if path.endswith(".sv")]

    def write(self, folder: Path) -> None:
        """Writes every file below `folder`. Raises ValueError for a path that is not plain."""
        for name, text in self.files.items():
            path = folder / plain_path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def digest(self) -> str:
        """SHA-256 of top, parameters and every file."""
        digest = hashlib.sha256(repr((self.top, sorted(self.parameters.items()))).encode())
        for name, text in self.files.items():
            digest.update(f"\0{name}\0".encode() + hashlib.sha256(text.encode()).digest())
        return digest.hexdigest()


def _memories(project: RtlProject) -> dict[str, str]:
    return {name: (project.folder / name).read_text() for name in project.data}
