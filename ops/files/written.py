"""The record that each folder of results holds: which command wrote it, and every file with its hash."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.files.parts import is_leftover

RECORD = ".sapm-written.json"
FORMAT = "sapm written files"
VERSION = 1

CACHE = "cache"
"""Kind of folders that any run makes again: they may lie in a result without being part of it."""


@dataclass(frozen=True)
class Record:
    """`kind` of result, and SHA-256 in hexadecimal of each file by its path relative to the folder."""

    kind: str
    files: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path) -> Record | None:
        """That of a folder; None where it has none, or one that is not ours."""
        path = folder / RECORD
        try:
            if path.is_symlink() or not path.is_file():
                return None
            content = json.loads(path.read_bytes())
            known = (content["format"], content["version"]) == (FORMAT, VERSION)
            kind, files = content["kind"], content["files"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        if not (known and isinstance(kind, str) and isinstance(files, dict)):
            return None
        return cls(kind, files)

    def write(self, folder: Path) -> None:
        """Writes it into a folder."""
        content = {"format": FORMAT, "version": VERSION, "kind": self.kind, "files": dict(sorted(self.files.items()))}
        (folder / RECORD).write_text(json.dumps(content, indent=1) + "\n")


def write_record(folder: Path, kind: str) -> None:
    """Records all that a folder holds as a result of a kind."""
    files = {name: _digest(path) for name, path in _files(folder) if name != RECORD}
    Record(kind, files).write(folder)


def add_to_record(folder: Path, *names: str) -> None:
    """Records more files of a folder that has a record, those of `names` that are there."""
    record = Record.read(folder)
    if record is not None:
        added = {name: _digest(folder / name) for name in names if (folder / name).exists()}
        Record(record.kind, {**record.files, **added}).write(folder)


def what_else(folder: Path, kind: str) -> str:
    """Why a folder is not a result of this kind and nothing else, in words that follow "it"; "" where it is."""
    record = Record.read(folder)
    if record is None:
        there = min((path.name for path in folder.iterdir()), default="")
        return f"holds {there!r}, and no {RECORD} that says what wrote it" if there else ""
    if record.kind != kind:
        return f"holds a result of another kind, {record.kind!r}"
    for name, path in _files(folder, skip_caches=True):
        if name == RECORD:
            continue
        if name not in record.files:
            return f"also holds {name!r}"
        if path.is_symlink() or not path.is_file() or _digest(path) != record.files[name]:
            return f"holds {name!r}, which was changed since"
    return ""


def _files(folder: Path, skip_caches: bool = False, above: str = "") -> Iterator[tuple[str, Path]]:
    """(relative path, path) of all that is no folder, links included; whole caches and leftovers are left out."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name, path = above + entry.name, Path(entry.path)
        if skip_caches and (is_leftover(path) or _is_cache(path)):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(path, skip_caches, f"{name}/")
        else:
            yield name, path


def _is_cache(path: Path) -> bool:
    if path.is_symlink() or not path.is_dir():
        return False
    record = Record.read(path)
    return record is not None and record.kind == CACHE and not what_else(path, CACHE)


def _digest(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
