"""The command line with hardware: a whole codec through RTL and HLS, what comparison says, and what stops it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from conftest import HEIGHT, WIDTH, Sapm
from foreign_rtl import renamed
from host import PictureSize, read_picture
from host.qualities import position_of
from ops import IntegerArray
from ops.files import whole_folder
from recordings.comparison import Tensor
from recordings.recording import load_recording, save_recording
from rtl_sim.transform import RtlSimulation, options_for
from sapm.cosimulation import COMPRESSED, SCRATCH, cosimulate
from sapm.project import Project, generate
from sapm.simulation import BUILDS

pytestmark = pytest.mark.rtl

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def codec(exported: Path) -> Path:
    return exported


@pytest.fixture(scope="module")
def project(codec: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "project"
    generate(codec, folder, target="ecp5-85", height=HEIGHT, width=WIDTH, fps=1500.0)
    return folder


@pytest.fixture(scope="module")
def run(project: Path, photograph: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, foreign = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("foreign")
    loaded = Project.load(project)
    renamed(loaded.rtl("analysis"), foreign / "analysis")
    cosimulate(loaded, photograph, folder, quality=60, foreign=foreign)
    return folder


def test_generated_project_is_complete(project: Path) -> None:
    names = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    assert {
        "project.json",
        "codec/analysis.onnx",
        "codec/entropy.npz",
        "rtl/analysis/analysis_top.sv",
        "rtl/synthesis/sources.f",
        "rtl/synthesis/synth.f",
        "rtl/synthesis/cells/ternary_adder.sv",
    } <= names
    assert {"hls/analysis/build_prj.tcl", "hls/analysis/README.md", "hls/synthesis/firmware/synthesis.cpp"} <= names
    for name in names:
        assert str(project) not in (project / name).read_text(errors="replace"), f"{name} has an absolute path"


def test_every_level_is_identical(
    sapm: Sapm, codec: Path, run: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sapm("compare", codec, run, "--checkpoint", checkpoint) == 0
    printed = capsys.readouterr().out
    for level in ("torch", "onnxruntime", "hls", "rtl"):
        assert printed.count(level) == 2
    assert printed.count("foreign") == 1
    assert printed.count("identical") == 9


def test_the_file_of_the_hardware_is_the_file_of_the_software(
    sapm: Sapm, codec: Path, run: Path, photograph: Path, tmp_path: Path
) -> None:
    assert sapm("encode", photograph, "--codec", codec, "-o", tmp_path / "soft.sapm", "--quality", 60) == 0
    recording = run / "analysis" / "rtl.npz"
    hardware = ["--latents", recording, "--quality", 60]
    assert sapm("encode", photograph, "--codec", codec, "-o", tmp_path / "hard.sapm", *hardware) == 0
    soft = (tmp_path / "soft.sapm").read_bytes()
    assert (tmp_path / "hard.sapm").read_bytes() == soft
    assert (run / "picture.sapm").read_bytes() == soft


@pytest.mark.parametrize(("transform", "level"), [("synthesis", "rtl"), ("analysis", "hls")])
def test_one_graph_at_one_level(
    transform: str,
    level: str,
    sapm: Sapm,
    project: Path,
    run: Path,
    photograph: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What enters it is then made in software, and all that is recorded is what a whole run records."""
    only = ["--transform", transform]
    command = ["cosim", project, photograph, "-o", tmp_path / "part", "--quality", 60, "--level", level]
    assert sapm(*command, *only, *(["--waves"] if level == "rtl" else [])) == 0
    assert ("synthesis: identical, no waves" in capsys.readouterr().out) == (level == "rtl")
    assert {path.name for path in (tmp_path / "part").glob("*/*")} == {f"{level}.npz"}
    assert sapm("compare", project, tmp_path / "part", *only) == 0
    for name, tensor in load_recording(run / transform / f"{level}.npz").items():
        part = load_recording(tmp_path / "part" / transform / f"{level}.npz", only=name)[name]
        np.testing.assert_array_equal(part.values, tensor.values)
    capsys.readouterr()
    assert sapm("compare", project, tmp_path / "part") == 1
    assert "--transform names what is compared alone" in capsys.readouterr().err


def test_one_design_codes_every_quality(project: Path, photograph: Path, tmp_path: Path) -> None:
    loaded, picture, size = Project.load(project), read_picture(photograph), PictureSize(HEIGHT, WIDTH)
    host, positions = loaded.bundle.host, [position_of(quality) for quality in (5, 50, 95)]

    def simulate(transform: str, maps: list[IntegerArray]) -> list[IntegerArray]:
        rtl = loaded.rtl(transform)
        simulation = RtlSimulation(rtl, tmp_path / transform, options_for(rtl.design), builds=project / BUILDS)
        return simulation.simulate(maps, taps=False).outputs

    (latents,) = simulate("analysis", [host.pixels_of(picture)])
    files = [host.pack(latents, size, position) for position in positions]
    assert files == [host.encode(picture, position) for position in positions]
    assert len(set(files)) == len(positions)
    for data, pixels in zip(files, simulate("synthesis", [host.unpack(data)[0] for data in files]), strict=True):
        np.testing.assert_array_equal(host.finish(pixels, size), host.decode(data))


