"""A hardware project: for each transform the HLS project and the RTL, generated from one folded graph."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from cli.bundle import Bundle
from cli.plan import Plan, design_transforms
from cli.project_report import REPORT, REPORT_TEXT, render_report, report_fields
from hls.fitting import Design
from hls.folded import FoldedGraph
from hls.rtl import RtlProject, generate_rtl
from hls.synthesis import device_of
from hls.synthesis.cells import write_cells
from hls.vitis.project import HlsProject, generate_hls
from host.pictures import Picture
from ops import Folding, IntegerArray
from ops.files import whole_folder
from ops.reading import read_regular

MANIFEST = "project.json"
CODEC = "codec"
BACK_ENDS = ("hls", "rtl")
FORMAT = 3


@dataclass(frozen=True)
class Project:
    """A generated project: `folder` holds the codec it was made of, and a folder for each back end and transform."""

    folder: Path
    bundle: Bundle
    manifest: dict[str, Any]

    def folded(self, transform: str) -> FoldedGraph:
        """The folded graph of "analysis" or "synthesis"."""
        fields = self.manifest["transforms"][transform]
        foldings = {name: Folding(*numbers) for name, numbers in fields["foldings"].items()}
        size = fields["max_height"], fields["max_width"]
        return FoldedGraph(self.bundle.graph(transform), foldings, *size, frozenset(fields["weights_in_blocks"]))

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
            manifest = json.loads(read_regular(folder / MANIFEST))
        except (OSError, ValueError) as error:
            raise ValueError(f"{folder} must be made by `sapm generate`; {MANIFEST} is not readable") from error
        if manifest.get("format") != FORMAT:
            raise ValueError(f"{folder / MANIFEST}: format must be {FORMAT}, not {manifest.get('format')!r}")
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
) -> Project:
    """Writes the designs of a plan for the chosen back ends ("hls", "rtl"), whole or not at all.

    The test benches of the HLS projects get the vectors of `picture` (3, height, width), or of small random maps.
    """
    request = plan.request()
    vectors = {} if picture is None else _vectors(bundle, picture)
    with whole_folder(folder, MANIFEST) as part:
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
