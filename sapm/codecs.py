"""The codecs to choose from, each for every quality: those that come with the project, or given folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from host import HostCodec
from host.bitstream import HASH_SIZE
from ops.files import write_whole
from ops.reading import read_regular
from sapm.bundle import Bundle

SHIPPED_CODECS = Path(__file__).parent / "shipped"
"""The integer codecs that come with the project, `base` and `small`, made by `sapm collect`."""

INDEX = "codecs.json"
"""File of a collection: names and hashes of its codec folders, so that none is read in vain."""

FORMAT = "sapm codecs"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class CodecEntry:
    """A codec folder and the hash of its model."""

    folder: Path
    model_hash: bytes

    @property
    def name(self) -> str:
        """That of the folder."""
        return self.folder.name

    def load(self, threads: int = 1) -> HostCodec:
        """The codec, on `threads` threads. Raises ValueError where it is not the model that the index says."""
        host = load_codec(self.folder, threads)
        if host.model_hash != self.model_hash:
            raise ValueError(f"{self.folder} must hold the model {self.model_hash.hex()[:16]} of {INDEX}, and does not")
        return host


@lru_cache(maxsize=8)
def load_codec(folder: Path, threads: int = 1) -> HostCodec:
    """The codec of a folder on `threads` threads, read once."""
    return Bundle.load(folder, threads).host


@dataclass(frozen=True)
class Codecs:
    """Codecs by name, of which the first is the one to encode with unless another is named."""

    entries: tuple[CodecEntry, ...]

    @classmethod
    def choose(cls, codecs: Sequence[str] | None, threads: int = 1) -> Codecs:
        """Those of folders or shipped names, or the whole collection that comes with the project.

        Raises ValueError for what is neither, and for folders that hold no codec.
        """
        if not codecs:
            return cls.collection(SHIPPED_CODECS)
        return cls(tuple(_entry(Path(text), threads) for text in codecs))

    @classmethod
    def collection(cls, folder: Path) -> Codecs:
        """Those of a collection made by `sapm collect`. Raises ValueError where it is none."""
        path = folder / INDEX
        try:
            content = json.loads(read_regular(path))
            if (content["format"], content["version"]) != (FORMAT, FORMAT_VERSION):
                raise ValueError(f"format must be {FORMAT!r} {FORMAT_VERSION}")
            rows = [(str(row["name"]), bytes.fromhex(row["model_hash"])) for row in content["codecs"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} must be made by `sapm collect`, and is not readable ({error})") from error
        return cls(tuple(CodecEntry(folder / name, model_hash) for name, model_hash in rows))

    def save_index(self, folder: Path) -> None:
        """Write the index of a collection in `folder`."""
        rows = [{"name": entry.name, "model_hash": entry.model_hash.hex()} for entry in self.entries]
        content = {"format": FORMAT, "version": FORMAT_VERSION, "codecs": rows}
        write_whole(folder / INDEX, (json.dumps(content, indent=1) + "\n").encode())

    def of_model(self, model_hash: bytes) -> CodecEntry:
        """The codec whose hash begins with what a file carries. Raises ValueError where none does."""
        for entry in self.entries:
            if entry.model_hash[:HASH_SIZE] == model_hash:
                return entry
        there = ", ".join(f"{entry.model_hash[:HASH_SIZE].hex()} ({entry.name})" for entry in self.entries)
        raise ValueError(f"was made by another model: the hash must be {there}, not {model_hash.hex()}")


def _entry(folder: Path, threads: int) -> CodecEntry:
    """The codec of a folder; a name without a folder is that of a shipped one."""
    shipped = _shipped(folder)
    return shipped or CodecEntry(folder, load_codec(folder, threads).model_hash)


def _shipped(folder: Path) -> CodecEntry | None:
    """The shipped codec of a name that no folder has. Raises ValueError where it is neither."""
    if folder.exists() or len(folder.parts) != 1 or not (SHIPPED_CODECS / INDEX).is_file():
        return None
    shipped = Codecs.collection(SHIPPED_CODECS).entries
    for entry in shipped:
        if entry.name == folder.name:
            return entry
    there = ", ".join(entry.name for entry in shipped)
    raise ValueError(f"codec must be a folder made by `sapm export` or one of {there}, not {folder}")


def folder_of(codec: str | Path | None) -> Path:
    """The folder of a shipped codec that is named (None: the first), or the folder that is given. Raises ValueError for
    what is neither."""
    if codec is None:
        return Codecs.collection(SHIPPED_CODECS).entries[0].folder
    entry = _shipped(Path(codec))
    return Path(codec) if entry is None else entry.folder
