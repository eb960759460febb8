"""Settings of codecs that have every quality: "q50" is quality 50."""

from __future__ import annotations

from collections.abc import Sequence

from host.qualities import position_of, rate_weight_at

PREFIX = "q"

DEFAULT_QUALITIES = (1.0, 13.0, 25.0, 38.0, 50.0, 62.0, 75.0, 87.0, 100.0)
"""Those of a curve: nearly a factor of two in lambda between two of them."""


def read_qualities(text: str) -> tuple[float, ...]:
    """Qualities from comma-separated numbers, each once. Raises ValueError for what is none."""
    try:
        qualities = tuple(dict.fromkeys(float(part) for part in text.split(",")))
    except ValueError as error:
        raise ValueError(f"--qualities must be comma-separated numbers from 1 to 100, not {text!r}") from error
    for quality in qualities:
        position_of(quality)
    return qualities


def settings_of(qualities: Sequence[float]) -> tuple[str, ...]:
    """A setting for each quality."""
    return tuple(f"{PREFIX}{quality:g}" for quality in qualities)


def position_of_setting(setting: str) -> int:
    """The position of a setting's quality."""
    return position_of(float(setting.removeprefix(PREFIX)))


def rate_weight_of_setting(setting: str) -> float:
    """lambda of a setting's quality."""
    return rate_weight_at(position_of_setting(setting))
