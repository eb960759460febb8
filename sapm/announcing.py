"""How long steps are told to whoever waits for them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Announce = Callable[[str], AbstractContextManager[object]]
"""Called with what is going on; the block it opens ends when that is done."""


def silent(_: str) -> AbstractContextManager[object]:
    """Announces nothing."""
    return nullcontext()
