"""The training loop: distortion and rate on one or several devices, averaged weights, checkpoints that stay whole."""

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from model import distributed
from model.adder import AdderConv2d
from model.checkpoint import save_checkpoint
from model.codec import PIXEL_SCALE, Codec
from model.deconvolution import deconvolutions_of
from model.losses import balanced, distortion, draw_positions
from model.plan import TrainingPlan
from model.qualities import rate_weights
from model.rates import Rates
from model.resume import load_state, save_state
from model.schedule import rate_factor
from model.shift import DeepShiftConv2d

__all__ = ["NonFiniteLoss", "Progress", "Trainer", "TrainingPlan"]


class NonFiniteLoss(ArithmeticError):
    """Loss or gradient of a step was not finite; the step was not taken."""


@dataclass(frozen=True)
class Progress:
    """Means over the steps since the last report; share: of the budget."""

    step: int
    seconds: float
    share: float
    loss: float
    psnr: float
    bits_per_pixel: float
    steps_per_second: float
    learning_rate: float


class Trainer:
    """Holds codec, optimizer and averaged weights; `run` trains until the budget is spent.

    origin: what the record says of where the weights came from. `spent` and `processor` are the seconds of wall clock
    and of processor time that its steps took.
    """

    def __init__(
        self,
        codec: Codec,
        plan: TrainingPlan,
        out: Path,
        device: torch.device | str = "cpu",
        origin: dict[str, Any] | None = None,
    ) -> None:
        self.device = torch.device(device)
        codec.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.codec, self.plan, self.out = codec.train(), plan, out
        is_joined = distributed.size() > 1
        # the statistics of the implicit deconvolutions agree by themselves
        self.network: nn.Module = DistributedDataParallel(codec, forward_sync_buffers=False) if is_joined else codec
        self.rates = Rates(codec, plan)
        self.shifts = {f"{name}.weight": m for name, m in codec.named_modules() if isinstance(m, DeepShiftConv2d)}
        self.adders = [module for module in codec.modules() if isinstance(module, AdderConv2d)]
        self.deconvolutions = deconvolutions_of(codec)
        self.optimizer = torch.optim.Adam(self.rates.groups, fused=True)
        self.average = {name: value.detach().clone() for name, value in codec.state_dict().items()}
        self.step, self.spent, self.processor = 0, 0.0, 0.0
        self.record: dict[str, Any] = {}
        self.origin = origin or {}
        self._stop = False

    @property
    def resume_path(self) -> Path:
        return self.out.with_suffix(".resume")

    @property
    def share(self) -> float:
        """The spent share of the budget."""
        return self.plan.spent_share(self.step, self.spent)

    @property
    def is_whitening(self) -> bool:
        """Whether the statistics of the implicit deconvolutions follow the maps at this step."""
        return self.share < self.plan.whitening_share

    def losses(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(loss, PSNR in dB, bits per pixel) of a batch [B, 3, H, W]: of pixels in [0, 1), or of bytes.

        Every picture has a quality of its own; the loss is the mean of lambda * distortion + rate, balanced.
        """
        if image.dtype == torch.uint8:
            image = image.to(self.device, non_blocking=True).float() / PIXEL_SCALE
        positions = draw_positions(len(image), self.plan.positions).to(self.device)
        restored, bits = self.network(image, positions)
        difference, error = distortion(self.plan.loss, restored, image)
        rate = bits / (image.shape[2] * image.shape[3])
        losses = balanced(rate_weights(positions) * difference + rate, positions, self.plan.balance)
        return losses.mean(), -10 * error.detach().clamp(min=1e-12).log10().mean(), rate.mean()

    def advance(self, image: Tensor) -> tuple[float, float, float]:
        """One optimizer step on this process's part of the batch; (loss, PSNR, bpp) of the whole batch.

        Raises NonFiniteLoss before any weight has changed.
        """
        self.rates.apply(self.optimizer, self._schedule())
        for shift in self.shifts.values():
            shift.harden(self.plan.hardness(self.share))
        for deconvolution in self.deconvolutions:
            deconvolution.train(self.is_whitening)
        self.codec.rounds = self.share >= self.plan.rounding_from
        self.optimizer.zero_grad(set_to_none=True)
        values = self.losses(image)
        values[0].backward()
        means = distributed.sum_over_processes(torch.stack([v.detach() for v in values])) / distributed.size()
        # adder gradients get a norm of their own (eta * sqrt(k)) and stay out of the clipping
        norm = nn.utils.clip_grad_norm_(self.rates.others, self.plan.clip)
        adder_norms = [module.weight.grad.norm() for module in self.adders if module.weight.grad is not None]
        loss, psnr, rate, *norms = torch.stack([*means, norm, *adder_norms]).tolist()
        if not all(math.isfinite(value) for value in (loss, *norms)):
            raise NonFiniteLoss(f"loss or gradient not finite at step {self.step + 1} (loss {loss}, gradients {norms})")
        for module in self.adders:
            module.scale_gradient(self.codec.configuration.adder_gain)
        self.optimizer.step()
        self._update_average()
        self.step += 1
        return loss, psnr, rate

    def _schedule(self) -> float:
        return min(1.0, (self.step + 1) / self.plan.warm_up) * rate_factor(self.plan.schedule, self.share)

    @torch.no_grad()
    def _update_average(self) -> None:
        weight = 1 - min(self.plan.average_decay, (1 + self.step) / (10 + self.step))
        state = self.codec.state_dict()
        floating = [name for name, value in state.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.average[n] for n in floating], [state[n] for n in floating], weight)
        for name in state.keys() - set(floating):
            self.average[name].copy_(state[name])
        self.average.update(self._hardened())

    def _hardened(self) -> dict[str, Tensor]:
        """Averaged shift weights, of which those that stand still are the powers of two that they have become: a mean
        of what they were before might round to others."""
        return {name: shift.hardened(self.average[name]) for name, shift in self.shifts.items()}

    def run(
        self,
        data: Iterator[Tensor],
        report: Callable[[Progress], None] = lambda _: None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> bool:
        """Trains until the budget is spent, True, or until an interrupt or a call for termination, False.

        Either way all is saved. Raises NonFiniteLoss, which leaves the last checkpoint as it is, and OSError where
        the last checkpoint cannot be written; one on the way that cannot is told to `warn`, and training goes on.
        """
        start, last_save = time.monotonic() - self.spent, time.monotonic()
        processor = time.process_time() - self.processor
        meter = _Meter()
        with self._stopping_gently():
            while self.share < 1 and not self._stop:
                meter.add(self.advance(next(data)))
                self._agree(time.monotonic() - start)
                self.processor = time.process_time() - processor
                if self.step % self.plan.log_steps == 0:
                    report(meter.report(self))
                if time.monotonic() - last_save > self.plan.save_seconds:
                    self._try_save(warn)
                    last_save = time.monotonic()
            self.save()
        return not self._stop

    def _agree(self, spent: float) -> None:
        """Processes take the same view of clock and interrupts: they must stop at the same step."""
        self.spent = spent
        if distributed.size() > 1:
            view = torch.tensor([spent, float(self._stop)], device=self.device, dtype=torch.float64)
            self.spent, stop = distributed.maximum_over_processes(view).tolist()
            self._stop = bool(stop)

    @contextmanager
    def _stopping_gently(self) -> Iterator[None]:
        """The first SIGINT or SIGTERM ends the run after its step; a second one does what it always does."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

        def restore() -> None:
            for number, handler in before.items():
                signal.signal(number, handler)

        def stop(number: int, frame: FrameType | None) -> None:
            self._stop = True
            restore()

        for number in before:
            signal.signal(number, stop)
        try:
            yield
        finally:
            restore()

    def _try_save(self, warn: Callable[[str], None]) -> None:
        try:
            self.save()
        except OSError as error:
            warn(f"step {self.step}: {self.out} could not be written and stays as it was ({error})")

    def description(self) -> dict[str, Any]:
        """What a record says of the run so far."""
        return {
            "step": self.step,
            "seconds": round(self.spent),
            "processor_seconds": round(self.processor),
            **self.origin,
            **self.plan.lasting_fields(),
            "processes": distributed.size(),
            "device": self.device.type,
        }

    def save(self, record: dict[str, Any] | None = None) -> None:
        """Writes the averaged weights to `out` and all that a resumed run needs beside it, each whole or not at all."""
        if distributed.rank() > 0:
            return
        self.record = {**self.description(), **(record or {})}
        save_checkpoint(self.out, self.codec, self.record, self.average)
        save_state(self)

    def resume(self) -> None:
        """Continues from the state beside `out`. Raises FileNotFoundError where there is none, CheckpointError where it
        is of another configuration or plan."""
        load_state(self)


class _Meter:
    """Means between two reports."""

    def __init__(self) -> None:
        self.sums, self.count, self.since = [0.0, 0.0, 0.0], 0, time.monotonic()

    def add(self, values: tuple[float, float, float]) -> None:
        self.sums = [a + b for a, b in zip(self.sums, values, strict=True)]
        self.count += 1

    def report(self, trainer: Trainer) -> Progress:
        loss, psnr, rate = (value / self.count for value in self.sums)
        speed = self.count / max(time.monotonic() - self.since, 1e-9)
        learning_rate = trainer.optimizer.param_groups[0]["lr"]
        self.__init__()  # type: ignore[misc]
        return Progress(trainer.step, trainer.spent, trainer.share, loss, psnr, rate, speed, learning_rate)
