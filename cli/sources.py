"""Files to work on, from files and folders that the command line names; and what their results are called."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.streams import STREAM

PICTURE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm", ".pgm", ".pbm", ".pnm"),
    *(".avif", ".heic", ".heif"),
)
"""Of the files in a folder that are taken for pictures."""

CODED_SUFFIXES = (".sapm",)


@dataclass(frozen=True)
class Source:
    """A file, and its place below the folder that was named, or its name where it was named itself."""

    path: Path
    place: Path


def find_sources(named: Sequence[Path], suffixes: Sequence[str]) -> list[Source]:
    """The files that are named, and those of these suffixes in folders that are, with all below them; each once.

    Hidden ones are left out, and folders that are links. Raises ValueError for a folder that holds none.
    """
    found: dict[Path, Source] = {}
    for path in named:
        inside = list(_inside(path, suffixes)) if path.is_dir() else [Source(path, Path(path.name))]
        if not inside:
            raise ValueError(f"{path} must hold files that end in {', '.join(suffixes)}, and holds none")
        for source in inside:
            found.setdefault(source.path.absolute() if source.path != STREAM else STREAM, source)
    return list(found.values())


def _inside(folder: Path, suffixes: Sequence[str]) -> Iterator[Source]:
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(above, name)
            if path.suffix.lower() in suffixes and not name.startswith("."):
                yield Source(path, path.relative_to(folder))


def result_places(sources: Sequence[Source], suffix: str) -> list[Path]:
    """Where the result of each source lies in an output folder.

    It has the source's place and stem; among those that would be equal also its suffix, or else the folders in which
    the sources lie apart. Some may be equal still: those of one file that has two names.
    """
    choices = [_choices(source, common, suffix) for common in [_common(sources)] for source in sources]
    taken = [0] * len(sources)
    while True:
        places = [choice[index] for choice, index in zip(choices, taken, strict=True)]
        counts = Counter(places)
        raised = [index + (counts[place] > 1) for index, place in zip(taken, places, strict=True)]
        raised = [min(index, len(choice) - 1) for index, choice in zip(raised, choices, strict=True)]
        if raised == taken:
            return places
        taken = raised


def _choices(source: Source, common: Path, suffix: str) -> tuple[Path, ...]:
    apart = source.path.absolute().relative_to(common)
    stems = [(place, f"{place.stem}{suffix}", f"{place.name}{suffix}") for place in (source.place, apart)]
    return tuple(dict.fromkeys(place.with_name(name) for place, *names in stems for name in names))


def _common(sources: Sequence[Source]) -> Path:
    """The closest folder that holds all."""
    return Path(os.path.commonpath([source.path.absolute().parent for source in sources]))
