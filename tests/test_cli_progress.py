"""What is shown of long steps: what is done of how much, and how long it took and will take."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from rich.console import Console
from rich.spinner import Spinner

from cli import console
from hls.fold.candidates import Candidates
from hls.synth.stages import NextpnrStages, YosysStages
from rtl_sim.progress import cycles_so_far
from sample_graphs import analysis_graph
from sapm.announcing import Phase


def test_a_step_says_how_far_it_is() -> None:
    step = Phase("RTL simulation of analysis")
    assert list(console._far(step, 3.0)) == ["3 s"]
    step.reach(250_000, 1_000_000, "cycles")
    assert list(console._far(step, 20.0)) == ["250,000 of 1,000,000 cycles", "20 s", "60 s left"]
    step.reach(1_000_000, 1_000_000, "cycles")
    assert list(console._far(step, 80.0)) == ["1,000,000 of 1,000,000 cycles", "80 s"]


def test_a_step_that_went_on_beside_others_tells_its_own_time(capsys: pytest.CaptureFixture[str]) -> None:
    with console.announce("HLS C simulation of synthesis") as step:
        step.seconds = 7.25
    with pytest.raises(ValueError, match="broke"), console.announce("RTL simulation") as step:
        step.reach(7, 9, "cycles")
        raise ValueError("broke")
    printed = capsys.readouterr().out
    assert "HLS C simulation of synthesis: 7.2 s\n" in printed
    assert "RTL simulation ...\n" in printed and "RTL simulation:" not in printed


def test_what_was_done_counts_not_what_was_predicted(capsys: pytest.CaptureFixture[str]) -> None:
    for cycles in (900, 1100):
        with console.announce("RTL simulation") as step:
            step.reach(1000, 1000, "cycles")
            step.end(cycles, "cycles")
        assert f" s, {cycles:,} cycles\n" in capsys.readouterr().out


@pytest.mark.parametrize("note", ["rtl", "synthesis, sapm2.deconvolution.of.a.long.name"])
def test_a_terminal_of_80_columns_shows_it_in_one_line(note: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Console(force_terminal=True, width=80, record=True)
    monkeypatch.setattr(console, "console", shown)
    with console.announce("comparison of every tensor [bold]") as step:
        step.note = note
        step.reach(3, 8, "levels")
        live = console._status(step, time.perf_counter() - 10, console.Spinner("dots"))
        lines = shown.render_lines(live, pad=False)
        (line,) = ["".join(part.text for part in line) for line in lines]
    assert "comparison of every tensor [bold]" in shown.export_text()
    assert re.search(r"3 of 8 levels, \d+ s, \d+ s left$", line), line
    assert line[2:].startswith(f"comparison of every tensor [bold], {note[:5]}"[:38])
    assert len(line) <= 80 and ("…" in line) == (note != "rtl")


def test_a_step_of_several_parts_counts_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    with console.announce("choosing foldings") as step:
        tell = step.teller("foldings")
        for graph, total in (("analysis", 3000), ("synthesis", 1500)):
            for done in (0, 1000, total):
                tell(graph, done, total)
    assert capsys.readouterr().out.endswith("s, 4,500 foldings\n")


def test_cycles_are_read_from_what_a_simulator_has_written_so_far(tmp_path: Path) -> None:
    assert cycles_so_far(tmp_path) == 0
    (tmp_path / "taps").mkdir()
    (tmp_path / "taps" / "first.tap").write_bytes(b"")
    (tmp_path / "taps" / "second.tap").write_bytes(b"00000010 0 ab")
    assert cycles_so_far(tmp_path) == 0
    (tmp_path / "taps" / "second.tap").write_bytes(b"00000010 0 abcd\n00001f00 1 abcd\n000020")
    (tmp_path / "taps" / "third.tap").write_bytes(b"00001e00 1 abcd\n")
    assert cycles_so_far(tmp_path) == 0x1F00
    (tmp_path / "taps" / "third.tap").write_bytes(b"not a tap at all\n")
    assert cycles_so_far(tmp_path) == 0x1F00


YOSYS_LINES = """47. Executing Verilog-2005 frontend: top.sv
52. Executing SYNTH_LATTICE pass.

