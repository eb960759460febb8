"""Pictures within limits, and what is to be said of them said: with the result of a job, or at once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cli.batch import Done, Work
from cli.console import warn
from cli.targets import Job
from host.limits import allowed_pixels
from host.pictures import Picture, PictureWarning, read_picture


@dataclass(frozen=True)
class Limited:
    """`work`, in whatever process it is done."""

    work: Work
    max_pixels: int

    def __call__(self, job: Job) -> Done:
        with allowed_pixels(self.max_pixels), _notes() as notes:
            done = self.work(job)
        return replace(done, warning="; ".join([*notes, *filter(None, [done.warning])]))


@contextmanager
def announced_notes() -> Iterator[None]:
    """Prints what is to be said of the pictures that are read within the block."""
    with _notes() as notes:
        yield
    for note in notes:
        warn(note)


def read_announced(path: Path) -> Picture:
    """A photograph; what is to be said of it is printed. Raises PictureError."""
    with announced_notes():
        return read_picture(path)


@contextmanager
def _notes() -> Iterator[list[str]]:
    """What is to be said of the pictures that are read within the block, complete at its end."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PictureWarning)
        yield notes
    notes += [str(warning.message) for warning in caught if issubclass(warning.category, PictureWarning)]
