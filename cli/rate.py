"""Which codec a picture is coded with: one of a quality, or the nearest to a target of rate or distortion."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from cli.codecs import CodecEntry, Codecs
from host import psnr
from host.pictures import Picture


@dataclass(frozen=True)
class Rate:
    """Codecs to choose from: one, or all where there is a target in bits per pixel or dB. They run on `threads`."""

    entries: tuple[CodecEntry, ...]
    threads: int
    target_bits_per_pixel: float | None = None
    target_psnr: float | None = None

    @classmethod
    def choose(
        cls, codecs: Codecs, threads: int, quality: int | None, bits_per_pixel: float | None, psnr: float | None
    ) -> Rate:
        """What the user asked for; the middle codec by default. Raises ValueError for what there is not."""
        wishes = {"--quality": quality, "--target-bpp": bits_per_pixel, "--target-psnr": psnr}
        given = [name for name, value in wishes.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"there must be one of {', '.join(wishes)}, not {' and '.join(given)}")
        for name, value in wishes.items():
            if name != "--quality" and value is not None and not (isfinite(value) and value > 0):
                raise ValueError(f"{name} must be positive, not {value!r}")
        if bits_per_pixel is None and psnr is None:
            middle = (len(codecs.entries) + 1) // 2
            return cls((codecs.of_quality(middle if quality is None else quality),), threads)
        return cls(codecs.entries, threads, bits_per_pixel, psnr)

    @property
    def has_target(self) -> bool:
        """Whether the codec depends on the picture."""
        return self.target_bits_per_pixel is not None or self.target_psnr is not None


@dataclass(frozen=True)
class _Candidate:
    """A picture by one codec; `figure` is what the target is compared with."""

    name: str
    data: bytes
    figure: float


def code(picture: Picture, rate: Rate) -> tuple[bytes, str, str]:
    """The compressed file of a picture (3, height, width), what to say of the choice, and what to warn of.

    With a target, every codec is tried: what a rate costs depends on the picture.
    """
    if not rate.has_target:
        return rate.entries[0].load(rate.threads).encode(picture), "", ""
    tried = [_try(entry, picture, rate) for entry in rate.entries]
    target = rate.target_bits_per_pixel if rate.target_psnr is None else rate.target_psnr
    assert target is not None
    unit = "bpp" if rate.target_psnr is None else "dB"
    best = min(tried, key=lambda candidate: abs(candidate.figure - target))
    figures = [candidate.figure for candidate in tried]
    warning = ""
    if not min(figures) <= target <= max(figures):
        reach = " to ".join(f"{figure:.3f}" for figure in sorted({min(figures), max(figures)}))
        warning = f"{target:g} {unit} cannot be met, codecs reach {reach} {unit}: took the nearest, {best.name}"
    return best.data, f", {best.name}, {best.figure:.3f} {unit} for {target:g}", warning


def _try(entry: CodecEntry, picture: Picture, rate: Rate) -> _Candidate:
    host = entry.load(rate.threads)
    data = host.encode(picture)
    rate_or_psnr = 8 * len(data) / picture[0].size if rate.target_psnr is None else psnr(picture, host.decode(data))
    return _Candidate(entry.name, data, rate_or_psnr)
