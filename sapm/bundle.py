"""A codec folder: two ONNX files, the steps and the entropy model, all that hardware and host need."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from export.model_file import load, save
from host import ANALYSIS_FILE, ENTROPY_FILE, STEPS_FILE, SYNTHESIS_FILE, HostCodec, LatentSteps
from host.channel_groups import ChannelGroups
from ops import Graph
from ops.files import check_folder, whole_folder
from sapm.networks import Networks

FILES = {"analysis": ANALYSIS_FILE, "synthesis": SYNTHESIS_FILE}
"""ONNX file of each transform."""

TRANSFORMS = tuple(FILES)

KIND = "codec"


@dataclass(frozen=True)
class Bundle(Networks):
    """A loaded codec folder."""

    folder: Path
    host: HostCodec

    @property
    def names(self) -> tuple[str, ...]:
        return TRANSFORMS

    @property
    def identity(self) -> str:
        return self.host.model_hash.hex()

    @property
    def multiple(self) -> int:
        return self.host.multiple

    def graph(self, name: str) -> Graph:
        """The integer graph of "analysis" or "synthesis"."""
        return {"analysis": self.host.analysis, "synthesis": self.host.synthesis}[name]

    def sizes(self, height: int, width: int) -> dict[str, tuple[int, int]]:
        """Those of a picture, and of the latents it becomes."""
        analysis = self.host.analysis
        return {"analysis": (height, width), "synthesis": analysis.size_of(analysis.output_name, height, width)}

    def onnx_file(self, name: str) -> Path:
        """The ONNX file of "analysis" or "synthesis"."""
        return self.folder / FILES[name]

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of the codec."""
        return (*map(self.onnx_file, FILES), self.folder / STEPS_FILE, self.folder / ENTROPY_FILE)

    def save(self, folder: Path) -> None:
        for file in self.files:
            shutil.copyfile(file, folder / file.name)

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> Bundle:
        """Reads a codec folder, whose transforms shall run on `threads` threads.

        Raises ValueError (one line) for whatever is missing or wrong in it.
        """
        if not folder.is_dir():
            raise ValueError(f"{folder} must be a codec folder made by `sapm export`, and is no folder")
        steps, entropy = LatentSteps.load(folder / STEPS_FILE), ChannelGroups.load(folder / ENTROPY_FILE)
        graphs = load(folder / ANALYSIS_FILE), load(folder / SYNTHESIS_FILE)
        return cls(folder, HostCodec(*graphs, steps, entropy, threads))


def save_bundle(host: HostCodec, folder: Path, force: bool = False) -> Bundle:
    """Writes the folder of a codec, whole or not at all; `force` as in `whole_folder`."""
    with whole_folder(folder, KIND, force) as part:
        save(host.analysis, part / ANALYSIS_FILE)
        save(host.synthesis, part / SYNTHESIS_FILE)
        host.steps.save(part / STEPS_FILE)
        host.entropy.save(part / ENTROPY_FILE)
    return Bundle.load(folder)


def export_bundle(checkpoint: Path, folder: Path, force: bool = False) -> Bundle:
    """Writes the codec folder of a quantized checkpoint, whole or not at all; `force` as in `whole_folder`."""
    check_folder(folder, KIND, force, [checkpoint])
    # torch comes with it, and whoever only reads codec folders needs none
    from model.calibration import load_quantized  # noqa: PLC0415

    quantized, steps, entropy = load_quantized(checkpoint)
    host = HostCodec(quantized.graph("analysis"), quantized.graph("synthesis"), steps, entropy)
    return save_bundle(host, folder, force)
