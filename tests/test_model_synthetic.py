"""Drawn training pictures: of every kind and size, varied, pure colours among them, functions of seed and number."""

from __future__ import annotations

import numpy as np
import pytest

from model.calibration import CALIBRATION_PICTURES, calibration_batch
from model.synthetic import KINDS, calibration_pictures, synthetic_crop, synthetic_pictures
from model.synthetic.colours import CORNERS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", [16, 17, 100, 400])
def test_every_kind_at_every_size(kind: str, side: int) -> None:
    for seed in range(12):
        picture = KINDS[kind][1](side, np.random.default_rng(seed))
        assert picture.shape == (side, side, 3) and picture.dtype == np.uint8
        np.testing.assert_array_equal(picture, KINDS[kind][1](side, np.random.default_rng(seed)))


def test_pictures_depend_on_seed_and_number_alone() -> None:
    pictures = synthetic_pictures(40, 32, seed=5)
    assert pictures.shape == (40, 3, 32, 32) and pictures.dtype == np.uint8
    np.testing.assert_array_equal(synthetic_pictures(7, 32, seed=5, start=30), pictures[30:37])
    assert len({picture.tobytes() for picture in synthetic_pictures(200, 32, seed=6)}) > 150
    assert (synthetic_pictures(40, 32, seed=6) != pictures).any()
    assert synthetic_pictures(0, 32).shape == (0, 3, 32, 32)


def test_all_pure_colours_come_as_flat_pictures() -> None:
    pictures = synthetic_pictures(600, 16)
    flat = {tuple(picture[:, 0, 0].tolist()) for picture in pictures if np.ptp(picture, (1, 2)).max() == 0}
    assert set(CORNERS) <= flat


def test_one_pixel_edges_come() -> None:
    steps = np.abs(np.diff(synthetic_pictures(300, 32).astype(int), axis=3)).max(1)
    assert ((steps[:, :, :-1] > 100) & (steps[:, :, 1:] > 100)).any((1, 2)).mean() > 0.2


def test_a_side_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="side must be at least 16, not 15"):
        synthetic_crop(15, np.random.default_rng(0))


def test_calibration_sees_pure_colours_and_the_sharpest_edges() -> None:
    grey = [np.full((256, 256, 3), level, dtype=np.uint8) for level in range(30)]
    batch = calibration_batch(grey)
    drawn = batch[np.ptp(batch, (1, 2, 3)) > 0]
    assert len(drawn) == CALIBRATION_PICTURES // 8 and len(batch) <= CALIBRATION_PICTURES
    np.testing.assert_array_equal(drawn, calibration_pictures(3, 256))
    for colour in CORNERS:  # each on an area that fills all kernels
        is_it = (drawn[0] == np.reshape(colour, (3, 1, 1))).all(0)
        assert is_it.sum() == 64 * 128
    assert (np.abs(np.diff(drawn[1].astype(int), axis=2)) == 255).mean() > 0.2
    assert np.ptp(drawn[2]) > 0
