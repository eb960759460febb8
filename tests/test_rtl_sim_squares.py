"""A shortcut of 2x2 squares beside a pair of 5x5 windows that share a buffer, and latents wider than a byte, in RTL."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hls.dataflow.fifo import fifo_depths
from hls.dataflow.prediction import predict
from hls.fold.folding import fold
from ops import Fixed, Folding, GraphBuilder, Requant, TensorType
from recordings.recording import load_recording, save_recording
from rtl_sim.stimulus import write_stimulus
from rtl_sim.transform import Stalls
from sample_graphs import analysis_graph, sapm_graph, synthesis_graph
from test_rtl_sim_transform import TransformBench, make_bench

pytestmark = pytest.mark.rtl

STALLS = [Stalls(), Stalls(200, 0, 2), Stalls(0, 230, 3), Stalls(120, 120, 4)]
SIZES = ((16, 16), (2, 2), (6, 10), (4, 16))

FOLDINGS = {
    "one by one": (Folding(3, 2), Folding(2, 2), Folding(1, 1)),
    "whole windows": (Folding(6, 4, 5, 2), Folding(4, 4, 5, 2), Folding(6, 4, 2)),
    "interleave": (Folding(3, 4, 1, 4), Folding(2, 4, 1, 4), Folding(3, 2, 1, 4)),
}
"""Of the shift branch, the adder branch and the shortcut."""


@pytest.fixture(scope="module", params=FOLDINGS)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TransformBench:
    graph = sapm_graph(up=False, squares=True)
    given = dict(zip(("sapm.shift", "sapm.adder", "sapm.shortcut"), FOLDINGS[request.param], strict=True))
    return make_bench(graph, fold(graph, 16, 16, given=given), tmp_path_factory.mktemp("squares"), SIZES)


@pytest.mark.parametrize("stalls", STALLS, ids=str)
def test_branches_of_different_reach_meet(bench: TransformBench, stalls: Stalls) -> None:
    shared, *others = bench.simulation.project.design["windows"]
    assert shared == {"tensor": "x", "nodes": ["sapm.shift", "sapm.adder"]}
    assert all(len(window["nodes"]) == 1 for window in others)
    bench.check(bench.simulation.play(bench.stimulus(stalls.seed), stalls=stalls), stalls.seed)


def test_fifos_hold_nothing_up(bench: TransformBench) -> None:
    """Predicted cycles take FIFOs for deep enough; results of squares wait for rows that 5x5 windows still need."""
    assert fifo_depths(bench.folded)["sapm.sum", 1] > 1
    (cycles,) = bench.simulation.simulate([bench.pictures()[0]], taps=False).cycles
    predicted = predict(bench.folded, 16, 16).total
    assert 0.95 * predicted < cycles < 1.02 * predicted  # interleaved windows end earlier in so small a picture


TRANSFORMS = {
    "analysis": (analysis_graph(squares=True, bits=12), (48, 48), ((48, 32), (16, 16), (32, 48))),
    "synthesis": (synthesis_graph(grid=Fixed(12, 0)), (3, 4), ((3, 4), (1, 1), (2, 3))),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_with_latents_of_twelve_bits(name: str, tmp_path: Path) -> None:
    graph, largest, sizes = TRANSFORMS[name]
    bench = make_bench(graph, fold(graph, *largest), tmp_path, sizes)
    latents = bench.simulation.project.design["output" if name == "analysis" else "input"]
    assert (latents["width"], latents["data_width"], latents["signed"]) == (12, 16, True)
    result = bench.simulation.play(bench.stimulus())
    bench.check(result)
    save_recording(tmp_path / "recording.npz", result.tensors(0))
    recorded = load_recording(tmp_path / "recording.npz", latents["tensor"])[latents["tensor"]].values
    np.testing.assert_array_equal(recorded, dict(graph.evaluate(bench.pictures()[0]))[latents["tensor"]])
    bench.check(bench.simulation.play(bench.stimulus(4), stalls=Stalls(120, 120, 4), protocol=True), 4)


@pytest.mark.parametrize(("width", "signed"), [(9, True), (12, False), (16, True)])
def test_values_of_every_width_pass_the_ports(width: int, signed: bool, tmp_path: Path) -> None:
    builder = GraphBuilder("passing", "x", TensorType.of_format(2, Fixed(width, 0, signed)))
    graph = builder.build(builder.add("y", Requant(0, width, int(signed)), "x"))
    bench = make_bench(graph, fold(graph, 4, 4), tmp_path, ((4, 4),))
    kind = graph.input_type
    (x,) = bench.pictures()
    x[:, 0, :2] = [[kind.low, kind.high], [kind.high, kind.low]]
    for protocol in (False, True):
        stimulus = write_stimulus(bench.simulation.project.design, [x])
        result = bench.simulation.play(stimulus, stalls=Stalls(60, 60, 5), protocol=protocol)
        np.testing.assert_array_equal(result.outputs[0], x)
