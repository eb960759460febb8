"""Quantization of the latents by quality: integers of the analysis to the symbols that are coded, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from host.archive import Arrays, array_of, digest_of, read_arrays, write_arrays
from host.qualities import ANCHORS, interpolated
from ops import AnyIntegers, IntegerArray, check_integers

SYMBOL_LOW, SYMBOL_HIGH = -1024, 1023
"""What a symbol may be."""

LOG_BITS = 8
"""Fractional bits of the logarithms of steps."""

SCALE_BITS = 6
"""Fractional bits of a step, in units of the latents' grid."""

POWER_BITS = 16
"""Fractional bits of the table of powers of two."""

WHOLE = 1 << LOG_BITS
"""Of a dead zone: a step."""

STEP_LOGS = WHOLE, 11 * WHOLE - 1
"""Least and largest logarithm: a step of two of the grid at least, or symbols would not reach as far as the grid."""

RESTORED_LOGS = 0, 11 * WHOLE - 1
DEAD_ZONES = 0, WHOLE // 2

GAIN_LOGS = TARGET_LOGS = -64 * WHOLE, 64 * WHOLE

FORMAT = b"sapm steps 1"
TABLES = {"steps": STEP_LOGS, "restored": RESTORED_LOGS, "dead_zones": DEAD_ZONES}
"""Arrays of the file, and what their values must lie between."""

GUIDES = {"gains": GAIN_LOGS, "targets": TARGET_LOGS}
"""Those that a file may lack, both of them: they guide encoders that do more than round, and change no file."""

Table = npt.NDArray[np.int16]


@lru_cache(maxsize=1)
def powers() -> IntegerArray:
    """2^(i / 256) for i = 0 .. 255 in units of 2^-16, to the nearest, by integer arithmetic alone."""
    fine = 128
    root = 2 << fine
    for _ in range(LOG_BITS):
        root = isqrt(root << fine)
    power, table = 1 << fine, []
    for _ in range(WHOLE):
        table.append((power + (1 << (fine - POWER_BITS - 1))) >> (fine - POWER_BITS))
        power = (power * root) >> fine
    return np.array(table, np.int64)


def scales(logs: IntegerArray) -> IntegerArray:
    """2^(log / 256) for logarithms from 0 to 2815, in units of 1/64, rounded."""
    shift = POWER_BITS - SCALE_BITS
    return ((powers()[logs & (WHOLE - 1)] << (logs >> LOG_BITS)) + (1 << (shift - 1))) >> shift


