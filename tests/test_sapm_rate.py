"""The search for a quality: figures that are asked for, how often, and what is taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from host import HostCodec, read_picture
from host.qualities import LAST_POSITION
from sample_host import identity_codec
from sapm.rate import Rate, code, nearest_position


def test_a_search_runs_the_analysis_once(monkeypatch: pytest.MonkeyPatch, photograph: Path) -> None:
    host, runs = identity_codec(), []
    analyse = HostCodec.latents_of
    monkeypatch.setattr(HostCodec, "latents_of", lambda self, picture: runs.append(1) or analyse(self, picture))
    for rate in (Rate.choose(None, 3.0, None), Rate.choose(None, None, 30.0), Rate.choose(20, None, None)):
        code(host, read_picture(photograph), rate)
    assert len(runs) == 3


@pytest.mark.parametrize("target", [-5.0, 0.0, 0.26, 512.0, 700.3, 1999.9, 2048.0, 5000.0])
def test_bisection_of_rising_figures_finds_the_nearest(target: float) -> None:
    asked: list[int] = []

    def figure(position: int) -> float:
        asked.append(position)
        return position**1.5 / 2048**0.5

    position, figures = nearest_position(figure, target)
    every = [p**1.5 / 2048**0.5 for p in range(LAST_POSITION + 1)]
    assert position == min(range(LAST_POSITION + 1), key=lambda p: abs(every[p] - target))
    assert len(asked) == len(set(asked)) <= 16 and set(asked) == figures.keys()


def test_figures_that_do_not_quite_rise_are_looked_at_around_the_result() -> None:
    rng = np.random.default_rng(4)
    figures = np.arange(LAST_POSITION + 1) + rng.normal(0, 3, LAST_POSITION + 1)
    for target in rng.uniform(10, 2000, 50):
        position, _ = nearest_position(lambda p: float(figures[p]), target)
        around = abs(figures[max(0, position - 1) : position + 2] - target)
        assert abs(figures[position] - target) == around.min()