def test_predicted_cycles(run: Path) -> None:
    for transform, levels in json.loads((run / "cosim.json").read_text()).items():
        assert levels["rtl"]["cycles"] == pytest.approx(levels["rtl"]["predicted_cycles"], rel=0.05), transform


@pytest.mark.parametrize("transform", ["analysis", "synthesis"])
def test_one_wrong_bit_in_a_recording_is_named(
    transform: str, sapm: Sapm, codec: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("analysis", "synthesis"):
        tensors = load_recording(run / name / "rtl.npz")
        if name == transform:
            values = tensors["sapm1.adder"].values.copy()
            values[3, 1, 2] ^= 1
            tensors["sapm1.adder"] = Tensor(values, tensors["sapm1.adder"].cycles)
        save_recording(tmp_path / name / "rtl.npz", tensors.items())
    assert sapm("compare", codec, tmp_path) == 1
    printed = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "sapm1.adder (L1Conv2d): channel 3, row 1," in printed


def test_an_empty_run_is_no_pass(sapm: Sapm, codec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sapm("compare", codec, tmp_path) == 1
    assert "must hold recordings" in capsys.readouterr().err


def test_a_missing_tensor_is_no_pass(sapm: Sapm, codec: Path, run: Path, tmp_path: Path) -> None:
    for name in ("analysis", "synthesis"):
        tensors = load_recording(run / name / "rtl.npz")
        if name == "synthesis":
            del tensors["igdn1.norm"]
        save_recording(tmp_path / name / "rtl.npz", tensors.items())
    assert sapm("compare", codec, tmp_path) == 1


def test_recorded_inputs_must_agree(
    sapm: Sapm, codec: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tensors = load_recording(run / "analysis" / "rtl.npz")
    save_recording(tmp_path / "analysis" / "a.npz", tensors.items())
    tensors["pixels"] = Tensor(np.roll(tensors["pixels"].values, 1, axis=2))
    save_recording(tmp_path / "analysis" / "b.npz", tensors.items())
    assert sapm("compare", codec, tmp_path) == 1
    assert "same input" in capsys.readouterr().err


def test_two_runs_of_one_project_at_once(run: Path, project: Path, photograph: Path, tmp_path: Path) -> None:
    """`run` has left builds in the project; both take them."""
    cosim = ["cosim", str(project), str(photograph), "--quality", "60", "--level", "rtl", "-o"]
    command = [sys.executable, "-m", "cli.main", *cosim]
    before = {path for path in project.rglob("*") if "build" not in path.parts}
    processes = [subprocess.Popen([*command, str(tmp_path / name)], cwd=ROOT) for name in ("one", "two")]
    assert [process.wait() for process in processes] == [0, 0]
    assert {path for path in project.rglob("*") if "build" not in path.parts} == before
    for name in ("one", "two"):
        assert (tmp_path / name / COMPRESSED).read_bytes() == (run / COMPRESSED).read_bytes()
        assert not (tmp_path / name / SCRATCH).exists()
    assert len(list((project / BUILDS).iterdir())) == 2


@pytest.fixture
def running(run: Path, project: Path, photograph: Path, tmp_path: Path) -> Iterator[tuple[psutil.Process, Path]]:
    """A run whose workers are at work, and the project, which it can only read."""
    script = (
        "import sapm.simulation, cli.main, sys\n"
        "def refuse(folder): raise OSError('read-only')\n"
        "sapm.simulation.check_writable = refuse\n"
        f"sys.argv = ['sapm', 'cosim', {str(project)!r}, {str(photograph)!r}, '-o', {str(tmp_path / 'run')!r}]\n"
        "cli.main.main()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE) as process:
        parent = psutil.Process(process.pid)
        end = time.monotonic() + 600
        while not any("verilator" in " ".join(child.cmdline()) for child in _living(parent)):
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
        yield parent, project
        process.kill()


def _living(parent: psutil.Process) -> list[psutil.Process]:
    return [child for child in parent.children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_leaves_no_process_and_its_project_as_it_was(
    number: int, running: tuple[psutil.Process, Path], tmp_path: Path
) -> None:
    parent, project = running
    before = {str(path): path.stat().st_mtime_ns for path in project.rglob("*")}
    children = _living(parent)
    assert len(children) > 3  # workers, Verilator and what it starts
    parent.send_signal(number)
    _, alive = psutil.wait_procs([parent, *children], timeout=60)
    # an orphan that has ended may wait for long until whoever adopted it takes notice
    assert not [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert {str(path): path.stat().st_mtime_ns for path in project.rglob("*")} == before
    assert len(list(tmp_path.iterdir())) == (number == signal.SIGKILL)
    with whole_folder(tmp_path / "run", "run"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
