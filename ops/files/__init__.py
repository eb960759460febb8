"""Files and folders that appear whole or not at all, and never in the place of what another hand made."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ops.files.parts import part_file, part_folder, put_in_place
from ops.files.written import what_else, write_record

LONGEST_NAME = 255
"""Bytes that most file systems allow in a name."""

LONGEST_FOLDER_NAME = 200
"""The hidden names beside a folder are longer than its own."""


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`: nobody ever sees half a file. Raises OSError."""
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A stream to a neighbour of `path` that takes its place at the end of the block; on any error `path` stays.

    Where `path` is a link, what it points to is replaced. Raises OSError where it is anything but a regular file.
    """
    place = _resolved(path)
    if place.exists() and not place.is_file():
        raise OSError(f"{path} must be a file to be replaced, and is {_kind_of(place)}")
    with part_file(place) as (part, handle):
        with os.fdopen(handle, "wb", closefd=False) as file:
            yield file
            file.flush()
            os.fsync(handle)
        os.replace(part, place)


@contextmanager
def whole_folder(folder: Path, kind: str, force: bool = False) -> Iterator[Path]:
    """A new folder to fill, which takes the place of `folder` when the block ends well and vanishes when it does not.

    It gets a record of `kind` and of all its files. Replaced is what `check_folder` allows, which is asked before and
    after. Raises ValueError and OSError as it does; where that comes after the work, the result stays beside `folder`
    and the message says where.
    """
    check_folder(folder, kind, force)
    place = _resolved(folder)
    with made(place.parent), part_folder(place) as part:
        yield part
        write_record(part, kind)
        try:
            check_folder(folder, kind, force)
            put_in_place(part, place)
        except (ValueError, OSError) as error:
            kept = place.with_name(f"{place.name}.{secrets.token_hex(4)}")
            part.rename(kept)
            raise ValueError(f"{error} (the result is in {kept})") from error


def check_folder(folder: Path, kind: str, force: bool = False, read: Iterable[Path | None] = ()) -> None:
    """Raise ValueError or OSError, in one line, unless a result of `kind` may become `folder`.

    It must be new, empty, or an earlier result of this kind whose files are all there is and are unchanged; with
    `force`, any folder but one that holds the working or the home folder, or is a mount point. Nothing that is to be
    `read` may lie in it.
    """
    place = _resolved(folder, LONGEST_FOLDER_NAME)
    for what, taken in (("working", Path.cwd), ("home", Path.home)):
        with suppress(OSError, RuntimeError):
            if taken().resolve().is_relative_to(place):
                raise ValueError(f"{folder} must be a folder of its own, not the {what} folder or one that holds it")
    if place.exists():
        if not place.is_dir():
            raise ValueError(f"{folder} must be a folder, and is {_kind_of(place)}")
        if place.is_mount():
            raise ValueError(f"{folder} is a mount point, which cannot be replaced: name a folder in it")
        else_ = "" if force else what_else(place, kind)
        if else_:
            raise ValueError(
                f"{folder} must be new, empty or what an earlier run wrote, and it {else_}: nothing else is "
                "overwritten without --force"
            )
    for path in read:
        if path is not None and path.resolve().is_relative_to(place):
            raise ValueError(f"{folder} must not be replaced: {path} is to be read")
    check_writable(place.parent)


def check_file(path: Path, what: str, is_ours: Callable[[Path], bool], force: bool = False) -> None:
    """Raise ValueError or OSError, in one line, unless a result may become the file `path`.

    It must be new, or an earlier result: `is_ours` says whether it is, and `what` what that is, in words. With `force`,
    any regular file.
    """
    place = _resolved(path)
    if place.exists():
        if not place.is_file():
            raise ValueError(f"{path} must be a file, and is {_kind_of(place)}")
        if not force and not is_ours(place):
            raise ValueError(f"{path} is there, and not {what}: nothing else is overwritten without --force")
    check_writable(place.parent)


def check_writable(folder: Path) -> None:
    """Raise OSError, with one clear line, where no file can be made in `folder`, or no such folder."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise OSError(f"{folder} must be a folder that can be written to: {error.strerror}") from error


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """`folder` with all above it for the block; those that were new and are empty at its end are removed."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()


def _resolved(path: Path, longest_name: int = LONGEST_NAME) -> Path:
    """The path behind all links. Raises ValueError for links that lead nowhere and names that are too long."""
    try:
        place = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"{path} must be a path that can be written to: {error}") from error
    if len(os.fsencode(place.name)) > longest_name:
        raise ValueError(f"the name of an output must have at most {longest_name} bytes, not {place.name[:60]!r}...")
    return place


def _kind_of(path: Path) -> str:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a file" if stat.S_ISREG(mode) else "no regular file"
