"""The hls4ml way: its converter on our ONNX file gives the projects that our generators give, by either back end."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from dataclasses import astuple
from importlib.metadata import EntryPoint
from pathlib import Path

import onnx
import pytest

from export import save
from hls.fold.folding import fold
from hls.hls4ml.project import generate_hls
from hls.rtl import generate_rtl
from ops import Graph
from ops.files.written import RECORD
from sample_graphs import analysis_graph, synthesis_graph

PART, PERIOD = "xczu9eg-ffvb1156-2-e", 5.0
ROOT = Path(__file__).parent.parent
GRAPHS = {"analysis": (analysis_graph(), 16), "synthesis": (synthesis_graph(), 1)}
OURS = ("SapmVitis", "SapmRtl")


def files(folder: Path) -> dict[str, bytes]:
    """But the record of what was written, which hls4ml's way of writing has not."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != RECORD]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def converted(graph: Graph, size: int, folder: Path, backend: str, **settings: object) -> Path:
    import hls4ml  # noqa: PLC0415

    save(graph, folder / "model.onnx")
    model = hls4ml.converters.convert_from_onnx_model(
        onnx.load(str(folder / "model.onnx")),
        output_dir=str(folder / backend),
        backend=backend,
        part=PART,
        clock_period=PERIOD,
        **{"max_height": size, "max_width": size, **settings},
    )
    model.write()
    return folder / backend


def test_hls_project_is_the_generated_one(tmp_path: Path) -> None:
    graph, size = GRAPHS["analysis"]
    folded = fold(graph, size, size)
    ours = files(generate_hls(folded, tmp_path / "ours", PART, PERIOD).folder)
    assert files(converted(graph, size, tmp_path, "SapmVitis")) == ours
    numbers = {"foldings": {node: astuple(folding) for node, folding in folded.foldings.items()}}
    placed = numbers | {"weights_in_blocks": sorted(folded.in_blocks)}
    assert files(converted(graph, size, tmp_path, "SapmVitis", **placed)) == ours
    assert files(converted(graph, size, tmp_path, "SapmVitis", **numbers)) != ours
    assert files(converted(graph, size, tmp_path, "SapmVitis", cycles_per_pixel=1.0)) != ours


def test_rtl_project_is_the_generated_one(tmp_path: Path) -> None:
    graph, size = GRAPHS["synthesis"]
    ours = files(generate_rtl(fold(graph, size, size, 20.0), tmp_path / "ours").folder)
    assert files(converted(graph, size, tmp_path, "SapmRtl", cycles_per_pixel=20.0)) == ours


def test_what_cannot_be_converted(tmp_path: Path) -> None:
    graph, size = GRAPHS["synthesis"]
    with pytest.raises(ValueError, match="max_height and max_width, .*, must be given"):
        converted(graph, size, tmp_path, "SapmVitis", max_width=None)
    with pytest.raises(ValueError, match="io_type must be io_stream, not 'io_parallel'"):
        converted(graph, size, tmp_path, "SapmVitis", io_type="io_parallel")
    with pytest.raises(ValueError, match="only weights of convolutions lie in block memories, and 'add' is none"):
        numbers = {node.name: (1, 1) for node in graph.nodes}
        converted(graph, size, tmp_path, "SapmVitis", foldings=numbers, weights_in_blocks=["add"])
    with pytest.raises(ValueError, match="back end must be SapmVitis or SapmRtl, not Vitis"):
        converted(graph, size, tmp_path, "Vitis")


def test_rtl_back_end_says_what_it_lacks(tmp_path: Path) -> None:
    import hls4ml  # noqa: PLC0415

    graph, size = GRAPHS["synthesis"]
    save(graph, tmp_path / "model.onnx")
    model = hls4ml.converters.convert_from_onnx_model(
        str(tmp_path / "model.onnx"), str(tmp_path / "rtl"), backend="SapmRtl", max_height=size, max_width=size
    )
    for call in (model.compile, model.build):
        with pytest.raises(NotImplementedError, match="SapmRtl writes SystemVerilog"):
            call()


def test_entry_point_registers_with_what_it_is_given() -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["hls4ml.backends"]
    for name, value in points.items():
        assert callable(EntryPoint(name, value, "hls4ml.backends").load())


@pytest.mark.parametrize("order", ["import hls; import hls4ml", "import hls4ml; import hls"])
def test_import_makes_hls4ml_know_the_back_ends(order: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "HLS4ML_BACKEND_PLUGINS"}
    code = f"{order}; print(*hls4ml.backends.get_available_backends())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert {name.lower() for name in OURS} <= set(done.stdout.split())
    assert "WARNING: failed" not in done.stdout
    assert "WARNING: backend plugin" not in done.stdout
