"""`sapm ARGUMENTS` in this process, for tests that look at all that it prints."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

import pytest

from cli.main import main


@dataclass(frozen=True)
class Result:
    """The exit code, and what was printed on both streams."""

    exit_code: int
    output: str

    @property
    def words(self) -> str:
        """The output without the frames that wrap it."""
        return " ".join(self.output.replace("│", " ").split())


def invoke(*arguments: object) -> Result:
    """Runs the command; whatever is no end of it goes through."""
    printed = io.StringIO()
    line = patch.object(sys, "argv", ["sapm", *map(str, arguments)])
    with redirect_stdout(printed), redirect_stderr(printed), line, pytest.raises(SystemExit) as stop:
        main()
    return Result(int(stop.value.code or 0), printed.getvalue())
