"""Queues are read whole before any work: what is wrong in one is named, and those of the project are right."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model.checkpoint import save_checkpoint
from model.codec import Codec
from model.configuration import PRESETS
from model.recipe import read_queue
from sample_queue import ENTROPY, HEAD, QUEUE, SOFT, run


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('name = "trial"', 'name = "a/b"', "name must be 1 to 64 letters, digits, '_' and '-', not 'a/b'"),
        ('name = "trial"', "name = trial", "must be TOML"),
        ('preset = "tiny"', "preset = {}", "preset must be one of ['base', 'small', 'tiny'], not {}"),
        ('preset = "tiny"', 'preset = "huge"', "preset must be one of ['base', 'small', 'tiny'], not 'huge'"),
        ('preset = "tiny"', 'preset = "tiny"\nsteps = 4', "fields of the queue must be among name, preset"),
        ("widths = [6, 6, 6]", "widths = [6, 6]", "widths must be a list of 3 numbers, not [6, 6]"),
        ("widths = [6, 6, 6]", "depth = 4", "fields of the configuration must be among"),
        (
            'kind = "train"\nstart',
            'kind = "tune"\nstart',
            "stage 1: kind must be one of ('train', 'finetune', 'entropy'), not 'tune'",
        ),
        ('"linear"', '"previous"', "start must be 'linear' or the path of a checkpoint (.npz) here, not 'previous'"),
        ('"linear"', '"none.npz"', "stage 1: start must be a checkpoint, and 'none.npz' is no file"),
        ('"shift"', '"neither"', "stage 1: branches must be one of"),
        ("steps = 3", "steps = 3.5", "stage 2: steps must be an integer, not 3.5"),
        ("steps = 3", "learning_rate = nan", "stage 2: learning_rate must be a finite number, not nan"),
        ("steps = 3", "", "stage 2: steps or seconds must be given"),
        ("steps = 3", "step = 3", "fields of a train stage must be among rate_weights, balance"),
        ("steps = 3", "steps = 3\ncrop = 40", "must be TOML"),
        ("hardening_share = 0.3", "hardening_share = 0.8", "soft_share and hardening_share must leave room"),
        ("layer_steps = 0", "layer_steps = -1", "stage 3: steps must not be negative"),
        ("layer_steps = 0", "", "layer_steps and joint_steps must be given; layer_steps is missing"),
        ("noise = 0.5", "noise = 2", "stage 3: noise must be above 0 and at most 1, not 2"),
        ("noise = 0.5", "soft_share = 0.5", "fields of a finetune stage must be among layer_steps, joint_steps, noise"),
        ("noise = 0.5", "narrow = 1", "stage 3: narrow must be true or false, not 1"),
        ("noise = 0.5", "weight = 17", "stage 3: weight must be between 4 and 16 bits, not 17"),
        ("adder_channels = 4", 'entropy = "static"', "stage 3: entropy must be 'groups'"),
        ('kind = "finetune"', 'kind = "finetune"\nstart = "linear"', "start must be 'previous' or the path"),
    ],
)
def test_a_bad_queue_is_refused_before_work(before: str, after: str, message: str, tmp_path: Path) -> None:
    assert before in QUEUE
    result = run(QUEUE.replace(before, after, 1), tmp_path / "missing", tmp_path / "runs")
    assert result.exit_code == 1 and message in result.words
    assert not list((tmp_path / "runs").iterdir())


@pytest.mark.parametrize(
    ("queue", "message"),
    [
        (HEAD + SOFT + ENTROPY, "stage 2: start must be a quantized codec, and the stage before is of kind 'train'"),
        (QUEUE + ENTROPY.replace("steps = 3", ""), "stage 4: steps must be given"),
        (QUEUE + ENTROPY.replace("steps = 3", "steps = 3\nbalance = 0.5"), "fields of an entropy stage must be among"),
        (
            QUEUE + ENTROPY.replace("pictures = 4", "pictures = 0"),
            "stage 4: pictures must be between 1 and 1000000, not 0",
        ),
    ],
)
def test_a_bad_stage_of_the_entropy_model_is_refused(queue: str, message: str, tmp_path: Path) -> None:
    result = run(queue, tmp_path / "missing", tmp_path / "runs")
    assert result.exit_code == 1 and message in result.words


@pytest.mark.slow
def test_bad_options_are_refused_before_work(photographs: Path, tmp_path: Path) -> None:
    for options, message in (
        (["--curves", tmp_path], "--curves must have --pictures beside it"),
        (["--minutes", 0], "--minutes must be positive, not 0.0"),
        (["--device", "tpu"], "device must be"),
    ):
        result = run(QUEUE, photographs, tmp_path / "runs", *options)
        assert result.exit_code == 1 and message in result.words
        assert not list((tmp_path / "runs").rglob("*.npz"))


@pytest.mark.parametrize("name", ["base", "base-further", "small", "tiny", "gpu-base", "gpu-wide"])
def test_the_queues_of_the_project(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(__file__).parents[1] / "queues" / f"{name}.toml"
    if name == "gpu-base":  # begins with weights of base.toml
        monkeypatch.chdir(tmp_path)
        torch.manual_seed(0)
        save_checkpoint(Path("runs/base/2-rounding.npz"), Codec(PRESETS["base"]))
    queue = read_queue(path)
    kinds = [stage.kind for stage in queue.stages]
    assert queue.name == name and "finetune" in kinds and queue.stages[-1].configuration.branches == "both"
    integers = kinds.index("finetune")
    assert queue.stages[integers].widths.narrow == (name == "small")
    assert kinds[integers + 1 :] == ([] if name == "tiny" else ["entropy"])
    hard = queue.stages[integers - 1]
    assert hard.hardness(1.0) == 1.0 and all(stage.hardness(1.0) == 0 for stage in queue.stages[: integers - 1])
    trained = queue.stages[: integers + 1]
    assert all((stage.plan.batch, stage.plan.crop) == (32, 256) for stage in trained) == name.startswith("gpu")
