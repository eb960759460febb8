"""Paths that a file from elsewhere names: plain names, of what really lies inside a folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


def plain_path(name: str) -> str:
    """`name` itself. Raises ValueError unless it is a path of plain names: relative, no `..`, nothing hidden."""
    if not all(_PLAIN.fullmatch(part) for part in name.split("/")):
        raise ValueError(f"a path must be plain names of letters, digits and _ . + - within its folder, not {name!r}")
    return name


def inside(folder: Path, name: str) -> Path:
    """The file of this plain name in a folder. Raises ValueError unless it is one, and no link to elsewhere."""
    path = folder / plain_path(name)
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{folder} must hold the file {name!r}, itself and not as a link to elsewhere, and does not")
    return path


def files_inside(folder: Path, name: str = "") -> Iterator[str]:
    """The plain names of all files in a folder, or in the one called `name` in it, in order; hidden ones are left out.

    Raises ValueError for a name that is not plain, a link that leads out of the folder, and what is neither file nor
    folder.
    """
    for path in sorted((folder / name).iterdir()):
        place = path.relative_to(folder).as_posix()
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from files_inside(folder, place)
        else:
            yield inside(folder, place).relative_to(folder).as_posix()


def copy_inside(folder: Path, names: Iterable[str], target: Path) -> None:
    """Copies files of a folder, by their plain names, to the same places in `target`. Raises ValueError as `inside`."""
    for name in names:
        place = target / plain_path(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(inside(folder, name), place)
