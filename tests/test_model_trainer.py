"""The trainer: resumed runs, interrupts, full disks, losses that are not finite, what changes over the budget."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from model.checkpoint import CheckpointError, load_checkpoint, read_record
from model.codec import Codec
from model.configuration import PRESETS, CodecConfiguration
from model.crops import Augmentation, Batches
from model.losses import draw_positions
from model.shift import DeepShiftConv2d
from model.trainer import NonFiniteLoss, Trainer, TrainingPlan

TINY = replace(PRESETS["tiny"], widths=(6, 6, 6), adder_channels=6, entropy="static")
CONTEXT = replace(TINY, entropy="context")
GROUPS = replace(TINY, entropy="groups")
PLAN = TrainingPlan(steps=12, batch=2, crop=32, warm_up=2, log_steps=2)


def start(path: Path, configuration: CodecConfiguration = TINY, plan: TrainingPlan = PLAN) -> Trainer:
    torch.manual_seed(plan.seed)
    return Trainer(Codec(configuration), plan, path)


def data(trainer: Trainer) -> Iterator[Tensor]:
    pictures = [np.random.default_rng(i).integers(0, 256, (48, 48, 3), dtype=np.uint8) for i in range(3)]
    return Batches(pictures, PLAN.batch, Augmentation(PLAN.crop), PLAN.seed).stream(trainer.step)


def losses(trainer: Trainer, steps: int) -> list[tuple[float, float, float]]:
    stream = data(trainer)
    return [trainer.advance(next(stream)) for _ in range(steps)]


@pytest.mark.parametrize("configuration", [TINY, CONTEXT, GROUPS], ids=["static", "context", "groups"])
def test_a_resumed_run_has_the_same_losses_to_the_bit(configuration: CodecConfiguration, tmp_path: Path) -> None:
    # the statistics of the deconvolutions are taken at every step up to 16 and at every eighth from there
    plan = replace(PLAN, steps=30, whitening_share=0.8)
    whole = losses(start(tmp_path / "whole.npz", configuration, plan), 26)
    first = start(tmp_path / "parts.npz", configuration, plan)
    assert losses(first, 19) == whole[:19]
    first.save()
    torch.manual_seed(99)
    second = Trainer(Codec(configuration), plan, tmp_path / "parts.npz")
    second.resume()
    assert second.step == 19
    assert losses(second, 7) == whole[19:]


def test_a_run_that_is_resumed_while_weights_harden_goes_on_in_their_order(tmp_path: Path) -> None:
    plan = replace(PLAN, soft_share=0.25, hardening_share=0.5)
    whole = losses(start(tmp_path / "whole.npz", plan=plan), 12)
    first = start(tmp_path / "parts.npz", plan=plan)
    assert losses(first, 6) == whole[:6]
    first.save()
    second = Trainer(Codec(TINY), plan, tmp_path / "parts.npz")
    second.resume()
    assert losses(second, 6) == whole[6:]
    orders = [[shift.order for shift in trainer.shifts.values()] for trainer in (first, second)]
    assert all(torch.equal(one, other) for one, other in zip(*orders, strict=True))


def test_a_run_ends_with_its_budget_and_reports(tmp_path: Path) -> None:
    trainer, reports = start(tmp_path / "tiny.npz"), []
    assert trainer.run(data(trainer), reports.append)
    assert trainer.step == 12 and [report.step for report in reports] == [2, 4, 6, 8, 10, 12]
    assert reports[-1].share == 1.0 and reports[-1].learning_rate < reports[1].learning_rate
    record = read_record(tmp_path / "tiny.npz")
    assert (record["step"], record["batch"], record["device"]) == (12, 2, "cpu")
    assert load_checkpoint(tmp_path / "tiny.npz").configuration == TINY


def test_a_budget_of_time_ends_too(tmp_path: Path) -> None:
    trainer = start(tmp_path / "tiny.npz", plan=replace(PLAN, steps=None, seconds=0.3))
    assert trainer.run(data(trainer)) and trainer.spent >= 0.3 and trainer.step > 0


def test_a_loss_that_is_not_finite_stops_and_names_the_step(tmp_path: Path) -> None:
    trainer = start(tmp_path / "tiny.npz")
    losses(trainer, 3)
    trainer.save()
    before = (tmp_path / "tiny.npz").read_bytes()
    weights = [p.detach().clone() for p in trainer.codec.parameters()]
    with pytest.raises(NonFiniteLoss, match="not finite at step 4"):
        trainer.run(iter([torch.full((2, 3, 32, 32), float("inf"))]))
    assert (tmp_path / "tiny.npz").read_bytes() == before
    assert all(torch.equal(a, b) for a, b in zip(weights, trainer.codec.parameters(), strict=True))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_after_its_step_with_a_whole_checkpoint(number: signal.Signals, tmp_path: Path) -> None:
    trainer = start(tmp_path / "tiny.npz")
    handler = signal.getsignal(number)

    def interrupted() -> Iterator[Tensor]:
        for index, batch in enumerate(data(trainer)):
            if index == 4:
                os.kill(os.getpid(), number)
            yield batch

    assert not trainer.run(interrupted())
    assert trainer.step == 5 and signal.getsignal(number) is handler
    assert read_record(tmp_path / "tiny.npz")["step"] == 5
    again = start(tmp_path / "tiny.npz")
    again.resume()
    assert again.run(data(again)) and again.step == 12


def test_a_full_disk_leaves_the_last_checkpoint_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = start(tmp_path / "tiny.npz", plan=replace(PLAN, save_seconds=1e-9))
    trainer.save()
    names = sorted(path.name for path in tmp_path.iterdir())
    before = (tmp_path / "tiny.npz").read_bytes()

    def full(stream: object, **_: object) -> None:
        stream.write(b"half a checkpoint")  # type: ignore[attr-defined]
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    warnings: list[str] = []
    with pytest.raises(OSError, match="No space left"):
        trainer.run(data(trainer), warn=warnings.append)
    assert trainer.step == 12 and len(warnings) == 12 and "stays as it was" in warnings[0]
    assert (tmp_path / "tiny.npz").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_a_state_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = start(tmp_path / "tiny.npz")
    trainer.save()
    before = (tmp_path / "tiny.resume").read_bytes()

    def full(*_: object) -> None:
        raise RuntimeError("PytorchStreamWriter failed writing file")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match=r"tiny\.resume could not be written"):
        trainer.run(data(trainer))
    assert (tmp_path / "tiny.resume").read_bytes() == before and not list(tmp_path.glob("*.tmp"))


def test_states_of_other_runs_are_refused(tmp_path: Path) -> None:
    trainer = start(tmp_path / "tiny.npz")
    with pytest.raises(FileNotFoundError):
        trainer.resume()
    trainer.save()
    with pytest.raises(
        CheckpointError, match="entropy of the configuration must be 'static', as it was, not 'context'"
    ):
        start(tmp_path / "tiny.npz", CONTEXT).resume()
    for other in (replace(PLAN, rate_weights=(64.0, 64.0)), replace(PLAN, synthetic_share=0.5)):
        with pytest.raises(CheckpointError, match="of the plan must be .*, as it was, not"):
            start(tmp_path / "tiny.npz", plan=other).resume()
    start(tmp_path / "tiny.npz", plan=replace(PLAN, steps=20)).resume()
    (tmp_path / "tiny.resume").write_bytes(b"torn")
    with pytest.raises(CheckpointError, match=r"tiny\.resume must be the state"):
        trainer.resume()


def test_adder_weights_move_though_they_stay_out_of_the_clipping(tmp_path: Path) -> None:
    trainer = start(tmp_path / "tiny.npz")
    before = [module.weight.detach().clone() for module in trainer.adders]
    losses(trainer, 4)
    assert all(not torch.equal(a, m.weight) for a, m in zip(before, trainer.adders, strict=True))
    for module in trainer.adders:
        assert module.weight.grad is not None
        assert module.weight.grad.square().mean().sqrt().item() == pytest.approx(TINY.adder_gain, rel=1e-3)


def test_plain_torch_in_place_of_the_kernels_gives_the_same_losses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = losses(start(tmp_path / "tiny.npz"), 4)
    monkeypatch.setattr("model.kernels.dispatch.compiled", None)
    plain = losses(start(tmp_path / "tiny.npz"), 4)
    for pair in zip(plain, compiled, strict=True):
        assert pair[0] == pytest.approx(pair[1], rel=1e-4)


def test_shift_weights_harden_over_the_budget(tmp_path: Path) -> None:
    plan = replace(PLAN, soft_share=0.25, hardening_share=0.5)
    assert [plan.hardness(share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert PLAN.hardness(0.0) is None
    trainer = Trainer(Codec(TINY), plan, tmp_path / "soft.npz")
    seen = []
    for _ in range(12):
        trainer.advance(torch.rand(2, 3, 32, 32))
        seen.append({shift.hardness for shift in trainer.shifts.values()})
    assert seen[:4] == [{0.0}] * 4
    assert all(len(step) == 1 for step in seen) and seen[6] == {0.5} and seen[-1] == {1.0}
    trainer.save()
    for name, module in load_checkpoint(tmp_path / "soft.npz").named_modules():
        if isinstance(module, DeepShiftConv2d):  # stored as what they stand for
            live = trainer.codec.get_submodule(name)
            assert torch.equal(module.weight, live.exponents.quantize(live.weight))  # type: ignore[attr-defined]


def test_weights_may_stay_soft_to_the_last_step(tmp_path: Path) -> None:
    trainer = Trainer(Codec(TINY), replace(PLAN, steps=4, soft_share=1.0), tmp_path / "soft.npz")
    for _ in range(4):
        trainer.advance(torch.rand(2, 3, 32, 32))
        assert {shift.hardness for shift in trainer.shifts.values()} == {0.0}
    trainer.save()
    for module in load_checkpoint(tmp_path / "soft.npz").modules():
        if isinstance(module, DeepShiftConv2d):
            assert not torch.equal(module.weight, module.exponents.quantize(module.weight))


def test_whitening_stands_still_after_its_share(tmp_path: Path) -> None:
    trainer = start(tmp_path / "tiny.npz", plan=replace(PLAN, whitening_share=0.5))
    seen = []
    for image in islice(data(trainer), 12):
        trainer.advance(image)
        seen.append([part.whitening.clone() for part in trainer.deconvolutions])
    same = [all(torch.equal(*pair) for pair in zip(*states, strict=True)) for states in pairwise(seen)]
    assert same == [False] * 5 + [True] * 6
    weights = trainer.deconvolutions[0].weight.clone()
    trainer.advance(next(data(trainer)))
    assert not torch.equal(trainer.deconvolutions[0].weight, weights)


def test_the_loss_is_that_of_each_picture_at_its_own_lambda(tmp_path: Path) -> None:
    trainer = start(tmp_path / "tiny.npz", plan=replace(PLAN, balance=0.5, rounding_from=0.0))
    image = torch.rand(2, 3, 32, 32)
    torch.manual_seed(3)
    trainer.codec.rounds = True
    loss, psnr, rate = trainer.losses(image)
    torch.manual_seed(3)
    positions = draw_positions(2, PLAN.positions)
    restored, bits = trainer.codec(image, positions)
    errors = (restored - image).square().mean((1, 2, 3))
    weights = 32 * 256 ** (positions / 8)
    expected = (weights * errors + bits / 1024).log() * (weights / 1024) ** (0.53 / 2)
    torch.testing.assert_close(loss, expected.mean())
    torch.testing.assert_close(psnr, -10 * errors.log10().mean())
    torch.testing.assert_close(rate, bits.mean() / 1024)


def test_the_synthesis_gets_rounded_latents_after_its_share(tmp_path: Path) -> None:
    trainer = start(tmp_path / "tiny.npz", plan=replace(PLAN, rounding_from=0.5))
    seen = []
    for image in islice(data(trainer), 12):
        trainer.advance(image)
        seen.append(trainer.codec.rounds)
    assert seen == [False] * 6 + [True] * 6


def test_every_weight_of_every_part_is_trained(tmp_path: Path) -> None:
    trainer = start(tmp_path / "tiny.npz", GROUPS)
    with torch.no_grad():  # latents that are not zero
        trainer.codec.analysis.sapm2.shortcut.weight.mul_(50)  # type: ignore[union-attr, operator]
    before = {name: value.detach().clone() for name, value in trainer.codec.named_parameters()}
    losses(trainer, 16)
    still = {name for name, value in trainer.codec.named_parameters() if torch.equal(value, before[name])}
    assert not still
