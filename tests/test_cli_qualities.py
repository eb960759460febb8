"""One design for every quality: the same simulated hardware codes a picture at three of them, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cli.bundle import Bundle
from cli.plan import Plan
from cli.project import generate_project
from conftest import HEIGHT, WIDTH, Sapm
from host import PictureSize, read_picture
from host.qualities import position_of
from ops import IntegerArray
from rtl_sim.transform import RtlSimulation


@pytest.mark.rtl
def test_one_design_codes_every_quality(codec: Path, photograph: Path, tmp_path: Path) -> None:
    picture, bundle = read_picture(photograph), Bundle.load(codec)
    plan = Plan("ecp5-85", HEIGHT, WIDTH, fps=1500.0)
    host, project = bundle.host, generate_project(bundle, plan, tmp_path / "project", ["rtl"])
    size, positions = PictureSize(HEIGHT, WIDTH), [position_of(quality) for quality in (5, 50, 95)]

    def run(transform: str, maps: list[IntegerArray]) -> list[IntegerArray]:
        return RtlSimulation(project.rtl(transform), tmp_path / transform).simulate(maps, taps=False).outputs

    (latents,) = run("analysis", [host.pixels_of(picture)])
    files = [host.pack(latents, size, position) for position in positions]
    assert files == [host.encode(picture, position) for position in positions]
    assert len(set(files)) == len(positions)
    for data, pixels in zip(files, run("synthesis", [host.unpack(data)[0] for data in files]), strict=True):
        np.testing.assert_array_equal(host.finish(pixels, size), host.decode(data))


def test_a_quality_that_there_is_not_is_refused_before_any_work(
    sapm: Sapm, tmp_path: Path, photograph: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["cosim", "project", photograph], ["demo", "--image", photograph]):
        assert sapm(*command, "-o", tmp_path / "out", "--quality", 101) == 1
        assert "quality must be between 1 and 100, not 101" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()
