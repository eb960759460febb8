"""A codec folder: two ONNX files and the entropy tables, all that hardware and host need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from export.model_file import load, save
from host import ANALYSIS_FILE, SYNTHESIS_FILE, TABLES_FILE, EntropyTables, HostCodec
from ops import Graph
from ops.files import whole_folder

FILES = {"analysis": ANALYSIS_FILE, "synthesis": SYNTHESIS_FILE}
"""ONNX file of each transform."""


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

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> Bundle:
        """Reads a codec folder, whose transforms shall run on `threads` threads.

        Raises ValueError (one line) for whatever is missing or wrong in it.
        """
        if not folder.is_dir():
            raise ValueError(f"{folder} must be a codec folder made by `sapm export`, and is no folder")
        tables = EntropyTables.load(folder / TABLES_FILE)
        return cls(folder, HostCodec(load(folder / ANALYSIS_FILE), load(folder / SYNTHESIS_FILE), tables, threads))


def export_bundle(checkpoint: Path, folder: Path) -> Bundle:
    """Writes the codec folder of a quantized checkpoint, whole or not at all."""
    # torch comes with these, and whoever only reads codec folders needs none
    from model.quantization.formats import FIXED_ROLES  # noqa: PLC0415
    from model.quantize import load_quantized  # noqa: PLC0415

    quantized, histograms = load_quantized(checkpoint)
    with whole_folder(folder, TABLES_FILE) as part:
        for transform, name in FILES.items():
            save(quantized.graph(transform), part / name)
        EntropyTables.fit(histograms, FIXED_ROLES["latents"].low).save(part / TABLES_FILE)
    return Bundle.load(folder)