52.3. Executing HIERARCHY pass (managing design hierarchy).
52.31.2. Executing TECHMAP pass (map to technology primitives).
Using template $lut for cells of type $lut.
52.44.15. Executing AIGMAP pass (map logic to AIG).
Module first: replaced 10 cells with 52 new cells, skipped 17 cells.
Module second: replaced 10 cells with 52 new cells, skipped 17 cells.
52.44.15.3. Executing XAIGER2 backend.
52.44.15.5. Executing ABC9.
Module first: replaced 10 cells with 52 new cells, skipped 17 cells.
52.44.15.9. Executing XAIGER2 backend.
53. Executing FLATTEN pass (flatten design)."""

NEXTPNR_LINES = """Info:     at initial placer iter 2, wirelen = 413
Info:     at iteration #7, type ALL: wirelen solved = 413, spread = 418, legal = 427; time = 0.01s
Info:     at iteration #8, type TRELLIS_COMB: wirelen solved = 413, spread = 418, legal = 427; time = 0.01s
Info:   at iteration #10: temp = 0.000000, timing cost = 1, wirelen = 307
Info: Routing 4000 arcs.
Info:       1000 |       10        989 |   10   989 |      3000|       0.04       0.04|
Info: Routing complete."""


PASSES = """pass 47, Verilog-2005
pass 52, SYNTH_LATTICE
pass 52.3, HIERARCHY
pass 52.31, TECHMAP
pass 52.44, AIGMAP
pass 52.44, XAIGER2, module 1 of 2
pass 52.44, ABC9
pass 52.44, XAIGER2, module 2 of 2
pass 53, FLATTEN"""

ITERATIONS = """placing, iteration 2
placing, iteration 7
placing, iteration 10 of its refinement
routing, 4000 arcs
routing, iteration 1000, 3000 of 4000 arcs left
timing"""


@pytest.mark.parametrize(
    ("stages", "lines", "notes"),
    [(YosysStages, YOSYS_LINES, PASSES), (NextpnrStages, NEXTPNR_LINES, ITERATIONS)],
)
def test_passes_and_iterations_are_heard(stages: type, lines: str, notes: str) -> None:
    told: list[tuple[str, int, int]] = []
    hear = stages(lambda *told_of: told.append(told_of))
    for line in lines.splitlines():
        hear(line)
    assert [note for note, _, _ in told] == notes.splitlines()
    shares = [done for _, done, _ in told]
    assert shares == sorted(shares) and shares[0] < shares[-1] < 100
    assert {total for _, _, total in told} == {100}


def test_foldings_are_counted_as_they_are_looked_at() -> None:
    told: list[tuple[str, int, int]] = []
    graph = analysis_graph()
    candidates = Candidates.of(graph, 16, 16, tell=lambda *told_of: told.append(told_of))
    count = sum(len(entry.foldings) for entry in candidates.nodes.values())
    assert [note for note, _, _ in told] == [*(f"{graph.name}, {node.name}" for node in graph.nodes), graph.name]
    assert told[0][1] == 0 and told[-1][1:] == (count, count)
    assert told == sorted(told, key=lambda told_of: told_of[1])


def test_a_step_without_a_unit_tells_what_is_done_and_the_time_that_is_left() -> None:
    step = Phase("logic synthesis")
    step.teller()("pass 52.3, HIERARCHY", 25, 100)
    assert list(console._far(step, 10.0)) == ["10 s", "30 s left"]
    assert "pass 52.3, HIERARCHY, 10 s" in str(console._status(step, time.perf_counter() - 10, Spinner("dots")).text)