@dataclass(frozen=True, eq=False)
class LatentSteps:
    """Tables [9, M] of one codec, a row for each anchor of the qualities (host/qualities.py).

    `steps` and `restored` are logarithms to base 2, in units of 1/256, of what latents are divided by and symbols
    multiplied by, in units of the latents' grid. `dead_zones` say how much later than at half a step a latent is
    rounded up, in 1/256 of a step; no decoder needs them, nor `steps`.

    `gains` and `targets`, where they were measured, are logarithms like `steps`: of what the square of an error of one
    unit of the grid in a latent adds to the squared error of all samples in [0, 1], and of how many times a latent of
    the analysis the synthesis would like to get, if it could get every number. Raises ValueError for what is out of
    range.
    """

    steps: Table
    restored: Table
    dead_zones: Table
    gains: Table | None = None
    targets: Table | None = None

    def __post_init__(self) -> None:
        if (self.gains is None) != (self.targets is None):
            raise ValueError("there must be both gains and targets, or none of them")
        for name, (low, high) in (TABLES | (GUIDES if self.is_guided else {})).items():
            table = getattr(self, name)
            if table.ndim != 2 or table.shape != (ANCHORS, self.steps.shape[1]) or not table.size:
                raise ValueError(f"{name} must have {ANCHORS} rows of one number a channel, not {table.shape}")
            if table.min() < low or table.max() > high:
                raise ValueError(f"{name} must lie in [{low}, {high}], not [{table.min()}, {table.max()}]")

    @classmethod
    def from_logs(
        cls,
        steps: npt.NDArray[np.floating[Any]],
        restored: npt.NDArray[np.floating[Any]],
        frac: int,
        dead_zones: npt.ArrayLike = 0.0,
    ) -> LatentSteps:
        """The integers of a float codec's tables [9, M], logarithms to base 2 of steps, for a grid of 2^-frac.

        `dead_zones` are shares of a step, of any shape that becomes [9, M]. What is out of range is clipped.
        """
        shares = np.broadcast_to(np.asarray(dead_zones, np.float64), np.shape(steps))
        logs = {"steps": steps + frac, "restored": restored + frac, "dead_zones": shares}
        rounded = (np.rint(logs[name] * WHOLE).clip(low, high).astype(np.int16) for name, (low, high) in TABLES.items())
        return cls(*rounded)

    @property
    def latent_channels(self) -> int:
        """M."""
        return int(self.steps.shape[1])

    @property
    def is_guided(self) -> bool:
        """Whether gains and targets are known."""
        return self.gains is not None

    def guides(self, position: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Gains and targets [M] at the position of a quality, as they are. Raises ValueError where there are none."""
        if self.gains is None or self.targets is None:
            raise ValueError("the codec must have gains and targets for an effort above 0 (sapm guides)")
        gains, targets = (np.exp2(interpolated(table, position) / WHOLE) for table in (self.gains, self.targets))
        return gains, targets

    def quantize(self, latents: AnyIntegers, position: int) -> IntegerArray:
        """The symbols of latents (M, height, width) at the position of a quality, rounded with the dead zones."""
        self._check(latents)
        steps = scales(interpolated(self.steps, position))
        thresholds = (steps >> 1) - ((steps * interpolated(self.dead_zones, position)) >> LOG_BITS)
        symbols = np.empty(latents.shape, np.int64)
        for channel, (step, threshold) in enumerate(zip(steps.tolist(), thresholds.tolist(), strict=True)):
            plane = latents[channel].astype(np.int64)
            sizes = ((np.abs(plane) << SCALE_BITS) + threshold) // step
            np.clip(np.sign(plane) * sizes, SYMBOL_LOW, SYMBOL_HIGH, out=symbols[channel])
        return symbols

    def restore(self, symbols: AnyIntegers, position: int, low: int, high: int) -> IntegerArray:
        """What the synthesis gets for symbols (M, height, width): latents on their grid, from `low` to `high`."""
        self._check(symbols)
        latents = np.empty(symbols.shape, np.int64)
        for channel, factor in enumerate(scales(interpolated(self.restored, position)).tolist()):
            plane = symbols[channel].astype(np.int64)
            sizes = (np.abs(plane) * factor + (1 << (SCALE_BITS - 1))) >> SCALE_BITS
            np.clip(np.sign(plane) * sizes, low, high, out=latents[channel])
        return latents

    def _check(self, latents: AnyIntegers) -> None:
        check_integers("latents", latents)
        if latents.ndim != 3 or latents.shape[0] != self.latent_channels:
            raise ValueError(f"latents must have {self.latent_channels} channels, not the shape {latents.shape}")

    def _arrays(self, names: Iterable[str]) -> Arrays:
        tables: Arrays = {name: getattr(self, name).astype("<i2") for name in names}
        return {**tables, "format": np.frombuffer(FORMAT, np.uint8)}

    def digest(self) -> bytes:
        """SHA-256 of the tables, gains and targets left out."""
        return digest_of(self._arrays(TABLES))

    def guides_digest(self) -> str:
        """SHA-256 of gains and targets, which higher efforts depend on; "" where there are none."""
        return digest_of(self._arrays(GUIDES)).hex() if self.is_guided else ""

    def save(self, path: Path) -> None:
        """Write the tables. Raises OSError."""
        write_arrays(path, self._arrays(TABLES | (GUIDES if self.is_guided else {})))

    @classmethod
    def load(cls, path: Path) -> LatentSteps:
        """Read tables. Raises ValueError, with one line, for what are none."""
        try:
            arrays = read_arrays(path)
            if (found := array_of(arrays, "format", "u1").tobytes()) != FORMAT:
                raise ValueError(f"must be a file of format {FORMAT.decode()!r}, not {found!r}")
            if others := sorted(arrays.keys() - TABLES.keys() - GUIDES.keys() - {"format"}):
                raise ValueError(f"must have no array {others[0]!r}")
            names = [*TABLES, *(GUIDES if GUIDES.keys() & arrays.keys() else ())]
            return cls(*(array_of(arrays, name, "<i2") for name in names))
        except OSError as error:
            raise ValueError(f"{path}: {error.strerror}") from error
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
