"""What a mutant is: a place in a file, and the text that stands there instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutant:
    """In `file`, relative to the project, `before` at `line` and `column` becomes `after`; `number` is its own."""

    file: str
    number: int
    line: int
    column: int
    before: str
    after: str

    @property
    def label(self) -> str:
        """Its name in records and messages."""
        return f"{self.file}:{self.line}:{self.column} {self.before} -> {self.after}"


def shortened(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())
