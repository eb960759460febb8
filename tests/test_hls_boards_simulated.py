"""A project as it goes on to a board: its notebook in a kernel against simulated RTL, whose ROMs lie elsewhere."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hls.boards.board_table import Transfers
from host.picture_formats import write_picture
from host.pictures import read_picture
from rtl_sim.runners import BuildOptions
from rtl_sim.simulator import ONE_FILE, run
from rtl_sim.transform import RtlSimulation
from sample_host import random_codec
from sample_pictures import photograph
from sapm.bundle import save_bundle
from sapm.project import Project, generate

pytestmark = pytest.mark.rtl

QUICK = BuildOptions(optimization="-O0", verilator_arguments=ONE_FILE)
SIMULATED = Path(__file__).with_name("simulated_board")
PATIENCE = 600
"""Seconds that a simulation may take to start on a busy machine."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("project")
    codec = save_bundle(random_codec(), folder / "codec")
    return generate(codec, folder / "project", target="pynq-z2", height=32, width=48, back_ends=["rtl"])


@pytest.fixture(scope="module")
def simulations(project: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, RtlSimulation]:
    """Both transforms, built; their ROMs lie where no simulation runs, and the top's parameter says where."""
    made = {}
    for name in project.networks.names:
        folder = tmp_path_factory.mktemp(name)
        (folder / "elsewhere").mkdir()
        rtl = project.rtl(name)
        copied = type(rtl)(Path(shutil.copytree(rtl.folder, folder / "rtl")))
        shutil.move(copied.folder / "rom", folder / "elsewhere" / "rom")
        (copied.folder / "rom").mkdir()
        top = copied.folder / f"{copied.top}.sv"
        assert top.read_text().count('RomFolder = "./"') == 1
        top.write_text(top.read_text().replace('RomFolder = "./"', f'RomFolder = "{folder}/elsewhere/"'))
        made[name] = RtlSimulation(copied, folder / "work", QUICK)
        _ = made[name].built
    return made


@pytest.fixture
def board(project: Project, simulations: dict[str, RtlSimulation]) -> Iterator[Path]:
    """A folder as on a board: codec, picture, and an overlay for each transform, behind which its simulation runs."""
    processes = ProcessPoolExecutor(len(simulations), mp_context=get_context("spawn"))
    with tempfile.TemporaryDirectory() as name, processes:
        folder = Path(name)
        shutil.copytree(project.folder / "codec", folder / "codec")
        write_picture(photograph(30, 41), folder / "picture.png")
        runs = []
        for transform, simulation in simulations.items():
            bits = Transfers.of(simulation.project.design).length_bits
            (folder / f"{transform}.bits").write_text(str(bits))
            path = folder / f"{transform}.socket"
            work = simulation.run_folder("remote", taps=False)
            environment = {"SAPM_SOCKET": str(path)}
            runs.append(processes.submit(run, simulation.built, "rtl_sim.remote_bench", work, environment=environment))
            deadline = time.monotonic() + PATIENCE
            while not path.exists() and not runs[-1].done() and time.monotonic() < deadline:
                time.sleep(0.1)
        yield folder
        for path in folder.glob("*.socket"):  # of which none waits for ever where the notebook never came
            with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))
        for ended in runs:
            ended.result()


def test_notebook_runs_against_the_simulated_board(
    project: Project, board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat: Any = pytest.importorskip("nbformat", reason="nbformat is not installed (pip install 'sapm[dev]')")
    nbclient: Any = pytest.importorskip("nbclient", reason="nbclient is not installed (pip install 'sapm[dev]')")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed (pip install 'sapm[dev]')")
    notebook = nbformat.read(project.folder / "boards" / "board.ipynb", as_version=4)
    nbformat.validate(notebook)
    paths = [str(SIMULATED), str(SIMULATED.parents[1]), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    client = nbclient.NotebookClient(notebook, timeout=PATIENCE, resources={"metadata": {"path": str(board)}})
    client.execute()
    host = project.bundle.host
    data = (board / "picture.sapm").read_bytes()
    assert data == host.encode(read_picture(board / "picture.png"), host.read(data).position)
    np.testing.assert_array_equal(read_picture(board / "decoded.png"), host.decode(data))
    said = "".join(output.text for cell in notebook.cells for output in cell.get("outputs", []) if "text" in output)
    assert "PSNR" in said and said.count("Counters(frames=1") == 2
