"""What the command prints: progress of long steps, one line when each is done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

console = Console()
errors = Console(stderr=True)


@contextmanager
def announce(what: str) -> Iterator[None]:
    """Shows that `what` is going on, and afterwards how long it took."""
    start = time.perf_counter()
    if not console.is_terminal:
        console.print(f"{what} ...", highlight=False)
    with console.status(what):
        yield
    console.print(f"{what}: {time.perf_counter() - start:.1f} s", highlight=False)


def fail(message: str) -> None:
    """Prints an error in one line, on the standard error."""
    errors.print(f"error: {message}", style="red", highlight=False, markup=False, soft_wrap=True)


def warn(message: str) -> None:
    """Prints a warning in one line, on the standard error."""
    errors.print(message, style="yellow", highlight=False, markup=False, soft_wrap=True)


def say(message: str) -> None:
    """Prints a result, as it is."""
    console.print(message, highlight=False, markup=False, soft_wrap=True)


def progress_bar() -> Progress:
    """A bar that counts what is done of how much, with the time that it took and that is left."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)
