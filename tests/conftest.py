"""Fixtures that several test files share: a tiny quantized codec, a photograph, and the command line."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import torch
from PIL import Image

from cli.batch import THREAD_VARIABLES
from cli.main import main
from sample_host import random_codec
from sapm.bundle import export_bundle, save_bundle

WIDTH, HEIGHT = 50, 37
"""Size of the photograph: no multiple of anything."""

Sapm = Callable[..., int]
"""Runs `sapm ARGUMENTS` in this process and returns the exit code."""

# Tests run side by side, and threads that wait for one whose core is taken need several times as long.
os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
torch.set_num_threads(1)
hypothesis.settings.register_profile("sapm", deadline=None)  # a test that times an example fails on a busy machine
hypothesis.settings.load_profile("sapm")

# A shell starts what runs in its background deaf to Ctrl-C, nohup to hang-ups, and so would be what a test interrupts.
if threading.current_thread() is threading.main_thread():
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


LONGEST = (
    *("cli_hardware", "ops_rtl", "rtl_sim_transform", "examples", "hls_vitis_windows", "docs", "howto_mismatch"),
    *("rtl_sim_control", "hls_vitis_faults", "sapm_wheel", "hls_synth", "rtl_sim_squares", "model_queue", "ops_hls"),
    *("hls_vitis", "model_finetuner", "rtl_sim_faults", "hls_vitis_depths", "rtl_sim_board", "hls_vitis_cycles"),
    *("rtl_sim_foreign", "cli_networks", "hls_fold_folding", "hls_vitis_synthesis", "rtl_sim_streams", "cli_synth"),
    *("hls_estimates_resources", "hls_boards_simulated", "hls_synth_cells", "hls_dataflow_windows"),
)
"""Files that take the most processor time, the longest first: two workers then end at nearly the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"test_{name}": place for place, name in enumerate(LONGEST)}
    gone = [name for name in places if not Path(__file__).with_name(f"{name}.py").exists()]
    assert not gone, f"LONGEST names files that are not there: {', '.join(gone)}"
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the files in tests/golden anew")


DAY = 24 * 60 * 60


@pytest.fixture(scope="session", autouse=True)
def objects(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what C++ compilers of simulations have made, which all tests of a day share."""
    cache = getattr(pytestconfig, "cache", None)  # there is none with -p no:cacheprovider
    folder = cache.mkdir("objects") if cache else tmp_path_factory.mktemp("objects")
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - DAY:
            path.unlink(missing_ok=True)
    launcher = [sys.executable, "-IS", str(Path(__file__).with_name("object_cache.py")), str(folder)]
    os.environ["OBJCACHE"] = shlex.join(launcher)
    return folder


@pytest.fixture(scope="session", autouse=True)
def headers(objects: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Puts a g++ before that on PATH which compiles the headers of HLS projects once (header_cache.py)."""
    compiler = shutil.which("g++")
    if compiler is None:
        return
    launcher = [sys.executable, "-IS", str(Path(__file__).with_name("header_cache.py")), str(objects), compiler]
    script = tmp_path_factory.mktemp("compiler") / "g++"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(launcher)} "$@"\n')
    script.chmod(0o755)
    os.environ["PATH"] = f"{script.parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def sapm(monkeypatch: pytest.MonkeyPatch) -> Sapm:
    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["sapm", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        return int(stop.value.code or 0)

    return run


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of smooth pictures to train on."""
    folder = tmp_path_factory.mktemp("photographs")
    for index in range(11):
        coarse = np.random.default_rng(index).integers(0, 256, (9, 9, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((256, 256), Image.Resampling.BICUBIC).save(folder / f"{index}.png")
    return folder


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # the float model and its quantization, which most tests have no part in
    from model.configuration import PRESETS  # noqa: PLC0415
    from sample_codecs import quantized_checkpoint  # noqa: PLC0415

    return quantized_checkpoint(PRESETS["tiny"], tmp_path_factory.mktemp("checkpoint") / "tiny.npz")


@pytest.fixture(scope="session")
def float_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A float checkpoint, as training begins with it."""
    from model.checkpoint import save_checkpoint  # noqa: PLC0415
    from model.codec import Codec  # noqa: PLC0415
    from model.configuration import PRESETS  # noqa: PLC0415

    path = tmp_path_factory.mktemp("floats") / "float.npz"
    torch.manual_seed(5)
    save_checkpoint(path, Codec(PRESETS["tiny"]))
    return path


@pytest.fixture(scope="session")
def exported(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The codec folder of that checkpoint."""
    return export_bundle(checkpoint, tmp_path_factory.mktemp("codec") / "codec").folder


@pytest.fixture(scope="session")
def codec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A codec folder of integers alone, that no float model is behind."""
    return save_bundle(random_codec(), tmp_path_factory.mktemp("codec") / "random").folder


@pytest.fixture(scope="session")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(3)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
    path = tmp_path_factory.mktemp("photograph") / "photograph.png"
    coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(path)
    return path
