"""A hardware project: for each transform the HLS project and the RTL, generated from one folded graph."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from hls.fitting import Design
from hls.folded import FoldedGraph
from hls.rtl import RtlProject, generate_rtl
from hls.synthesis import device_of
from hls.synthesis.cells import write_cells
from hls.vitis.project import HlsProject, generate_hls
from host.pictures import Picture
from model.codec import TRANSFORMS
from ops import Folding, IntegerArray
from ops.fields import EVERY, POSITIVE, TEXT, Kind, check_fields, one_of, optional, read_json, whole
from ops.files import whole_folder
from sapm.bundle import Bundle
from sapm.plan import Plan, design_transforms
from sapm.project_report import REPORT, REPORT_TEXT, render_report, report_fields

MANIFEST = "project.json"
KIND = "project"
CODEC = "codec"
BACK_ENDS = ("hls", "rtl")
FORMAT = 3

SIDE = whole(1, 2**16 - 1)
LANES = whole(1, 2**20)
NUMBERS = len(fields(Folding))
FOLDING = Kind(
    f"a list of {NUMBERS} numbers from 1 on",
    lambda value: isinstance(value, list) and len(value) == NUMBERS and all(map(LANES.fits, value)),
)
TRANSFORM = {
    "max_height": SIDE,
    "max_width": SIDE,
    "foldings": {EVERY: FOLDING},
    "weights_in_blocks": [TEXT],
}
FORM = {
    "format": whole(FORMAT, FORMAT),
    "model_hash": TEXT,
    "target": TEXT,
    "clock_mhz": POSITIVE,
    "fps": optional(POSITIVE),
    "back_ends": (one_of(*BACK_ENDS),),
    "transforms": dict.fromkeys(TRANSFORMS, TRANSFORM),
}
"""What project.json must hold to be used."""


@dataclass(frozen=True)
class Project:
    """A generated project: `folder` holds the codec it was made of, and a folder for each back end and transform."""

    folder: Path
    bundle: Bundle
    manifest: dict[str, Any]

    def folded(self, transform: str) -> FoldedGraph:
        """The folded graph of "analysis" or "synthesis"."""
        made = self.manifest["transforms"][transform]
        foldings = {name: Folding(*numbers) for name, numbers in made["foldings"].items()}
        size = made["max_height"], made["max_width"]
        return FoldedGraph(self.bundle.graph(transform), foldings, *size, frozenset(made["weights_in_blocks"]))

    def rtl(self, transform: str) -> RtlProject:
        """The RTL of a transform."""
        return RtlProject(self.folder / "rtl" / transform)

    def hls(self, transform: str) -> HlsProject:
        """The HLS project of a transform."""
        return HlsProject(self.folder / "hls" / transform, self.folded(transform))

    def check_size(self, height: int, width: int) -> None:
        """Raise ValueError unless the hardware takes a padded picture of this size."""
        analysis = self.folded("analysis")
        if height > analysis.max_height or width > analysis.max_width:
            raise ValueError(
                f"the hardware was generated for at most {analysis.max_width}x{analysis.max_height} pixels, "
                f"not {width}x{height} (padded)"
            )

    @classmethod
    def load(cls, folder: Path) -> Project:
        """Reads a generated project. Raises ValueError (one line) where it is none."""
        try:
            manifest = read_json(folder / MANIFEST)
        except (OSError, ValueError) as error:
            raise ValueError(f"{folder} must be made by `sapm generate`; {MANIFEST} is not readable") from error
        check_fields(manifest, FORM, str(folder / MANIFEST))
        bundle = Bundle.load(folder / CODEC)
        if manifest.get("model_hash") != bundle.host.model_hash.hex():
            raise ValueError(f"{folder / CODEC} is not the codec that the project was generated from")
        return cls(folder, bundle, manifest)


def generate_project(
    bundle: Bundle,
    plan: Plan,
    folder: Path,
    back_ends: Iterable[str] = BACK_ENDS,
    picture: Picture | None = None,
) -> Project:
    """Chooses the foldings of a plan and writes its project. Raises ImpossiblePlan where the target cannot hold it."""
    return write_project(bundle, plan, design_transforms(bundle, plan), folder, back_ends, picture)


def write_project(
    bundle: Bundle,
    plan: Plan,
    designs: Mapping[str, Design],
    folder: Path,
    back_ends: Iterable[str] = BACK_ENDS,
    picture: Picture | None = None,
    force: bool = False,
) -> Project:
    """Writes the designs of a plan for the chosen back ends ("hls", "rtl"), whole or not at all.

    The test benches of the HLS projects get the vectors of `picture` (3, height, width), or of small random maps.
    `force` as in `whole_folder`.
    """
    request = plan.request()
    vectors = {} if picture is None else _vectors(bundle, picture)
    with whole_folder(folder, KIND, force) as part:
        (part / CODEC).mkdir()
        for file in bundle.files:
            shutil.copyfile(file, part / CODEC / file.name)
        for transform, design in designs.items():
            if "rtl" in back_ends:
                rtl = generate_rtl(design.folded, part / "rtl" / transform)
                write_cells(rtl, device_of(request.target))
            if "hls" in back_ends:
                period = 1000 / request.clock_mhz
                test = vectors.get(transform)
                generate_hls(design.folded, part / "hls" / transform, request.target.part, period, test)
        manifest = _manifest(bundle, plan, designs, list(back_ends))
        (part / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        (part / REPORT).write_text(json.dumps(report_fields(designs), indent=1) + "\n")
        (part / REPORT_TEXT).write_text(render_report(designs))
    return Project.load(folder)


def _vectors(bundle: Bundle, picture: Picture) -> dict[str, list[tuple[IntegerArray, IntegerArray]]]:
    """Golden input and result of both transforms for one picture."""
    pixels = bundle.host.pixels_of(picture)
    latents = bundle.host.analysis(pixels)
    return {"analysis": [(pixels, latents)], "synthesis": [(latents, bundle.host.synthesis(latents))]}


def _manifest(bundle: Bundle, plan: Plan, designs: Mapping[str, Design], back_ends: list[str]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model_hash": bundle.host.model_hash.hex(),
        "target": plan.target,
        "clock_mhz": plan.request().clock_mhz,
        "fps": plan.fps,
        "back_ends": back_ends,
        "transforms": {
            transform: {
                "max_height": design.folded.max_height,
                "max_width": design.folded.max_width,
                "foldings": {name: astuple(folding) for name, folding in design.folded.foldings.items()},
                "weights_in_blocks": sorted(design.folded.in_blocks),
            }
            for transform, design in designs.items()
        },
    }
