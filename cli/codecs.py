"""The codecs to choose from, from lowest to highest rate: those that come with the project, or given folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cli.arguments import SHIPPED_CODECS
from cli.bundle import Bundle
from host import HostCodec
from host.bitstream import HASH_SIZE
from ops.files import write_whole
from ops.reading import read_regular

INDEX = "codecs.json"
"""File of a collection: names and hashes of its codec folders, in order, so that none is read in vain."""

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
    """Codecs in the order of their rates; quality 1 is the first."""

    entries: tuple[CodecEntry, ...]

    @classmethod
    def choose(cls, folders: Sequence[Path] | None, threads: int = 1) -> Codecs:
        """Those of `folders`, in this order, or of the collection that comes with the project."""
        if not folders:
            return cls.collection(SHIPPED_CODECS)
        return cls(tuple(CodecEntry(folder, load_codec(folder, threads).model_hash) for folder in folders))

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

    def of_quality(self, quality: int) -> CodecEntry:
        """The codec of a quality. Raises ValueError, with what there is, where none has it."""
        if not 1 <= quality <= len(self.entries):
            there = ", ".join(f"{number} ({entry.name})" for number, entry in enumerate(self.entries, 1))
            raise ValueError(f"quality must be one that a codec has, {there}, not {quality}")
        return self.entries[quality - 1]

    def of_model(self, model_hash: bytes) -> CodecEntry:
        """The codec whose hash begins with what a file carries. Raises ValueError where none does."""
        for entry in self.entries:
            if entry.model_hash[:HASH_SIZE] == model_hash:
                return entry
        there = ", ".join(f"{entry.model_hash[:HASH_SIZE].hex()} ({entry.name})" for entry in self.entries)
        raise ValueError(f"was made by another model: the hash must be {there}, not {model_hash.hex()}")
