"""At which quality a picture is coded: a given one, or the one that comes nearest to a target of rate or distortion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from host import HostCodec, PictureSize, psnr
from host.effort import check_effort
from host.pictures import Picture
from host.qualities import LAST_POSITION, position_of, quality_at
from ops import IntegerArray

DEFAULT_QUALITY = 50.0
"""At which pictures are coded unless told otherwise."""


@dataclass(frozen=True)
class Rate:
    """What the user asked for: the position of a quality, or a target in bits per pixel or dB; and the effort."""

    position: int | None
    effort: int = 0
    target_bits_per_pixel: float | None = None
    target_psnr: float | None = None

    @classmethod
    def choose(cls, quality: float | None, bits_per_pixel: float | None, psnr: float | None, effort: int = 0) -> Rate:
        """Quality 50 by default. Raises ValueError for what there is not."""
        wishes = {"quality": quality, "target-bpp": bits_per_pixel, "target-psnr": psnr}
        given = [name for name, value in wishes.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"there must be one of {', '.join(wishes)}, not {' and '.join(given)}")
        for name, value in wishes.items():
            if name != "quality" and value is not None and not (isfinite(value) and value > 0):
                raise ValueError(f"{name} must be positive, not {value!r}")
        check_effort(effort)
        has_target = bits_per_pixel is not None or psnr is not None
        position = None if has_target else position_of(DEFAULT_QUALITY if quality is None else quality)
        return cls(position, effort, bits_per_pixel, psnr)


@dataclass(frozen=True)
class CodedFile:
    """A compressed file, what to say of its quality, and what to warn of."""

    data: bytes
    comment: str = ""
    warning: str = ""


def code(host: HostCodec, picture: Picture, rate: Rate, latents: IntegerArray | None = None) -> CodedFile:
    """The compressed file of a picture (3, height, width), of `latents` where some hardware has made them.

    The analysis runs once, whatever the target.
    """
    if latents is None:
        latents = host.latents_of(picture)
    search = _RateSearch(host, picture, latents, rate)
    if rate.position is not None:
        return CodedFile(search.file(rate.position))
    is_psnr = rate.target_psnr is not None
    target = rate.target_psnr if is_psnr else rate.target_bits_per_pixel
    assert target is not None
    position, figures = nearest_position(search.psnr if is_psnr else search.bits_per_pixel, target)
    unit, quality = "dB" if is_psnr else "bpp", f"quality {quality_at(position):.4g}"
    warning = ""
    if not min(figures.values()) <= target <= max(figures.values()):
        warning = f"{target:g} {unit} cannot be met: took the nearest, {quality} with {figures[position]:.3f} {unit}"
    comment = f", {quality}, {figures[position]:.3f} {unit} for {target:g}"
    return CodedFile(search.file(position), comment, warning)


def nearest_position(figure: Callable[[int], float], target: float) -> tuple[int, dict[int, float]]:
    """The position whose figure comes nearest to a target, the lower one of two; and the figures that were looked at.

    Bisection, for figures that rise with the position. Whether they do is looked at around the result: as long as a
    neighbour is nearer to the target, it is taken instead.
    """
    figures: dict[int, float] = {}

    def distance(position: int) -> float:
        if position not in figures:
            figures[position] = figure(position)
        return abs(figures[position] - target)

    low, high = 0, LAST_POSITION
    while low < high:
        middle = (low + high) // 2
        distance(middle)
        low, high = (middle + 1, high) if figures[middle] < target else (low, middle)
    distance(low)
    best = min(sorted(figures), key=distance)
    while True:
        around = range(max(0, best - 1), min(LAST_POSITION, best + 1) + 1)
        nearest = min(around, key=distance)
        if distance(nearest) >= distance(best):
            return best, figures
        best = nearest


class _RateSearch:
    """Files and figures of one picture's latents at any position."""

    def __init__(self, host: HostCodec, picture: Picture, latents: IntegerArray, rate: Rate) -> None:
        self.host, self.picture, self.latents, self.rate = host, picture, latents, rate
        self.size = PictureSize(*picture.shape[1:])
        self.files: dict[int, bytes] = {}

    def file(self, position: int) -> bytes:
        if position not in self.files:
            self.files[position] = self.host.pack(self.latents, self.size, position, self.rate.effort, self.picture)
        return self.files[position]

    def bits_per_pixel(self, position: int) -> float:
        return 8 * len(self.file(position)) / self.picture[0].size

    def psnr(self, position: int) -> float:
        """Without a file: the picture does not depend on how symbols are coded."""
        symbols = self.host.symbols_of(self.latents, position, self.rate.effort, self.picture)
        return psnr(self.picture, self.host.picture_of(self.host.restore(symbols, position), self.size))
