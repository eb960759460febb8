"""RTL from another tool runs under our bench; what it lacks is said before anything is built."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from foreign_rtl import behind_hls_ports, renamed
from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from hls.synth import RtlSources
from rtl_sim.control import exercise
from rtl_sim.foreign import ForeignRtl, foreign_options
from rtl_sim.transform import WRITTEN, RtlSimulation, Stalls
from test_rtl_sim_control import GRAPHS, frames


def generated(name: str, folder: Path) -> RtlProject:
    graph, largest, _ = GRAPHS[name]
    return generate_rtl(fold(graph, *largest, cycles_per_pixel=9), folder / "rtl")


@pytest.mark.rtl
def test_our_rtl_under_other_names(tmp_path: Path) -> None:
    project = generated("encoder", tmp_path)
    renamed(project, tmp_path / "foreign")
    foreign = ForeignRtl(tmp_path / "foreign", project)
    foreign.check()
    assert not {path.name for path in foreign.sources} & {path.name for path in project.sources}
    simulation = RtlSimulation(foreign, tmp_path / "work", foreign_options(foreign.design))
    pairs = frames("encoder")
    result = simulation.simulate([picture for picture, _ in pairs], taps=False, stalls=Stalls(60, 60, 3))
    for found, (_, golden) in zip(result.outputs, pairs, strict=True):
        assert np.array_equal(found, golden)


@pytest.mark.rtl
@pytest.mark.parametrize("name", GRAPHS)
def test_core_of_an_hls_tool_behind_its_wrapper(name: str, tmp_path: Path) -> None:
    graph, largest, _ = GRAPHS[name]
    project = generated(name, tmp_path)
    behind_hls_ports(project, tmp_path / "foreign", fold(graph, *largest, cycles_per_pixel=9))
    foreign = ForeignRtl(tmp_path / "foreign", project)
    foreign.check()
    simulation = RtlSimulation(foreign, tmp_path / "work", foreign_options(foreign.design))
    for test in ("frames_and_counters", "soft_reset_in_mid_picture", "refused_starts"):
        exercise(simulation, test, frames(name))


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    project = generated("encoder", tmp_path)
    renamed(project, tmp_path / "foreign")
    foreign = ForeignRtl(tmp_path / "foreign", project)
    wrapper = tmp_path / "foreign" / "wrapper.v"
    text = wrapper.read_text()
    wrapper.write_text(text.replace("s_axis_tlast", "s_axis_tend"))
    with pytest.raises(ValueError, match="module encoder_top must have the port s_axis_tlast, and has not"):
        foreign.check()
    wrapper.write_text(f"// {text}".replace("module encoder_top", "module other_top"))
    with pytest.raises(ValueError, match="must hold the top module encoder_top, and holds none of that name"):
        foreign.check()
    (tmp_path / "foreign" / "sources.f").write_text("wrapper.v\nmissing.v\n")
    with pytest.raises(ValueError, match="must list files of its folder, and 'missing.v' is none"):
        foreign.check()
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"must hold Verilog .*\(.sv, .v\), and holds none"):
        ForeignRtl(tmp_path / "empty", project).check()


def test_packages_are_read_first(tmp_path: Path) -> None:
    project = generated("encoder", tmp_path)
    renamed(project, tmp_path / "foreign")
    assert "package sapm_registers" in ForeignRtl(tmp_path / "foreign", project).sources[0].read_text()


class Ran(Exception):
    """The simulation would run now."""


def run_without_building(foreign: ForeignRtl, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise Ran

    monkeypatch.setattr("rtl_sim.transform.run", stop)
    monkeypatch.setattr(RtlSimulation, "built", None)
    RtlSimulation(foreign, folder, foreign_options(foreign.design)).simulate(
        [np.zeros((3, 12, 16), np.int64)], taps=False
    )


def test_data_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = generated("encoder", tmp_path)
    renamed(project, tmp_path / "foreign")
    foreign = ForeignRtl(tmp_path / "foreign", project)
    before = {path: path.read_bytes() for path in foreign.folder.rglob("*") if path.is_file()}
    with pytest.raises(Ran):
        run_without_building(foreign, tmp_path / "work", monkeypatch)
    run = tmp_path / "work" / "run"
    assert {path.name for path in (run / "rom").iterdir()} == {path.name for path in (foreign.folder / "rom").iterdir()}
    assert not any(path.is_symlink() for path in run.rglob("*"))
    for path in run.rglob("*.mem"):
        path.write_text("other")
    assert {path: path.read_bytes() for path in foreign.folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("is_link", [False, True])
def test_nothing_is_written_through_files_of_another_tool(
    name: str, is_link: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = generated("encoder", tmp_path)
    renamed(project, tmp_path / "foreign")
    precious = tmp_path / "precious"
    precious.write_text("dear")
    place = tmp_path / "foreign" / name
    if is_link:
        place.symlink_to(precious)
    else:
        place.write_text("dear")
    with pytest.raises(ValueError, match=r"must have another name|not as a link to elsewhere"):
        run_without_building(ForeignRtl(tmp_path / "foreign", project), tmp_path / "work", monkeypatch)
    assert precious.read_text() == place.read_text() == "dear"


@pytest.mark.parametrize(
    "listed", ["/etc/passwd", "../outside.sv", "modules/../wrapper.v", "-evil.sv", "rom", "evil.cpp"]
)
def test_only_files_of_the_folder_are_listed(listed: str, tmp_path: Path) -> None:
    project = generated("encoder", tmp_path)
    renamed(project, tmp_path / "foreign")
    (tmp_path / "outside.sv").write_text("module outside (); endmodule\n")
    (tmp_path / "foreign" / "evil.cpp").write_text("int main() {}\n")
    (tmp_path / "foreign" / "sources.f").write_text(f"wrapper.v {listed}\n")
    with pytest.raises(ValueError, match=f"must list files of its folder, and '{listed}' is none"):
        _ = ForeignRtl(tmp_path / "foreign", project).sources


@pytest.mark.parametrize("name", ["-evil.sv", "e vil.sv", "link.sv"])
def test_files_are_plain_and_no_links(name: str, tmp_path: Path) -> None:
    project = generated("encoder", tmp_path)
    renamed(project, tmp_path / "foreign")
    (tmp_path / "outside.sv").write_text("module outside (); endmodule\n")
    place = tmp_path / "foreign" / name
    if name == "link.sv":
        place.symlink_to(tmp_path / "outside.sv")
    else:
        place.write_text("")
    with pytest.raises(ValueError, match=r"must be plain names|not as a link to elsewhere"):
        _ = ForeignRtl(tmp_path / "foreign", project).sources


@pytest.mark.parametrize("source", ["../outside.sv", "d/../../outside.sv", "/etc/passwd", "link.sv", "absent.sv"])
def test_sources_of_generated_rtl_lie_in_its_folder(source: str, tmp_path: Path) -> None:
    project = generated("encoder", tmp_path)
    (tmp_path / "outside.sv").write_text("hostile\n")
    (project.folder / "link.sv").symlink_to(tmp_path / "outside.sv")
    (project.folder / "d").mkdir()
    path = project.folder / "design.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"sources": [source]}))
    with pytest.raises(ValueError, match=r"must be plain names|must hold the file"):
        RtlSources.of_project(RtlProject(project.folder))
    with pytest.raises(ValueError, match=r"must be plain names|must hold the file"):
        RtlSources.of_board(RtlProject(project.folder), 8)


def test_a_design_is_written_below_its_folder(tmp_path: Path) -> None:
    for name in ("../x.sh", "/x.sh", "a/../../x.sh"):
        with pytest.raises(ValueError, match="must be plain names"):
            RtlSources("top", {name: ""}).write(tmp_path / "part")
    assert not list(tmp_path.iterdir())
