"""The examples: short, and they do what they say."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from conftest import Sapm
from examples import own_graph, own_target, super_resolution
from export import load
from model.network import QuantizedNetwork
from notebooks import code_cells, execute

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 60


@pytest.mark.rtl
def test_a_graph_of_primitives_becomes_hardware(tmp_path: Path) -> None:
    assert own_graph.main(tmp_path, side=24)


@pytest.mark.rtl
def test_a_network_of_shift_and_adder_layers_becomes_hardware(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(1)
    assert super_resolution.main(tmp_path, steps=60)
    printed = capsys.readouterr().out
    assert all(f"{level}: identical" in printed for level in ("onnxruntime", "hls", "rtl"))
    graph = load(tmp_path / "project" / "networks" / "doubler.onnx")
    operations = {type(node.operation).__name__ for node in graph.nodes}
    assert operations >= {"ShiftConv2d", "L1Conv2d", "GdnNormalize", "DepthToSpace"}


def test_its_torch_model_computes_the_integers() -> None:
    torch.manual_seed(1)
    small = torch.randint(0, 256, (2, 3, 8, 8), dtype=torch.uint8)
    network = super_resolution.network()
    quantized = QuantizedNetwork.calibrate(network, small.numpy(), role="pixels", name="doubler")
    graph = quantized.graph()
    picture = small[0].numpy().astype(np.int64)
    fake = dict(quantized.evaluate(picture))
    for name, values in graph.evaluate(picture):
        if name != graph.input_name:
            np.testing.assert_array_equal(fake[name], values, err_msg=name)


@pytest.mark.rtl
def test_a_primitive_of_ones_own_becomes_hardware(tmp_path: Path) -> None:
    """In a process of its own: the module is named before `ops` is imported."""
    command = [sys.executable, str(EXAMPLES / "own_primitive.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"{level}: identical" in done.stdout for level in ("onnxruntime", "hls", "rtl"))


@pytest.mark.rtl
def test_the_tour_goes_from_a_photograph_to_gates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(EXAMPLES.parent)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert len(code_cells(EXAMPLES / "tour.ipynb")) == 10
    names = execute(EXAMPLES / "tour.ipynb")
    bits, decibels = zip(*names["rates"], strict=True)
    assert list(bits) == sorted(bits) and list(decibels) == sorted(decibels)
    assert [comparison.level for comparison in names["comparisons"]] == ["onnxruntime", "rtl"]
    assert "Identical on every level" in (names["work"] / "run" / "report.html").read_text()
    assert "rtl identical" in capsys.readouterr().out


def test_the_first_screen_works_as_it_is_printed(sapm: Sapm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands that README's first block gives are copied, but for those that install and simulate."""
    block = (EXAMPLES.parent / "README.md").read_text().partition("```sh\n")[2].partition("```")[0]
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert [command[0] for command in commands] == ["make", ".", "sapm", "sapm", "make"]
    (tmp_path / "examples").symlink_to(EXAMPLES)
    monkeypatch.chdir(tmp_path)
    assert [sapm(*command[1:]) for command in commands if command[0] == "sapm"] == [0, 0]
    with Image.open(tmp_path / "astronaut.png") as decoded, Image.open(EXAMPLES / "astronaut.jpg") as original:
        assert decoded.size == original.size


def test_a_device_of_a_file(codec: Path, tmp_path: Path) -> None:
    rates = own_target.main(tmp_path / "project", codec)
    assert all(rate >= 5 for rate in rates.values())
    assert '"xc7a100tcsg324-1"' in (tmp_path / "project" / "project.json").read_text()
