"""Two processes with half the batch each train as one process with all of it."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import multiprocessing

from model import distributed
from model.codec import Codec
from model.configuration import PRESETS, CodecConfiguration
from model.crops import Augmentation, Batches
from model.trainer import Trainer, TrainingPlan

pytestmark = pytest.mark.slow

PROCESSES, STEPS = 2, 5
CONFIGURATION = replace(PRESETS["tiny"], widths=(6, 6, 6), adder_channels=6, entropy="context")
PLAN = TrainingPlan(steps=STEPS, batch=4, crop=32, warm_up=1)


def train(path: Path, configuration: CodecConfiguration) -> tuple[list[float], Trainer]:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    pictures = [np.random.default_rng(i).integers(0, 256, (48, 48, 3), dtype=np.uint8) for i in range(3)]
    trainer = Trainer(Codec(configuration), PLAN, path)
    stream = Batches(pictures, PLAN.batch, Augmentation(PLAN.crop), PLAN.seed).stream()
    return [trainer.advance(next(stream))[0] for _ in range(STEPS)], trainer


def worker(rank: int, port: int, folder: str) -> None:
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    os.environ.update(address, RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(PROCESSES))
    path = Path(folder) / "both.npz"
    with distributed.process_group(torch.device("cpu")):
        losses, trainer = train(path, CONFIGURATION)
        trainer.save()
        state = {name: value.tolist() for name, value in trainer.codec.state_dict().items()}
    (Path(folder) / f"{rank}.json").write_text(json.dumps({"losses": losses, "state": state}))


def test_two_processes_equal_one(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    multiprocessing.start_processes(worker, (port, str(tmp_path)), PROCESSES, start_method="spawn")
    found = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(PROCESSES)]
    expected, trainer = train(tmp_path / "one.npz", CONFIGURATION)
    assert found[0] == found[1]
    assert found[0]["losses"] == pytest.approx(expected, rel=1e-4)
    for name, value in trainer.codec.state_dict().items():
        if name.endswith(("deconvolution.mean", "deconvolution.covariance", "adder.weight", "shift.weight")):
            pair = torch.tensor(found[0]["state"][name]), value
            torch.testing.assert_close(*pair, rtol=1e-3, atol=2e-3, msg=lambda text, name=name: f"{name}: {text}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.json", "1.json", "both.npz", "both.resume"]


def test_a_single_process_is_the_identity() -> None:
    values = torch.randn(3)
    assert (distributed.rank(), distributed.size()) == (0, 1)
    assert torch.equal(distributed.sum_over_processes(values.clone()), values)
    assert torch.equal(distributed.maximum_over_processes(values.clone()), values)
    with pytest.raises(ValueError, match="device must be 'cpu', 'cuda' or 'auto', not 'tpu'"):
        distributed.choose_device("tpu")
