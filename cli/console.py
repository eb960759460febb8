"""What the command prints: progress of long steps, one line when each is done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

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
