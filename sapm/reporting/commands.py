"""The command line that is running, so that results can say what made them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from ops.files import write_whole
from sapm.reporting.files import COMMANDS, COMMANDS_FORM, read

_RUNNING: list[str] = []


def running(arguments: Sequence[str]) -> None:
    """Says which command line of `sapm` is running; no arguments where none is."""
    _RUNNING[:] = [shlex.join(["sapm", *arguments])] if arguments else []


def note_command(folder: Path) -> None:
    """Adds the command that is running, if any, to those that made a folder of results."""
    if _RUNNING:
        before = [command for command in made_by(folder) if command not in _RUNNING]
        write_whole(folder / COMMANDS, (json.dumps(before + _RUNNING, indent=1) + "\n").encode())


def made_by(folder: Path) -> list[str]:
    """The commands that made a folder. Raises ValueError where they are not readable."""
    found: list[str] = read(folder / COMMANDS, COMMANDS_FORM) or []
    return found
