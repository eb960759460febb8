"""A codec folder: two ONNX files and the entropy model, all that hardware and host need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from export.model_file import load, save
from host import (
    ANALYSIS_FILE,
    CONTEXT_FILE,
    SYNTHESIS_FILE,
    TABLES_FILE,
    ContextModel,
    EntropyModel,
    EntropyTables,
    HostCodec,
)
from ops import Graph
from ops.files import check_folder, whole_folder

FILES = {"analysis": ANALYSIS_FILE, "synthesis": SYNTHESIS_FILE}
"""ONNX file of each transform."""

ENTROPY_FILES: dict[str, type[EntropyTables] | type[ContextModel]] = {
    TABLES_FILE: EntropyTables,
    CONTEXT_FILE: ContextModel,
}
"""Files of the entropy model, of which a codec folder has one."""

KIND = "codec"


@dataclass(frozen=True)
class Bundle:
    """A loaded codec folder."""

    folder: Path
    host: HostCodec

    def graph(self, transform: str) -> Graph:
        """The integer graph of "analysis" or "synthesis"."""
        return {"analysis": self.host.analysis, "synthesis": self.host.synthesis}[transform]

    def onnx_file(self, transform: str) -> Path:
        """The ONNX file of "analysis" or "synthesis"."""
        return self.folder / FILES[transform]

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of the codec."""
        return (*map(self.onnx_file, FILES), _entropy_file(self.folder))

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> Bundle:
        """Reads a codec folder, whose transforms shall run on `threads` threads.

        Raises ValueError (one line) for whatever is missing or wrong in it.
        """
        if not folder.is_dir():
            raise ValueError(f"{folder} must be a codec folder made by `sapm export`, and is no folder")
        file = _entropy_file(folder)
        entropy: EntropyModel = ENTROPY_FILES[file.name].load(file)
        return cls(folder, HostCodec(load(folder / ANALYSIS_FILE), load(folder / SYNTHESIS_FILE), entropy, threads))


def _entropy_file(folder: Path) -> Path:
    found = [folder / name for name in ENTROPY_FILES if (folder / name).is_file()]
    if len(found) != 1:
        names = " and ".join(file.name for file in found) or "none"
        raise ValueError(f"{folder} must have one entropy model, {' or '.join(ENTROPY_FILES)}, not {names}")
    return found[0]


def export_bundle(checkpoint: Path, folder: Path, force: bool = False) -> Bundle:
    """Writes the codec folder of a quantized checkpoint, whole or not at all; `force` as in `whole_folder`."""
    check_folder(folder, KIND, force, [checkpoint])
    # torch comes with it, and whoever only reads codec folders needs none
    from model.quantize import load_quantized  # noqa: PLC0415

    quantized, entropy = load_quantized(checkpoint)
    with whole_folder(folder, KIND, force) as part:
        for transform, name in FILES.items():
            save(quantized.graph(transform), part / name)
        entropy.save(part / (CONTEXT_FILE if isinstance(entropy, ContextModel) else TABLES_FILE))
    return Bundle.load(folder)
