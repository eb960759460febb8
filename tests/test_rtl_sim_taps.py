"""Taps are decoded to arrays; what is not as the stream must be is named."""

from __future__ import annotations

import numpy as np
import pytest

from rtl_sim.taps import Beats, TapError, check_marks, frames, read_beats


def write_tap(path, cycles, marks, words, digits):
    path.write_text("".join(f"{c:08x} {m:x} {w:0{digits}x}\n" for c, m, w in zip(cycles, marks, words, strict=True)))


@pytest.mark.parametrize(
    ("lanes", "width", "signed"), [(1, 8, True), (3, 8, False), (4, 5, True), (2, 27, True), (5, 1, False)]
)
def test_elements_of_every_width_are_found(tmp_path, lanes, width, signed):
    rng = np.random.default_rng(0)
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    elements = rng.integers(low, high + 1, (20, lanes))
    words = [sum((int(v) & ((1 << width) - 1)) << (i * width) for i, v in enumerate(row)) for row in elements]
    write_tap(tmp_path / "x.tap", range(20), [0] * 20, words, -(-lanes * width // 4))
    beats = read_beats(tmp_path / "x.tap", lanes, width, signed)
    assert np.array_equal(beats.elements, elements)
    assert list(beats.cycles) == list(range(20))


def test_frames_follow_each_other(tmp_path):
    values = np.arange(2 * (6 + 4))
    beats = Beats(np.arange(20), np.zeros(20, int), values[:, None])
    first, second = frames("x", beats, 2, [(2, 3), (1, 4)])
    assert first.values.shape == (2, 2, 3)
    assert first.values[1, 0, 2] == 5
    assert second.values[0, 0, 0] == 12
    assert second.cycles[0, 0, 0] == 12
    with pytest.raises(TapError, match="x must have 16 beats, not 20"):
        list(frames("x", beats, 2, [(2, 4)]))


def test_marks_must_stand_at_the_ends():
    marks = np.array([0, 0, 0, 1, 0, 0, 0, 3])
    beats = Beats(np.arange(8), marks, np.zeros((8, 1), int))
    check_marks("x", beats, 2, [(2, 2)])
    with pytest.raises(TapError, match="x has marks 1 with beat 3, cycle 3"):
        check_marks("x", beats, 2, [(1, 4)])


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "x.tap").write_text("00000000 0 1\n00000")
    with pytest.raises(TapError, match="x.tap must have lines of 13 characters"):
        read_beats(tmp_path / "x.tap", 1, 4, False)
