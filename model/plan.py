"""What a training run does: loss, budget, rates and intervals, checked on construction."""

from dataclasses import asdict, dataclass
from typing import Any

from model.crops import SYNTHETIC_SHARE
from model.fields import described
from model.losses import LOSSES, MS_SSIM_SMALLEST
from model.qualities import HIGHEST_RATE_WEIGHT, LOWEST_RATE_WEIGHT, position_of_rate_weight
from model.schedule import FIRST_RATES, SCHEDULES

RESUMABLE_CHANGES = frozenset({"steps", "seconds", "save_seconds", "log_steps"})
"""Fields that may differ when a run is resumed."""


MOST = {"steps": 10**9, "warm_up": 10**9, "log_steps": 10**9, "batch": 4096, "crop": 4096, "seed": 2**63 - 1}
"""Beyond these a file asks for time and memory that nobody has."""


@dataclass(frozen=True)
class TrainingPlan:
    """Every step has pictures of all rates between the lowest and the highest lambda, on the MSE of pixels in [0, 1] or
    on 1 - MS-SSIM. The schedule spans the budget: `steps` where given, else `seconds`.

    A per cent of a picture counts as lambda's usual loss to the power of 1 - balance. In the first `soft_share` of the
    budget shift weights are what they are trained as; over the next `hardening_share` one after the other becomes a
    power of two and stands still. Both 0: powers of two from the first step on, which learn. soft_share 1: none becomes
    one, another run has to see to that. What carries a linear codec is said in `model.rates`.
    """

    rate_weights: tuple[float, float] = described(
        (LOWEST_RATE_WEIGHT, HIGHEST_RATE_WEIGHT),
        "lowest,highest lambda on the MSE of pixels in [0, 1] or 1 - MS-SSIM",
    )
    balance: float = described(0.5, "0: high rates decide, 1: all rates count alike")
    rounding_from: float = described(0.5, "share of the budget after which the synthesis gets rounded latents")
    loss: str = described("mse", "mse or ms-ssim")
    schedule: str = described("short", "short (cosine) or paper (steps)")
    steps: int | None = described(None, "budget in steps; takes the place of seconds")
    seconds: float = described(4500.0, "budget in seconds of wall clock")
    learning_rate: float | None = described(None, "at the start; 1e-3 for the schedule short, 1e-4 for paper")
    carrier_rate: float = described(0.1, "factor on the rate of first, last, shortcuts and normalizations")
    shift_rate: float = described(1.0, "factor on the rate of shift weights")
    adder_rate: float = described(1.0, "factor on the rate of adder weights")
    prior_rate: float = described(5.0, "factor on the rate of a static prior")
    soft_share: float = described(
        0.0, "of the budget, before shift weights become powers of two; from nothing 0.6, else 0"
    )
    hardening_share: float = described(0.0, "of the budget, over which they become so; from nothing 0.35, else 0")
    whitening_share: float = described(0.2, "of the budget, before statistics of implicit deconvolutions stand still")
    batch: int = described(8, "pictures in a step, all processes together")
    crop: int = described(128, "side of the crops; 256 with the entropy model context")
    smallest_scale: float = described(0.5, "least factor by which three of four crops change their size")
    largest_scale: float = described(2.0, "largest factor by which they do")
    synthetic_share: float = described(SYNTHETIC_SHARE, "of the crops, drawn: pure colours, text, charts, flat areas")
    seed: int = described(1, "of everything random")
    clip: float = described(1.0, "norm at which gradients are clipped")
    average_decay: float = described(0.999, "of the averaged weights")
    warm_up: int = described(200, "steps until the full learning rate")
    save_seconds: float = described(240.0, "between two checkpoints")
    log_steps: int = described(100, "between two reports")

    def __post_init__(self) -> None:
        self._check_counts()
        for name, allowed in (("loss", LOSSES), ("schedule", SCHEDULES)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {allowed}, not {getattr(self, name)!r}")
        low, high = map(position_of_rate_weight, self.rate_weights)
        if low > high:
            raise ValueError(f"rate_weights must rise, not {self.rate_weights!r}")
        for name in ("balance", "rounding_from", "synthetic_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, not {getattr(self, name)!r}")
        for name in ("seconds", "batch", "clip", "warm_up", "save_seconds", "log_steps"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        for name in ("steps", "learning_rate"):
            if getattr(self, name) is not None and not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive or None, not {getattr(self, name)!r}")
        self._check_shares()
        if not 0 <= self.average_decay < 1:
            raise ValueError(f"average_decay must be at least 0 and below 1, not {self.average_decay!r}")
        if self.loss == "ms-ssim" and self.crop < MS_SSIM_SMALLEST:
            raise ValueError(f"crop must be at least {MS_SSIM_SMALLEST} for the loss 'ms-ssim', not {self.crop!r}")

    def _check_counts(self) -> None:
        for name, most in MOST.items():
            if getattr(self, name) is not None and not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be between 0 and {most}, not {getattr(self, name)!r}")

    def _check_shares(self) -> None:
        for name in ("soft_share", "hardening_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, not {getattr(self, name)!r}")
        if not 0 < self.whitening_share <= 1:
            raise ValueError(f"whitening_share must be above 0 and at most 1, not {self.whitening_share!r}")
        if self.hard_from > 1 or (self.hard_from == 1 and self.hardening_share):
            raise ValueError(f"soft_share and hardening_share must leave room, not add up to {self.hard_from!r}")

    @property
    def positions(self) -> tuple[float, float]:
        """Between which positions among the anchors the qualities of pictures lie."""
        low, high = map(position_of_rate_weight, self.rate_weights)
        return low, high

    @property
    def first_rate(self) -> float:
        """The learning rate before schedule and warm-up."""
        return FIRST_RATES[self.schedule] if self.learning_rate is None else self.learning_rate

    @property
    def hard_from(self) -> float:
        """The share of the budget after which every shift weight is a power of two."""
        return self.soft_share + self.hardening_share

    def hardness(self, share: float) -> float | None:
        """The share of the shift weights that stand still as powers of two when `share` of the budget is spent, 0 to 1;
        None where all are powers of two from the first step on, and learn."""
        if not self.hard_from:
            return None
        return 1.0 if share >= self.hard_from else max(0.0, (share - self.soft_share) / (self.hardening_share or 1.0))

    def spent_share(self, step: int, seconds: float) -> float:
        """The spent share of the budget; 1 or more when it is used up."""
        return step / self.steps if self.steps is not None else seconds / self.seconds

    def lasting_fields(self) -> dict[str, Any]:
        """JSON-ready fields that a resumed run must share."""
        return {name: value for name, value in asdict(self).items() if name not in RESUMABLE_CHANGES}
