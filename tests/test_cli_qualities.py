"""One design for every quality: the same simulated hardware codes a picture at three of them, bit for bit."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from cli.bundle import Bundle
from cli.cosimulation import cosimulate
from cli.plan import Plan
from cli.project import generate_project
from conftest import HEIGHT, WIDTH, Sapm
from host import read_picture
from host.qualities import position_of


@pytest.mark.rtl
def test_one_design_codes_every_quality(codec: Path, photograph: Path, tmp_path: Path) -> None:
    picture, host = read_picture(photograph), Bundle.load(codec).host
    project = generate_project(Bundle.load(codec), Plan("zcu102", HEIGHT, WIDTH, fps=1), tmp_path / "project", ["rtl"])
    files = set()
    for quality in (5, 50, 95):
        run = tmp_path / str(quality)
        run.mkdir()
        result = cosimulate(project, picture, run, ["rtl"], lambda _: nullcontext(), position_of(quality))
        assert result.compressed == host.encode(picture, position_of(quality))
        np.testing.assert_array_equal(host.finish(result.pixels, result.size), host.decode(result.compressed))
        files.add(result.compressed)
    assert len(files) == 3


def test_a_quality_that_there_is_not_is_refused_before_any_work(
    sapm: Sapm, tmp_path: Path, photograph: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["cosim", "project", photograph], ["demo", "--image", photograph]):
        assert sapm(*command, "-o", tmp_path / "out", "--quality", 101) == 1
        assert "quality must be between 1 and 100, not 101" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()
