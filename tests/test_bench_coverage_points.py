"""Coverage of RTL: what is read of Verilator's files, merged over instances, and what counts as unreachable."""

from __future__ import annotations

from pathlib import Path

from bench.parts.coverage_points import CoveragePoint, Share, Unreachable, merged, shares

ENTRY = (
    "C '\x01f\x02/lib/{file}.sv\x01l\x02{line}\x01n\x025\x01t\x02{kind}\x01page\x02v_{kind}/{file}"
    "\x01o\x02{what}\x01h\x02{at}' {count}\n"
)


def entry(file: str, line: int, kind: str, what: str, at: str, count: int) -> str:
    return ENTRY.format(file=file, line=line, kind=kind, what=what, at=at, count=count)


def test_counts_are_merged_over_instances_bits_and_runs(tmp_path: Path) -> None:
    first = [entry("sum", 2, "toggle", "a[0]:0->1", "top.x", 0), entry("sum", 2, "toggle", "a[1]:0->1", "top.y", 3)]
    (tmp_path / "first.dat").write_text(
        "# SystemC::Coverage-3\n" + "".join(first) + entry("sum", 3, "branch", "if", "t", 0)
    )
    (tmp_path / "second.dat").write_text(
        entry("sum", 3, "branch", "if", "t", 2) + entry("sum", 3, "user", "full", "t", 0)
    )
    counts = merged([tmp_path / "first.dat", tmp_path / "second.dat"])
    assert counts == {
        CoveragePoint("sum", 2, "toggle", "a[]:0->1"): 3,
        CoveragePoint("sum", 3, "line", "if"): 2,
        CoveragePoint("sum", 3, "user", "full"): 0,
    }


def test_shares_leave_out_what_is_known_to_be_unreachable(tmp_path: Path) -> None:
    (tmp_path / "sum.sv").write_text("module sum;\n  logic a;\n  if (b) c;\nendmodule\n")
    (tmp_path / "counts.dat").write_text(
        entry("sum", 2, "toggle", "a:0->1", "t", 1)
        + entry("sum", 2, "toggle", "a:1->0", "t", 0)
        + entry("sum", 3, "branch", "else", "t", 0)
        + entry("other", 1, "line", "block", "t", 0)
    )
    counts, sources = merged([tmp_path / "counts.dat"]), {"sum": tmp_path / "sum.sv"}
    assert shares(counts, sources, []) == {("sum", "toggle"): Share(1, 2), ("sum", "line"): Share(0, 1)}
    known = [Unreachable("sum", r"if \(b\).*else", "b is constant")]
    assert shares(counts, sources, known) == {("sum", "toggle"): Share(1, 2)}
    assert Share(1, 2).percent == 50
