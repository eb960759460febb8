"""Standard input and output in the place of files, both written "-"."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.console import is_json, print_aside
from ops.files import write_whole
from ops.files.reading import read_regular, read_stream

STREAM = Path("-")
"""On the command line, what is read from the standard input or written to the standard output."""

READ_NAME, WRITTEN_NAME = "standard input", "standard output"


def check_streams(sources: Sequence[Path], output: str, force: bool) -> None:
    """Whether streams can be what they are asked to be; what is printed makes way for what is written.

    Raises ValueError where one stands beside other files, results for programs would be in between, or a terminal
    would get bytes.
    """
    if STREAM in sources and len(sources) > 1:
        raise ValueError(f"- must be the only file, not one of {len(sources)}")
    if output != str(STREAM):
        return
    if is_json():
        raise ValueError("--output must be a file or a folder with --json, which takes the standard output")
    if sys.stdout is None:
        raise ValueError("--output - must lead into a file or another command, and the standard output is closed")
    if sys.stdout.isatty() and not force:
        raise ValueError("--output - must lead into a file or another command, not to a terminal, without --force")
    print_aside()


def shown(path: Path, name: str = WRITTEN_NAME) -> str:
    """What a path is called in messages."""
    return name if path == STREAM else str(path)


def read_input(path: Path) -> bytes:
    """The contents of a regular file, or of the standard input. Raises OSError."""
    if path != STREAM:
        return read_regular(path)
    if sys.stdin is None:  # closed before the command began
        raise OSError(errno.EBADF, "must be open", READ_NAME)
    return read_stream(sys.stdin.buffer, READ_NAME)


def write_output(path: Path, data: bytes) -> None:
    """Writes a file, whole or not at all, or to the standard output. Raises OSError."""
    if path != STREAM:
        write_whole(path, data)
        return
    sys.stdout.flush()
    left = memoryview(data)
    while left:  # by handle: what Python buffered for a pipe that has closed it would try to write once more
        left = left[os.write(sys.stdout.fileno(), left) :]
