"""Training of the entropy model alone: transforms stay, rates fall, a stop changes no bit; command and queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from command import invoke
from model.calibration import RECORD, load_quantized
from model.checkpoint import load_checkpoint, read_record
from model.configuration import preset
from model.data import read_photographs
from model.entropy_training import EntropyRun, EntropyTrainer
from model.plan import TrainingPlan
from sample_codecs import quantized_checkpoint
from sample_queue import ENTROPY, HEAD, run

PLAN = TrainingPlan(steps=40, learning_rate=1e-3, batch=2, crop=64, warm_up=1, average_decay=0.0, balance=1.0)


@pytest.fixture(scope="module", autouse=True)
def _few_samples() -> Iterator[None]:
    """What guides encoders is measured on one picture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.guides.PICTURES", 1)
        yield


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quantized_checkpoint(preset("tiny"), tmp_path_factory.mktemp("start") / "tiny.npz")


@pytest.fixture(scope="module")
def pictures(photographs: Path) -> list[np.ndarray]:
    return read_photographs(photographs, 256).pictures


def trained(start: Path, out: Path, pictures: list[np.ndarray], **options: bool) -> dict[str, torch.Tensor]:
    torch.manual_seed(PLAN.seed)
    assert EntropyRun(start, PLAN, out, pictures, 4).run({}, **{"is_resumed": False, **options}) == 0
    return load_checkpoint(out).state_dict()


@pytest.fixture(scope="module")
def found(start: Path, pictures: list[np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("found") / "tiny.npz"
    trained(start, out, pictures)
    return out


def test_only_the_entropy_model_learns(start: Path, found: Path) -> None:
    before, after = (load_checkpoint(path).state_dict() for path in (start, found))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all(name.startswith("prior.") for name in changed)
    formats = [read_record(path)[RECORD]["formats"] for path in (start, found)]
    assert formats[0] == formats[1]


def test_integers_cost_fewer_bits_for_the_same_symbols(start: Path, found: Path, pictures: list[np.ndarray]) -> None:
    """In the mean of logarithms over qualities, which is the loss."""
    quantized, steps, _ = load_quantized(start)
    latents = quantized.graph("analysis")(pictures[0].transpose(2, 0, 1).astype(np.int64))
    logs = []
    for entropy in (load_quantized(path)[2] for path in (start, found)):
        places = range(0, 2049, 256)
        logs.append(np.mean([np.log(entropy.estimate_bits(steps.quantize(latents, p), p)) for p in places]))
    assert logs[1] < logs[0] - 0.02


def test_a_stop_changes_no_bit(
    start: Path, found: Path, pictures: list[np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, advance = tmp_path / "stopped.npz", EntropyTrainer.advance

    def broken_off(self: EntropyTrainer, image: torch.Tensor) -> tuple[float, float, float]:
        self._stop = self.step == 2
        return advance(self, image)

    monkeypatch.setattr(EntropyTrainer, "advance", broken_off)
    torch.manual_seed(PLAN.seed)
    assert EntropyRun(start, PLAN, out, pictures, 4).run({}, is_resumed=False) == 130
    assert read_record(out)["step"] == 3 and RECORD not in read_record(out)
    monkeypatch.undo()
    again = trained(start, out, pictures, is_resumed=True)
    assert all(torch.equal(value, again[name]) for name, value in load_checkpoint(found).state_dict().items())


@pytest.mark.slow
def test_the_command_and_what_it_refuses(start: Path, photographs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    options = ("--data", photographs, "-o", out, "--steps", 2, "--pictures", 2, "--batch", 2, "--quiet", "--json")
    assert invoke("entropy", start, *options).exit_code == 0 and RECORD in read_record(out)
    refused = invoke("entropy", start, *options)
    assert refused.exit_code == 1 and "must not exist without --resume or --force" in refused.words
    refused = invoke("entropy", start, *options, "--force", "--pictures", 0)
    assert refused.exit_code == 1 and "pictures must be between 1 and 1000000, not 0" in refused.words
    (tmp_path / "letter.npz").write_bytes(b"dear")
    assert invoke("entropy", tmp_path / "letter.npz", *options, "--force").exit_code == 1


@pytest.mark.slow
def test_a_queue_trains_the_entropy_model(start: Path, photographs: Path, tmp_path: Path) -> None:
    queue = HEAD + ENTROPY.replace("\nsteps", f'\nstart = "{start}"\nsteps')
    done = run(queue, photographs, tmp_path / "runs")
    assert done.exit_code == 0, done.output
    record = read_record(tmp_path / "runs" / "trial" / "1-entropy.npz")
    assert record["step"] == 3 and RECORD in record
    assert "1-entropy: finished" in run(queue, photographs, tmp_path / "runs").output
