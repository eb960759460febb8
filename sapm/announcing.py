"""What is going on in long steps, and how far it is, told to whoever waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from ops.telling import Tell


@dataclass
class Phase:
    """A step that is going on. Whoever shows it reads the fields, which whoever does it keeps up to date."""

    what: str
    note: str = ""
    """What of it is done right now."""
    earlier: int = 0
    """What was done of parts before this one, where a step counts each of its parts by itself."""
    done: int = 0
    total: int = 0
    """How much there is to do, 0 where it is not known; `done` and it count `unit`."""
    unit: str = ""
    seconds: float | None = None
    """How long it took by itself, where it went on beside others and was waited for only at its end."""

    def reach(self, done: int, total: int, unit: str) -> None:
        """So much is done of how much. Less than before are those of the next part."""
        if done < self.done:
            self.earlier += self.done
        self.done, self.total, self.unit = done, total, unit

    def end(self, done: int, unit: str) -> None:
        """So much was done in the end; what was said on the way was at most a prediction."""
        self.done, self.unit = done, unit

    def teller(self, unit: str = "") -> Tell:
        """What keeps this step up to date. Without a unit only the time that is left follows from what is done."""

        def tell(note: str, done: int, total: int) -> None:
            self.note = note
            self.reach(done, total, unit)

        return tell


Announce = Callable[[str], AbstractContextManager[Phase]]
"""Called with what is going on; the block it opens ends when that is done."""


@contextmanager
def silent(what: str) -> Iterator[Phase]:
    """Announces nothing."""
    yield Phase(what)
