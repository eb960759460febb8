"""`sapm generate` for a target and a rate: its table and report, foldings by hand, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import HEIGHT, WIDTH, Sapm
from ops import Folding
from sapm.bundle import Bundle
from sapm.plan import ImpossiblePlan, Plan, design_networks, read_foldings

SIZE = f"{WIDTH}x{HEIGHT}"


def test_the_report_says_what_a_project_takes(
    sapm: Sapm, codec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = tmp_path / "project", tmp_path / "foldings.json"
    file.write_text(json.dumps({"analysis": {"first": [4, 3]}}))
    rate = ("--target", "zcu104", "--size", SIZE, "--fps", 2000, "--clock", 150, "--folding", file)
    assert sapm("generate", codec, "-o", folder, *rate, "--back-end", "rtl") == 0
    printed = capsys.readouterr().out
    assert f"{SIZE} is padded to 64x48, multiples of 16" in printed
    report = json.loads((folder / "report.json").read_text())
    text = (folder / "report.md").read_text()
    assert list(report) == ["analysis", "synthesis"]
    for transform, fields in report.items():
        assert fields["fps"] >= 2000 and fields["clock_mhz"] == 150
        *nodes, streams, whole = fields["rows"]
        assert whole["lut"] == pytest.approx(sum(row["lut"] for row in [*nodes, streams]), abs=len(nodes))
        slowest = max(nodes, key=lambda row: row["cycles"])
        assert (slowest["name"], slowest["utilization"]) == (fields["bottleneck"], 1)
        assert fields["shares"]["LUT"] == pytest.approx(whole["lut"] / 230_400, rel=0.01)
        assert f"{transform}: {fields['fps']:,.0f} inputs of" in text
        assert all(f"| {row['name']} |" in text for row in fields["rows"])
    first = {"pe": 4, "simd": 3, "rows": 1, "interleave": 1, "lanes": 12}
    assert report["analysis"]["rows"][0] | first == report["analysis"]["rows"][0]
    foldings = json.loads((folder / "project.json").read_text())["graphs"]["analysis"]["foldings"]
    assert foldings["first"] == [4, 3, 1, 1]


def test_foldings_by_hand_have_two_to_four_numbers(tmp_path: Path) -> None:
    file = tmp_path / "foldings.json"
    file.write_text(json.dumps({"analysis": {"first": [8, 3, 9], "gdn1.norm": [4, 2], "sapm1.shift": [4, 2, 1, 8]}}))
    foldings = {"first": Folding(8, 3, 9), "gdn1.norm": Folding(4, 2), "sapm1.shift": Folding(4, 2, 1, 8)}
    assert read_foldings(file) == {"analysis": foldings}


def test_an_impossible_target_is_refused_with_what_would_fit(
    sapm: Sapm, codec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "project"
    plan = Plan("pynq-z2", HEIGHT, WIDTH, fps=50_000.0)
    assert sapm("generate", codec, "-o", folder, "--target", plan.target, "--size", SIZE, "--fps", plan.fps) == 1
    assert not folder.exists()
    printed = capsys.readouterr()
    with pytest.raises(ImpossiblePlan) as caught:
        design_networks(Bundle.load(codec), plan)
    for transform, design in caught.value.designs.items():
        assert design.fits and design.fps < 50_000
        assert f"pynq-z2 cannot take {transform} at" in printed.err
        assert f"the best that fits is {design.fps:.1f} pictures per second" in printed.err
        assert f"{transform}: {design.fps:,.0f} inputs of" in " ".join(printed.out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--target", "zx81"),
            "target must be one of zcu102, zcu104, kv260, pynq-z2, vcu118, ecp5-85, ecp5-45, not 'zx81'",
        ),
        (("--size", "0x48"), "size must be WIDTHxHEIGHT in pixels, e.g. 768x512, not '0x48'"),
        (("--size", "wide"), "size must be WIDTHxHEIGHT in pixels, e.g. 768x512, not 'wide'"),
        (("--fps", 0), "pictures per second must be positive, not 0.0"),
        (("--fps", "nan"), "pictures per second must be positive, not nan"),
        (("--clock", -100), "clock in MHz must be positive, not -100.0"),
    ],
)
def test_wrong_use_is_named(
    arguments: tuple[object, ...],
    message: str,
    sapm: Sapm,
    codec: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert sapm("generate", codec, "-o", tmp_path / "project", *arguments) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "project").exists()


def test_a_rate_that_is_no_number_is_wrong_usage(sapm: Sapm, codec: Path, tmp_path: Path) -> None:
    assert sapm("generate", codec, "-o", tmp_path / "project", "--fps", "fast") == 2


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ("{", "must be a JSON file with foldings"),
        ('{"both": {}}', "transform must be one of analysis, synthesis, not 'both'"),
        ('{"analysis": {"first": 4}}', "analysis: first: a folding must be [PE, SIMD], [PE, SIMD, ROWS] or [PE, SI"),
        ('{"analysis": {"first": [5, 3]}}', "analysis: first: pe must be one of 1, 2, 4 and simd one of 1, 3"),
        ('{"analysis": {"first": [8, 3, 2]}}', "simd one of 1, 3, rows one of 1, 3, 9, not 8, 3 and 2"),
        (
            '{"analysis": {"first": [8, 3, 9, 3]}}',
            "1, 3, 9, interleave one of 1, 2, 4, 8, not 8, 3, 9 and 3",
        ),
        ('{"synthesis": {"pixels": [1, 3]}}', "synthesis: pixels: pe and simd must be equal and one of 1, 3"),
        ('{"analysis": {"second": [1, 1]}}', "analysis: a folding must be given for one of first, "),
    ],
)
def test_foldings_that_are_not_allowed(
    contents: str, message: str, sapm: Sapm, codec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "foldings.json"
    file.write_text(contents)
    assert sapm("generate", codec, "-o", tmp_path / "project", "--size", SIZE, "--folding", file) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "project").exists()
