"""The training loop: lambda * MSE + bits per pixel, by the clock, with averaged weights and safe checkpoints."""

import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from model.adder import AdderConv2d
from model.checkpoint import save_checkpoint
from model.codec import Codec
from model.prior import MixturePrior
from model.shift import ShiftConv2d

PEAK = 255 / 256


@dataclass(frozen=True)
class TrainingPlan:
    """rate_weight: lambda on the MSE of pixels in [0, 1]. seconds: wall budget, the cosine schedule spans it."""

    rate_weight: float = 1024.0
    seconds: float = 4500.0
    learning_rate: float = 1e-3
    # a shift weight flips between powers of two: at the full rate that noise outweighs what is learned
    shift_rate: float = 0.2
    prior_rate: float = 5.0
    batch: int = 8
    crop: int = 128
    clip: float = 1.0
    average_decay: float = 0.999
    warm_up: int = 200
    save_seconds: float = 240.0
    log_steps: int = 100


@dataclass(frozen=True)
class Progress:
    """Means over the steps since the last report."""

    step: int
    seconds: float
    loss: float
    psnr: float
    bits_per_pixel: float
    steps_per_second: float


class Trainer:
    """Holds codec, optimizer and averaged weights; `run` trains until the budget is spent."""

    def __init__(self, codec: Codec, plan: TrainingPlan, out: Path) -> None:
        codec.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.codec, self.plan, self.out = codec, plan, out
        groups = _groups(codec)
        factors = {"plain": 1.0, "shift": plan.shift_rate, "adder": 1.0, "prior": plan.prior_rate}
        self.clipped = [p for name, group in groups.items() if name != "adder" for p in group]
        rated = [{"params": group, "lr": factors[name] * plan.learning_rate} for name, group in groups.items()]
        self.optimizer = torch.optim.Adam(rated, fused=True)
        self.base_rates = [group["lr"] for group in self.optimizer.param_groups]
        self.average = {name: value.detach().clone() for name, value in codec.state_dict().items()}
        self.step, self.spent = 0, 0.0

    @property
    def resume_path(self) -> Path:
        return self.out.with_suffix(".resume")

    def losses(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(loss, MSE on [0, 1], bits per pixel) of a batch."""
        restored, bits = self.codec(image)
        error = nn.functional.mse_loss(restored, image)
        rate = bits.sum() / (image.shape[0] * image.shape[2] * image.shape[3])
        return self.plan.rate_weight * error + rate, error, rate

    def advance(self, image: Tensor) -> tuple[float, float, float]:
        """One optimizer step; returns (loss, MSE, bpp). The caller stops at a loss that is not finite."""
        for group, rate in zip(self.optimizer.param_groups, self.base_rates, strict=True):
            group["lr"] = rate * self._schedule()
        self.optimizer.zero_grad(set_to_none=True)
        loss, error, rate = self.losses(image)
        values = loss.item(), error.item(), rate.item()
        if math.isfinite(values[0]):
            loss.backward()
            # adder gradients have a norm of their own (eta * sqrt(k)) and stay out of the clipping
            norm = nn.utils.clip_grad_norm_(self.clipped, self.plan.clip)
            if not math.isfinite(float(norm)):
                return math.nan, values[1], values[2]
            self.optimizer.step()
            self._update_average()
            self.step += 1
        return values

    def _schedule(self) -> float:
        fraction = min(1.0, self.spent / self.plan.seconds)
        return min(1.0, (self.step + 1) / self.plan.warm_up) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * fraction)))

    @torch.no_grad()
    def _update_average(self) -> None:
        weight = 1 - min(self.plan.average_decay, (1 + self.step) / (10 + self.step))
        state = self.codec.state_dict()
        floating = [name for name, value in state.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.average[n] for n in floating], [state[n] for n in floating], weight)
        for name in state.keys() - set(floating):
            self.average[name].copy_(state[name])

    def run(self, data: Iterator[Tensor], report: Callable[[Progress], None]) -> bool:
        """Trains until the budget is spent; False where it stopped early at a loss that is not finite."""
        start, last_save = time.monotonic() - self.spent, time.monotonic()
        sums, mark = [0.0, 0.0, 0.0], time.monotonic()
        while self.spent < self.plan.seconds:
            values = self.advance(next(data))
            if not math.isfinite(values[0]):
                return False
            sums = [a + b for a, b in zip(sums, values, strict=True)]
            now = time.monotonic()
            self.spent = now - start
            if self.step % self.plan.log_steps == 0:
                means = [value / self.plan.log_steps for value in sums]
                speed = self.plan.log_steps / (now - mark)
                psnr = 10 * math.log10(PEAK**2 / means[1])
                report(Progress(self.step, self.spent, means[0], psnr, means[2], speed))
                sums, mark = [0.0, 0.0, 0.0], now
                if not all(bool(torch.isfinite(value).all()) for value in self.average.values()):
                    return False
            if now - last_save > self.plan.save_seconds:
                self.save()
                last_save = now
        self.save()
        return True

    def save(self, record: dict[str, Any] | None = None) -> None:
        """Writes the averaged weights to `out` and all that a resumed run needs beside it, both atomically."""
        fields = {
            "step": self.step,
            "seconds": round(self.spent),
            "rate_weight": self.plan.rate_weight,
            **(record or {}),
        }
        save_checkpoint(self.out, self.codec, fields, self.average)
        state = {
            "codec": self.codec.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "spent": self.spent,
        }
        temporary = self.resume_path.with_suffix(".resume.tmp")
        torch.save(state, temporary)
        os.replace(temporary, self.resume_path)

    def resume(self) -> None:
        """Continues from the state beside `out`. Raises FileNotFoundError where there is none."""
        state = torch.load(self.resume_path, weights_only=True)
        self.codec.load_state_dict(state["codec"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average, self.step, self.spent = state["average"], state["step"], state["spent"]


def _groups(codec: Codec) -> dict[str, list[nn.Parameter]]:
    kinds = {"shift": ShiftConv2d, "adder": AdderConv2d, "prior": MixturePrior}
    groups: dict[str, list[nn.Parameter]] = {
        name: [p for m in codec.modules() if isinstance(m, kind) for p in m.parameters()]
        for name, kind in kinds.items()
    }
    special = {id(parameter) for group in groups.values() for parameter in group}
    return {"plain": [p for p in codec.parameters() if id(p) not in special], **groups}
