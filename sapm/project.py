"""A hardware project: for each graph the HLS project and the RTL, generated from the same folded graph."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

from hls.boards.writing import FOLDER as BOARDS_FOLDER
from hls.boards.writing import write_boards
from hls.dataflow.folded import FoldedGraph
from hls.devices.targets import Target
from hls.fold.fitting import Design
from hls.hls4ml.project import generate_hls
from hls.rtl import RtlProject, generate_rtl
from hls.synth import device_of
from hls.synth.cells import write_cells
from hls.vitis.project import HlsProject
from ops import Folding, Graph, IntegerArray
from ops.files import whole_folder
from ops.files.fields import EVERY, POSITIVE, TEXT, Kind, check_fields, one_of, optional, read_json, whole
from ops.naming import check_name
from sapm.bundle import Bundle
from sapm.inputs import Source, passing_maps
from sapm.networks import SUFFIX, GraphNetworks, Networks
from sapm.opening import open_networks
from sapm.plan import Foldings, Plan, design_networks
from sapm.project_report import REPORT, REPORT_TEXT, render_report, report_fields
from sapm.reporting import leave_report
from sapm.reporting.files import MANIFEST
from sapm.targets import target_of

KIND = "project"
CODEC, NETWORKS = "codec", "networks"
"""Folders of what a project was generated from."""

BACK_ENDS = ("hls", "rtl")
FORMAT = 4
DEFAULT_TARGET = "zcu102"
DEFAULT_SIDE = 768

SIDE = whole(1, 2**16 - 1)
LANES = whole(1, 2**20)
NUMBERS = len(fields(Folding))
FOLDING = Kind(
    f"a list of {NUMBERS} numbers from 1 on",
    lambda value: isinstance(value, list) and len(value) == NUMBERS and all(map(LANES.fits, value)),
)
GRAPH = {
    "max_height": SIDE,
    "max_width": SIDE,
    "foldings": {EVERY: FOLDING},
    "weights_in_blocks": [TEXT],
}
FORM = {
    "format": whole(FORMAT, FORMAT),
    "kind": one_of(CODEC, NETWORKS),
    "identity": TEXT,
    "target": {EVERY: Kind("a text or a number", lambda value: isinstance(value, str | int))},
    "clock_mhz": POSITIVE,
    "fps": optional(POSITIVE),
    "back_ends": (one_of(*BACK_ENDS),),
    "graphs": {EVERY: GRAPH},
}
"""What project.json must hold to be used."""


@dataclass(frozen=True)
class Project:
    """A generated project: `folder` holds the codec or the networks it was made of, and a folder for each back end and
    graph."""

    folder: Path
    networks: Networks
    manifest: dict[str, Any]

    @property
    def bundle(self) -> Bundle:
        """The codec. Raises ValueError for a project of other networks."""
        if not isinstance(self.networks, Bundle):
            raise ValueError(f"{self.folder} must be the project of a codec, and is one of {self._names}")
        return self.networks

    @property
    def _names(self) -> str:
        return ", ".join(self.networks.names)

    @property
    def target(self) -> Target:
        """The device it was made for."""
        return target_of(self.manifest["target"], str(self.folder / MANIFEST))

    def folded(self, name: str) -> FoldedGraph:
        """The folded graph of a name: of a codec, "analysis" or "synthesis"."""
        made = self.manifest["graphs"][name]
        foldings = {node: Folding(*numbers) for node, numbers in made["foldings"].items()}
        size = made["max_height"], made["max_width"]
        return FoldedGraph(self.networks.graph(name), foldings, *size, frozenset(made["weights_in_blocks"]))

    def rtl(self, name: str) -> RtlProject:
        """The RTL of a graph."""
        return RtlProject(self.folder / "rtl" / name)

    def hls(self, name: str) -> HlsProject:
        """The HLS project of a graph."""
        return HlsProject(self.folder / "hls" / name, self.folded(name))

    def check_size(self, name: str, height: int, width: int) -> None:
        """Raise ValueError unless the hardware of a graph takes a padded input of this size."""
        folded = self.folded(name)
        if height > folded.max_height or width > folded.max_width:
            raise ValueError(
                f"the hardware was generated for at most {folded.max_width}x{folded.max_height} pixels, "
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
        networks = _networks_in(folder / manifest["kind"], manifest)
        if manifest["identity"] != networks.identity or set(manifest["graphs"]) != set(networks.names):
            raise ValueError(f"{folder / manifest['kind']} is not what the project was generated from")
        return cls(folder, networks, manifest)


def _networks_in(folder: Path, manifest: dict[str, Any]) -> Networks:
    if manifest["kind"] == CODEC:
        return Bundle.load(folder)
    for name in manifest["graphs"]:
        check_name(name)
    return GraphNetworks.load([folder / f"{name}{SUFFIX}" for name in manifest["graphs"]])


def generate(
    networks: Networks | Graph | str | Path,
    folder: str | Path,
    *,
    target: str | Target = DEFAULT_TARGET,
    height: int = DEFAULT_SIDE,
    width: int = DEFAULT_SIDE,
    fps: float | None = None,
    clock_mhz: float | None = None,
    foldings: Foldings | None = None,
    back_ends: Iterable[str] = BACK_ENDS,
    picture: Source | None = None,
    force: bool = False,
) -> Project:
    """Writes the HLS projects and the RTL of a codec, or of any graphs, with the fewest LUTs that meet a rate.

    `networks` is what `open_networks` takes: a codec, ONNX files or graphs. `height` and `width` are those of the
    largest input, `fps` inputs of that size in a second (None: 5.4 cycles for a pixel), `clock_mhz` that of the
    target unless given. `picture` is what the HLS test benches get: a picture, or maps by graph.

    Raises ImpossiblePlan where the target cannot hold it, and ValueError where something does not fit or `folder` is
    there and was not made by an earlier call.

    >>> import sapm, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     project = sapm.generate("small", f"{folder}/project", height=64, width=64, back_ends=["rtl"])
    ...     [project.rtl(name).top for name in project.networks.names]
    ['analysis_top', 'synthesis_top']
    """
    plan = Plan(target, height, width, fps=fps, clock_mhz=clock_mhz, foldings=foldings or {})
    opened = open_networks(networks)
    inputs = None if picture is None else passing_maps(opened, picture)
    return write_project(opened, plan, design_networks(opened, plan), Path(folder), back_ends, inputs, force)


def check_back_ends(back_ends: Iterable[str]) -> None:
    """Raise ValueError for a back end that there is not."""
    for name in back_ends:
        if name not in BACK_ENDS:
            raise ValueError(f"back end must be one of {', '.join(BACK_ENDS)}, not {name!r}")


def write_project(
    networks: Networks,
    plan: Plan,
    designs: Mapping[str, Design],
    folder: Path,
    back_ends: Iterable[str] = BACK_ENDS,
    inputs: Mapping[str, IntegerArray] | None = None,
    force: bool = False,
) -> Project:
    """Writes the designs of a plan for the chosen back ends ("hls", "rtl"), whole or not at all.

    The test benches of the HLS projects get `inputs`, by graph, or small random maps. `force` as in `whole_folder`.
    """
    request, chosen = plan.request(), list(back_ends)
    check_back_ends(chosen)
    vectors = {name: [(x, networks.graph(name)(x))] for name, x in (inputs or {}).items()}
    kind = CODEC if isinstance(networks, Bundle) else NETWORKS
    with whole_folder(folder, KIND, force) as part:
        (part / kind).mkdir()
        networks.save(part / kind)
        for name, design in designs.items():
            if "rtl" in chosen:
                rtl = generate_rtl(design.folded, part / "rtl" / name)
                write_cells(rtl, device_of(request.target))
            if "hls" in chosen:
                period = 1000 / request.clock_mhz
                generate_hls(design.folded, part / "hls" / name, request.target.part, period, vectors.get(name))
        if "rtl" in chosen:
            made = {name: RtlProject(part / "rtl" / name) for name in designs}
            write_boards(made, kind, request.target, request.clock_mhz, part / BOARDS_FOLDER)
        manifest = {"kind": kind, **_manifest(networks, plan, designs, chosen)}
        (part / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        (part / REPORT).write_text(json.dumps(report_fields(designs), indent=1) + "\n")
        (part / REPORT_TEXT).write_text(render_report(designs))
        leave_report(part)
    return Project.load(folder)


def _manifest(networks: Networks, plan: Plan, designs: Mapping[str, Design], back_ends: list[str]) -> dict[str, Any]:
    request = plan.request()
    return {
        "format": FORMAT,
        "identity": networks.identity,
        "target": asdict(request.target),
        "clock_mhz": request.clock_mhz,
        "fps": plan.fps,
        "back_ends": back_ends,
        "graphs": {
            name: {
                "max_height": design.folded.max_height,
                "max_width": design.folded.max_width,
                "foldings": {node: astuple(folding) for node, folding in design.folded.foldings.items()},
                "weights_in_blocks": sorted(design.folded.in_blocks),
            }
            for name, design in designs.items()
        },
    }
