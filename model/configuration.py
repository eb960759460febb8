"""What a codec is made of: widths, strides and kernels, checked on construction, and the named presets."""

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from model.fields import described
from model.mixture import MIXTURES
from model.quantization.weights import SHIFT_WINDOW
from model.sapm import BRANCHES, SHORTCUTS
from model.shift import BASES, EXPONENT_WINDOW, Exponents

STRIDES = ((4, 2, 2), (2, 2, 2))
ENTROPY_MODELS = ("static", "groups", "context")


MOST_CHANNELS, LARGEST_KERNEL, MOST_COMPONENTS, LARGEST_FACTOR = 2048, 31, 64, 1000
"""Beyond these a file asks for memory that no codec needs, or for numbers that overflow."""


def _is_count(value: object, most: int = MOST_CHANNELS) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most


def _are_widths(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 3 and all(map(_is_count, value))


def _is_odd(value: object) -> bool:
    return _is_count(value, LARGEST_KERNEL) and isinstance(value, int) and value % 2 == 1


def _is_factor(value: float) -> bool:
    return 0 < value <= LARGEST_FACTOR


def _require(name: str, value: Any, is_valid: Any, allowed: str) -> None:
    if not is_valid(value):
        raise ValueError(f"{name} must be {allowed}, not {value!r}")


@dataclass(frozen=True)
class CodecConfiguration:
    """Sizes of the network of arXiv 2206.11599 (Fig. 2); the fields it leaves open have the project's defaults.

    The paper has N1 = N2, the shortcut "pool", both branches, and hyper networks with a masked context (Cheng 2020) as
    its entropy model. Kernels are odd; every padding is kernel // 2. The base "column" of exponents has nearly the same
    quality with a window of 4. Filters of adders that meet the latents begin with twice the spread: these are larger.
    """

    widths: tuple[int, int, int] = described((32, 64, 128), "N1,N2,M: channels behind each stage, M of the latents")
    strides: tuple[int, int, int] = described((4, 2, 2), "of the three stages: 4,2,2 or 2,2,2")
    first_kernel: int = described(9, "of the first and the last layer; 5 with strides 2,2,2")
    analysis_kernel: int = described(5, "of SAPM-E")
    synthesis_kernel: int = described(3, "of SAPM-D")
    mixture_components: int = described(2, "K of the mixture")
    shortcut: str = described("block", "of SAPM-E: block (2x2, can carry a linear codec) or pool (the paper's)")
    adder_channels: int | None = described(None, "of every adder branch before its 1x1; the preset's, or the paper's")
    adder_gain: float = described(0.02, "eta of AdderNet's layer-wise learning rate")
    adder_spread: float = described(0.5, "deviation of the adder's first filters")
    entropy: str = described("groups", "static, groups (channel groups, causal neighbours) or context (the paper's)")
    mixture: str = described("laplace", "distribution of the components: laplace or gaussian")
    branches: str = described("both", "both (the paper), shift, adder or convolution (the CNN twin)")
    hyper_channels: int | None = described(None, "width of the hyper networks; default: N2")
    exponent_window: int = described(EXPONENT_WINDOW, "exponents that shift weights of one base may have, up to 12")
    exponent_base: str = described("channel", "of the exponents: of each channel, or of each column of its kernel")

    def __post_init__(self) -> None:
        _require("widths", self.widths, _are_widths, f"three integers (N1, N2, M) from 1 to {MOST_CHANNELS}")
        components = partial(_is_count, most=MOST_COMPONENTS)
        _require("mixture_components", self.mixture_components, components, f"an integer from 1 to {MOST_COMPONENTS}")
        for name in ("first_kernel", "analysis_kernel", "synthesis_kernel"):
            _require(name, getattr(self, name), _is_odd, f"an odd integer from 1 to {LARGEST_KERNEL}")
        _require("strides", self.strides, STRIDES.__contains__, f"one of {STRIDES}")
        _require("first_kernel", self.first_kernel, lambda k: k > self.strides[0], f"greater than {self.strides[0]}")
        _require("analysis_kernel", self.analysis_kernel, lambda k: k >= 3, "at least 3, its stride is 2")
        kinds = {"entropy": ENTROPY_MODELS, "mixture": MIXTURES, "branches": BRANCHES, "shortcut": SHORTCUTS}
        for name, allowed in kinds.items():
            _require(name, getattr(self, name), allowed.__contains__, f"one of {allowed}")
        for name in ("hyper_channels", "adder_channels"):
            if getattr(self, name) is not None:
                _require(name, getattr(self, name), _is_count, f"an integer from 1 to {MOST_CHANNELS} or None")
        span = f"between 1 and {SHIFT_WINDOW}"
        _require("exponent_window", self.exponent_window, range(1, SHIFT_WINDOW + 1).__contains__, span)
        _require("exponent_base", self.exponent_base, BASES.__contains__, f"one of {tuple(BASES)}")
        for name in ("adder_gain", "adder_spread"):
            _require(name, getattr(self, name), _is_factor, f"above 0 and at most {LARGEST_FACTOR}")

    @property
    def latent_channels(self) -> int:
        """M."""
        return self.widths[2]

    @property
    def exponents(self) -> Exponents:
        """Those of the shift weights."""
        return Exponents(self.exponent_window, self.exponent_base)

    @property
    def reduction(self) -> int:
        """Pixels per latent along one side: 16 for strides 4, 2, 2."""
        return self.strides[0] * self.strides[1] * self.strides[2]

    def to_dictionary(self) -> dict[str, Any]:
        """JSON-ready fields; `from_dictionary` reads them back."""
        return {**asdict(self), "strides": list(self.strides), "widths": list(self.widths)}

    @classmethod
    def from_dictionary(cls, fields: dict[str, Any]) -> "CodecConfiguration":
        """Raises ValueError for unknown fields and for values out of range."""
        unknown = sorted(set(fields) - set(cls.__dataclass_fields__))
        if unknown:
            raise ValueError(f"fields must be among {sorted(cls.__dataclass_fields__)}, not {unknown!r}")
        values = dict(fields)
        for name in {"strides", "widths"} & values.keys():
            values[name] = tuple(values[name])
        return cls(**values)


PRESETS: dict[str, CodecConfiguration] = {
    "tiny": CodecConfiguration(widths=(16, 16, 24), adder_channels=8),
    "small": CodecConfiguration(widths=(24, 48, 112), adder_channels=12),
    "base": CodecConfiguration(widths=(48, 128, 256), adder_channels=32),
}


def preset(name: str, strides: tuple[int, int, int] = (4, 2, 2)) -> CodecConfiguration:
    """A preset at the given strides; a first stride of 2 takes a first kernel of 5 instead of 9."""
    if not isinstance(name, str) or name not in PRESETS:
        raise ValueError(f"preset must be one of {sorted(PRESETS)}, not {name!r}")
    return replace(PRESETS[name], strides=strides, first_kernel=9 if strides[0] == 4 else 5)
