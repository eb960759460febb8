"""Makes a collection of codecs from checkpoints, as the package ships one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ops.files import check_folder, whole_folder
from sapm.announcing import Announce, silent
from sapm.bundle import export_bundle
from sapm.codecs import CodecEntry, Codecs

COLLECTION = "codecs"
"""Kind of result."""


def collect_codecs(
    checkpoints: Sequence[Path], folder: Path, announce: Announce = silent, force: bool = False
) -> tuple[CodecEntry, ...]:
    """Writes the codec folders of quantized checkpoints, and their index, into `folder`, whole or not at all.

    Raises ValueError where two checkpoints have one name or `folder` is there and no collection.
    """
    check_folder(folder, COLLECTION, force, checkpoints)
    names = [path.stem for path in checkpoints]
    if len(set(names)) < len(names):
        raise ValueError(f"checkpoints must have different names, not {', '.join(names)}")
    with whole_folder(folder, COLLECTION, force) as part:
        entries = []
        for path in checkpoints:
            with announce(f"exporting {path.name}"):
                bundle = export_bundle(path, part / path.stem)
            entries.append(CodecEntry(bundle.folder, bundle.host.model_hash))
        Codecs(tuple(entries)).save_index(part)
    return tuple(entries)
