"""RTL from another tool runs under our bench; what it lacks is said before anything is built."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foreign_rtl import behind_hls_ports, renamed
from hls.folding import fold
from hls.rtl import RtlProject, generate_rtl
from rtl_sim.control import exercise
from rtl_sim.foreign import OPTIONS, ForeignRtl
from rtl_sim.transform import RtlSimulation, Stalls
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
    simulation = RtlSimulation(foreign, tmp_path / "work", OPTIONS)
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
    simulation = RtlSimulation(foreign, tmp_path / "work", OPTIONS)
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
