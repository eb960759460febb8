"""Learning rates of a codec's weights: by kind, and for filters in proportion to their own size."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from model.adder import AdderConv2d
from model.codec import Codec
from model.deconvolution import ImplicitDeconvolution
from model.gdn import GDN
from model.plan import TrainingPlan
from model.prior import MixturePrior
from model.sapm import SapmD, SapmE
from model.shift import DeepShiftConv2d
from model.steps import LearnedSteps

USUAL_SIZE = 0.035
"""Root mean square of the first weights of a filter of some hundred taps: at this size a filter has the plain rate."""

SMALLEST_FACTOR = 0.01
"""Of a filter's rate beside the plain one, so that a filter of zeros is able to leave zero."""


class Rates:
    """Parameter groups of an optimizer, and their rates at every step.

    Adam's steps are as large as the rate, whatever the weight's size. The filters beside the latents are many times
    larger and smaller than others, as latents are whole numbers and pixels lie in [0, 1): at a common rate one end
    jumps while the other stands. So the filters of both transforms have a rate in proportion to their root mean square.
    """

    def __init__(self, codec: Codec, plan: TrainingPlan) -> None:
        factors = {
            "plain": 1.0,
            "carrier": plan.carrier_rate,
            "shift": plan.shift_rate,
            "adder": plan.adder_rate,
            "prior": plan.prior_rate,
        }
        kinds = _parameters_by_kind(codec)
        self.others = [p for kind, members in kinds.items() if kind != "adder" for p in members]
        filters = {id(p) for p in _filters(codec)}
        self.groups: list[dict[str, Any]] = []
        for kind, members in kinds.items():
            rate = factors[kind] * plan.first_rate
            relative = [p for p in members if id(p) in filters]
            common = [p for p in members if id(p) not in filters]
            self.groups += [{"params": [p], "rate": rate, "is_relative": True} for p in relative]
            self.groups += [{"params": common, "rate": rate, "is_relative": False}] if common else []

    @torch.no_grad()
    def apply(self, optimizer: torch.optim.Optimizer, factor: float) -> None:
        """Sets the rates of an optimizer of these groups, `factor` being the schedule's."""
        relative = [group for group in optimizer.param_groups if group["is_relative"]]
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * factor
        if relative:
            sizes = torch.stack([_root_mean_square(group["params"][0]) for group in relative]).tolist()
            for group, size in zip(relative, sizes, strict=True):
                group["lr"] *= max(SMALLEST_FACTOR, size / USUAL_SIZE)


def _root_mean_square(weight: Tensor) -> Tensor:
    return weight.square().mean().sqrt()


def _filters(codec: Codec) -> list[Tensor]:
    """Weights of what is linear in a map of the transforms, implicit deconvolutions (they start near zero) excepted."""
    parts = [*codec.analysis.modules(), *codec.synthesis.modules()]
    return [part.weight for part in parts if isinstance(part, DeepShiftConv2d | nn.Conv2d)]


def _carriers(codec: Codec) -> list[nn.Module]:
    """What every number of a picture passes, whatever its rate: a per cent of noise in these weights is one of the
    picture. First and last convolution, shortcuts, normalizations, and the way out of adder branches."""
    modules = [part for transform in (codec.analysis, codec.synthesis) for part in transform.modules()]
    found = [codec.analysis.first, codec.synthesis.last]
    found += [part for part in modules if isinstance(part, GDN | ImplicitDeconvolution)]
    found += [part.shortcut for part in modules if isinstance(part, SapmE | SapmD) and part.shortcut is not None]
    return cast(list[nn.Module], found)


def _parameters_by_kind(codec: Codec) -> dict[str, list[nn.Parameter]]:
    kinds: dict[str, type[nn.Module] | tuple[type[nn.Module], ...]] = {
        "shift": DeepShiftConv2d,
        "adder": AdderConv2d,
        "prior": (MixturePrior, LearnedSteps),
    }
    found: dict[str, list[nn.Parameter]] = {
        name: [p for m in codec.modules() if isinstance(m, kind) for p in m.parameters()]
        for name, kind in kinds.items()
    }
    found["carrier"] = [p for part in _carriers(codec) for p in part.parameters()]
    special = {id(parameter) for members in found.values() for parameter in members}
    return {"plain": [p for p in codec.parameters() if id(p) not in special], **found}
