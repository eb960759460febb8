"""How long steps tell how far they are."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str, int, int], None]
"""Called with what is done right now, and how much is done of how much; the latter is 0 where it is not known."""


def nobody(note: str, done: int, total: int) -> None:
    """Told by those for whom nobody waits."""
