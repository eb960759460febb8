"""Quality, its tables and the quantization of latents, beside real numbers and plain integers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from math import log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.archive import write_arrays
from host.qualities import ANCHORS, LAST_POSITION, interpolated, position_of, quality_at, rate_weight_at
from host.steps import SYMBOL_HIGH, SYMBOL_LOW, LatentSteps, powers, scales
from sample_host import latent_steps

STEPS = latent_steps(5, seed=2)
POSITIONS = st.integers(0, LAST_POSITION)


def test_qualities_lie_between_the_anchors() -> None:
    assert [position_of(quality) for quality in (1, 1.04, 50.5, 100)] == [0, 1, 1024, 2048]
    assert [quality_at(position) for position in (0, 1024, 2048)] == [1, 50.5, 100]
    assert [rate_weight_at(256 * anchor) for anchor in range(ANCHORS)] == pytest.approx([32 * 2**i for i in range(9)])
    for position in range(LAST_POSITION + 1):
        assert position_of(quality_at(position)) == position


@pytest.mark.parametrize("quality", [0.99, 100.01, -5, float("nan"), float("inf")])
def test_other_qualities_are_refused(quality: float) -> None:
    with pytest.raises(ValueError, match=f"quality must be between 1 and 100, not {quality:g}"):
        position_of(quality)


@pytest.mark.parametrize("position", [-1, 2049])
def test_other_positions_are_refused(position: int) -> None:
    for take in (
        lambda: interpolated(STEPS.steps, position),
        lambda: STEPS.quantize(np.zeros((5, 1, 1), np.int64), position),
    ):
        with pytest.raises(ValueError, match=f"must be between 0 and 2048, not {position}"):
            take()


@given(POSITIONS)
def test_interpolation_is_that_of_real_numbers_rounded(position: int) -> None:
    table = np.random.default_rng(1).integers(-3000, 3000, (ANCHORS, 7)).astype(np.int16)
    expected = [np.interp(position / 256, np.arange(ANCHORS), column) for column in table.T.astype(float)]
    np.testing.assert_array_equal(interpolated(table, position), np.floor(np.array(expected) + 0.5))


def test_powers_are_those_of_the_specification() -> None:
    assert powers().shape == (256,)
    assert np.abs(powers() - 2.0 ** (16 + np.arange(256) / 256)).max() < 0.5 + 1e-9
    assert hashlib.sha256(powers().astype("<i4").tobytes()).hexdigest() == POWERS


POWERS = "08c41f6bb025e323747921b814dd593b9d102155c883224f9bedb4c1db4c0315"


def test_scales_are_powers_in_sixty_fourths() -> None:
    logs = np.arange(11 * 256)
    found = scales(logs)
    assert (found[0], found[256], found[-1]) == (64, 128, round(64 * 2 ** (2815 / 256)))
    assert np.abs(found - 64 * 2 ** (logs / 256)).max() < 1.0
    assert (np.diff(found) >= 0).all()


def plain_quantize(latent: int, step: int, dead_zone: int) -> int:
    """By the words of docs/bitstream.md."""
    size = (64 * abs(latent) + step // 2 - step * dead_zone // 256) // step
    return max(-1024, min(1023, size if latent > 0 else -size))


def plain_restore(symbol: int, factor: int) -> int:
    size = (abs(symbol) * factor + 32) // 64
    return max(-2048, min(2047, size if symbol > 0 else -size))


@given(POSITIONS, st.integers(0, 10**6))
def test_symbols_and_latents_by_plain_integers(position: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    latents, symbols = rng.integers(-2048, 2048, (5, 3, 4)), rng.integers(SYMBOL_LOW, SYMBOL_HIGH + 1, (5, 3, 4))
    found, restored = STEPS.quantize(latents, position), STEPS.restore(symbols, position, -2048, 2047)
    step, factor = (scales(interpolated(table, position)) for table in (STEPS.steps, STEPS.restored))
    dead = interpolated(STEPS.dead_zones, position)
    for place in np.ndindex(latents.shape):
        channel = place[0]
        assert found[place] == plain_quantize(int(latents[place]), int(step[channel]), int(dead[channel]))
        assert restored[place] == plain_restore(int(symbols[place]), int(factor[channel]))


@given(POSITIONS)
def test_a_latent_comes_back_to_within_its_half_step(position: int) -> None:
    latents = np.tile(np.arange(-2048, 2048), (5, 1, 1))
    exact = LatentSteps(STEPS.steps, STEPS.steps, np.zeros_like(STEPS.steps))
    back = exact.restore(exact.quantize(latents, position), position, -2048, 2047)
    half = scales(interpolated(STEPS.steps, position)) / 128
    assert (np.abs(back - latents) <= half[:, None, None] + 0.5).all()


def test_the_finest_steps_reach_the_ends_of_the_grid() -> None:
    finest = LatentSteps.from_logs(np.full((9, 1), -9.0), np.full((9, 1), 1.0), 0)
    assert finest.steps.max() == 256  # two of the grid
    ends = np.array([-2048, -2047, 0, 2046, 2047])[None, None]
    symbols = finest.quantize(ends, 0)
    np.testing.assert_array_equal(symbols[0, 0], [-1024, -1024, 0, 1023, 1023])
    assert finest.restore(symbols, 0, -2048, 2047)[0, 0].tolist() == [-2048, -2048, 0, 2046, 2046]


def test_dead_zones_make_more_zeros_only() -> None:
    none = LatentSteps(STEPS.steps, STEPS.restored, np.zeros_like(STEPS.steps))
    wide = LatentSteps(STEPS.steps, STEPS.restored, np.full_like(STEPS.steps, 128))
    latents = np.tile(np.arange(-2048, 2048), (5, 1, 1))
    for position in (0, 700, 2048):
        loose, tight = none.quantize(latents, position), wide.quantize(latents, position)
        assert (np.abs(tight) <= np.abs(loose)).all() and (np.abs(loose - tight) <= 1).all()
        steps = scales(interpolated(STEPS.steps, position))[:, None, None]
        np.testing.assert_array_equal(np.abs(tight), np.minimum(np.abs(latents) * 64 // steps, 1024 - (latents > 0)))


def test_float_tables_become_integers_of_the_grid() -> None:
    logs = np.linspace(1.5, -1.75, 9)[:, None].repeat(2, 1)
    made = LatentSteps.from_logs(logs, logs - 0.125, 4, 0.04)
    np.testing.assert_array_equal(made.steps, np.rint((logs + 4) * 256))
    np.testing.assert_array_equal(made.steps - made.restored, 32)
    assert (made.dead_zones == 10).all()
    assert scales(made.steps.astype(np.int64))[0, 0] == pytest.approx(64 * 2**5.5, abs=1)
    assert log2(scales(made.restored.astype(np.int64))[8, 0] / 64) == pytest.approx(4 - 1.75 - 0.125, abs=0.01)


def test_file_and_digest(tmp_path: Path) -> None:
    STEPS.save(tmp_path / "steps.npz")
    back = LatentSteps.load(tmp_path / "steps.npz")
    assert back.digest() == STEPS.digest()
    np.testing.assert_array_equal(back.dead_zones, STEPS.dead_zones, strict=True)
    for name in ("steps", "restored", "dead_zones"):
        other = getattr(STEPS, name).copy()
        other[3, 2] += 1 if name != "restored" else -1
        assert replace(STEPS, **{name: other}).digest() != STEPS.digest()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"steps": np.full((9, 5), 255, "<i2")}, r"steps must lie in \[256, 2815\], not \[255, 255\]"),
        ({"restored": np.full((9, 5), 2816, "<i2")}, r"restored must lie in \[0, 2815\], not \[2816, 2816\]"),
        ({"dead_zones": np.full((9, 5), 129, "<i2")}, r"dead_zones must lie in \[0, 128\]"),
        ({"restored": np.full((9, 4), 500, "<i2")}, r"restored must have 9 rows of one number a channel, not \(9, 4\)"),
        ({"steps": np.full((8, 5), 500, "<i2")}, r"steps must have 9 rows of one number a channel, not \(8, 5\)"),
        ({"steps": np.full((9, 0), 500, "<i2")}, "steps must have 9 rows of one number"),
        ({"steps": np.full((9, 5), 500, "<i4")}, "steps must be of type <i2, not <i4"),
        ({"steps": np.array(500, "<i2")}, "steps must have 9 rows"),
        ({"more": np.zeros(3, "<i2")}, "must have no array 'more'"),
        (
            {"format": np.frombuffer(b"sapm steps 2", "u1")},
            "must be a file of format 'sapm steps 1', not b'sapm steps 2'",
        ),
    ],
)
def test_other_tables_are_refused(changed: dict[str, np.ndarray], said: str, tmp_path: Path) -> None:
    arrays = {name: getattr(STEPS, name) for name in ("steps", "restored", "dead_zones")}
    write_arrays(tmp_path / "steps.npz", {**arrays, "format": np.frombuffer(b"sapm steps 1", "u1"), **changed})
    with pytest.raises(ValueError, match=f"steps.npz: {said}"):
        LatentSteps.load(tmp_path / "steps.npz")


def test_no_archive(tmp_path: Path) -> None:
    for data in (b"", b"no archive"):
        (tmp_path / "steps.npz").write_bytes(data)
        with pytest.raises(ValueError, match="steps.npz: is not an archive of arrays"):
            LatentSteps.load(tmp_path / "steps.npz")
    with pytest.raises(ValueError, match="missing.npz: No such file"):
        LatentSteps.load(tmp_path / "missing.npz")


def test_other_channels_are_refused() -> None:
    with pytest.raises(ValueError, match=r"latents must have 5 channels, not the shape \(6, 1, 1\)"):
        STEPS.quantize(np.zeros((6, 1, 1), np.int64), 0)
    with pytest.raises(ValueError, match=r"latents must have 5 channels, not the shape \(4, 1, 1\)"):
        STEPS.restore(np.zeros((4, 1, 1), np.int64), 0, -2048, 2047)
