"""Modules that pass a stream on and let its ready come from a flip-flop, under stalls of both sides; faults show."""

from __future__ import annotations

from pathlib import Path

import pytest

from hls.rtl.library import library, modules_used
from rtl_sim.runners import BuildOptions, SimulatorError
from rtl_sim.simulator import ONE_FILE, build, run

pytestmark = pytest.mark.rtl

BENCH = "rtl_sim.stream_bench"

PARAMETERS = {
    "stream_slice": [{"Width": 12}],
    "stream_fifo": [{"Width": 12, "Depth": 2}, {"Width": 12, "Depth": 5}],
}
CASES = [(module, values) for module, cases in PARAMETERS.items() for values in cases]

FAULTS = {
    "spare beat forgotten": ("stream_slice", "in_valid_i || !ready_q", "in_valid_i"),
    "spare beat overwritten": ("stream_slice", "if (ready_q) spare_q", "if (1'b1) spare_q"),
    "ready combinational": ("stream_slice", "= ready_q;", "= ready_q | out_ready_i;"),
    "never full": ("stream_fifo", "count_q != CountWidth'(Depth - 1)", "1'b1"),
    "place to read not reset": ("stream_fifo", "      read_q  <= '0;\n", ""),
    "never empty again": ("stream_fifo", "count_q != CountWidth'(1)", "1'b1"),
}


def exercise(module: str, parameters: dict[str, int], folder: Path, text: str | None = None) -> None:
    """Runs the bench on a module of the library, or on `text` in its place."""
    paths = library()
    source = folder / f"{module}.sv"
    source.write_text(text or paths[module].read_text())
    others = [paths[name] for name in modules_used(source.read_text(), paths) if name != module]
    options = BuildOptions(optimization="-O0", verilator_arguments=ONE_FILE, random_start=True)
    run(build([*others, source], module, folder / "build", parameters=parameters, options=options), BENCH, folder)


@pytest.mark.parametrize(("module", "parameters"), CASES, ids=str)
def test_streams_pass(module: str, parameters: dict[str, int], tmp_path: Path) -> None:
    exercise(module, parameters, tmp_path)


@pytest.mark.parametrize("label", FAULTS)
def test_faults_show(label: str, tmp_path: Path) -> None:
    module, text, instead = FAULTS[label]
    source = library()[module].read_text()
    assert source.count(text) == 1
    with pytest.raises(SimulatorError, match="failed"):
        exercise(module, PARAMETERS[module][-1], tmp_path, source.replace(text, instead))
