"""The whole `tiny` codec in RTL: every tensor equals the golden model's, stalled or not, frame after frame."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from hls.dataflow.folded import FoldedGraph
from hls.dataflow.prediction import predict
from hls.fold.folding import fold
from hls.rtl import generate_rtl
from model.configuration import PRESETS
from model.lowering import QuantizedCodec
from model.shift import shifts_of
from ops import Add, Fixed, Folding, Graph, GraphBuilder, IntegerArray, L1Conv2d, ShiftConv2d, TensorType
from ops.registers import IDENTITY, VERSION, field
from recordings.comparison import compare
from rtl_sim.runners import BuildOptions
from rtl_sim.simulator import ONE_FILE
from rtl_sim.stimulus import Stimulus, write_stimulus
from rtl_sim.taps import TapError
from rtl_sim.transform import DeadlockError, RtlSimulation, SimulationResult, Stalls
from sample_codecs import lively_codec
from sample_codecs import pictures as sample_pictures
from sample_graphs import analysis_graph

pytestmark = pytest.mark.rtl

QUICK = BuildOptions(optimization="-O0", verilator_arguments=ONE_FILE)
RANDOM = BuildOptions(optimization="-O0", verilator_arguments=ONE_FILE, random_start=True)
"""Whatever is not reset begins with bits of the run's seed."""
SPLIT = BuildOptions(optimization="-O0", verilator_arguments=(*ONE_FILE[:-1], "500"))
"""As large designs are compiled: several files, which share a precompiled header."""

TRANSFORMS = {
    "analysis": ((64, 64), ((32, 48), (16, 16), (64, 32))),
    "synthesis": ((4, 4), ((2, 3), (1, 1), (4, 2))),
}


@dataclasses.dataclass
class TransformBench:
    graph: Graph
    folded: FoldedGraph
    simulation: RtlSimulation
    sizes: tuple[tuple[int, int], ...]

    def pictures(self, seed: int = 0) -> list[IntegerArray]:
        rng = np.random.default_rng(seed)
        kind = self.graph.input_type
        return [rng.integers(kind.low, kind.high + 1, (kind.channels, *size)) for size in self.sizes]

    def stimulus(self, seed: int = 0) -> Stimulus:
        return write_stimulus(self.simulation.project.design, self.pictures(seed))

    def brief(self) -> TransformBench:
        """The same with two pictures of the second size, for what no size matters to."""
        return dataclasses.replace(self, sizes=(self.sizes[1],) * 2)

    def check(self, result: SimulationResult, seed: int = 0) -> None:
        for frame, picture in enumerate(self.pictures(seed)):
            golden = dict(self.graph.evaluate(picture))
            verdict = compare(self.graph, golden.items(), dict(result.tensors(frame)))
            assert verdict.identical, f"frame {frame}: {verdict}"
            assert np.array_equal(result.outputs[frame], golden[self.graph.output_name])
        assert result.registers["Frames"] == len(self.sizes)
        assert result.registers["FrameCycles"] == result.cycles[-1]


def make_bench(
    graph: Graph,
    folded: FoldedGraph,
    folder: Path,
    sizes: tuple[tuple[int, int], ...],
    options: BuildOptions = QUICK,
) -> TransformBench:
    project = generate_rtl(folded, folder / "rtl")
    return TransformBench(graph, folded, RtlSimulation(project, folder / "simulation", options), sizes)


INTERLEAVE = {
    "first": Folding(8, 3, 9, 2),
    "gdn1.norm": Folding(2, 6),
    "sapm1.shift": Folding(4, 8, 1, 4),
    "sapm1.adder": Folding(4, 8, 1, 4),
    "sapm1.deconvolution": Folding(4, 3),
    "gdn2.norm": Folding(4, 6),
    "sapm2.shift": Folding(6, 4, 5, 8),
    "sapm2.adder": Folding(6, 4, 5, 8),
}
"""Of an analysis of 16 and 24 channels: windows are interleaved, words do not divide pixels."""


@pytest.fixture(scope="module")
def thrifty_bench(tmp_path_factory) -> TransformBench:
    """Rows of 28, 14 and 7 pixels, and of 20, 10 and 5, end in sets of fewer windows; columns have bases."""
    largest, sizes = (32, 112), ((32, 112), (16, 16), (16, 80))
    wide = dataclasses.replace(PRESETS["tiny"], adder_channels=None, exponent_window=4, exponent_base="column")
    codec = lively_codec(wide)
    for layer in shifts_of(codec):
        layer.weight.data *= torch.tensor([1.0, 4.0, 0.25, 2.0, 0.5])[: layer.kernel]
    graph = QuantizedCodec.calibrate(codec, sample_pictures()).graph("analysis")
    (shift,) = (node.operation for node in graph.nodes if node.name == "sapm1.shift")
    assert shift.codes.window <= 4 and len(np.unique(shift.codes.base)) > 1
    return make_bench(graph, fold(graph, *largest, given=INTERLEAVE), tmp_path_factory.mktemp("thrifty"), sizes)


@pytest.mark.parametrize("stalls", [Stalls(), Stalls(200, 0, 2), Stalls(0, 230, 3), Stalls(120, 120, 4)], ids=str)
def test_interleaved_and_filled_words_change_nothing(thrifty_bench, stalls):
    thrifty_bench.check(thrifty_bench.simulation.play(thrifty_bench.stimulus(stalls.seed), stalls=stalls), stalls.seed)


@pytest.fixture(scope="module", params=TRANSFORMS)
def bench(request, tmp_path_factory) -> TransformBench:
    largest, sizes = TRANSFORMS[request.param]
    quantized = QuantizedCodec.calibrate(lively_codec(PRESETS["tiny"]), sample_pictures())
    graph = quantized.graph(request.param)
    return make_bench(graph, fold(graph, *largest), tmp_path_factory.mktemp(request.param), sizes, RANDOM)


@pytest.fixture(scope="module")
def calm(bench) -> SimulationResult:
    """What comes out without stalls."""
    return bench.simulation.play(bench.stimulus(), name="calm")


def test_every_tensor_of_every_frame(bench, calm):
    bench.check(calm)
    assert calm.registers["Errors"] == 0


@pytest.mark.parametrize("stalls", [Stalls(200, 0, 2), Stalls(0, 230, 3), Stalls(120, 120, 4)], ids=str)
def test_neither_stalls_nor_what_is_not_reset_change_anything(bench, stalls):
    """The seed of the stalls is also that of the random bits with which everything begins that is not reset."""
    result = bench.simulation.play(bench.stimulus(stalls.seed), stalls=stalls)
    bench.check(result, stalls.seed)
    assert result.registers["Errors"] == 0


def test_protocol_with_stream_drivers(bench):
    stalls = Stalls(60, 60, 5)
    bench.check(bench.simulation.play(bench.stimulus(5), stalls=stalls, protocol=True), 5)


def test_predicted_cycles(bench):
    largest = bench.folded.max_height, bench.folded.max_width
    kind = bench.graph.input_type
    picture = np.random.default_rng(0).integers(kind.low, kind.high + 1, (kind.channels, *largest))
    result = bench.simulation.simulate([picture], taps=False)
    assert result.cycles == (pytest.approx(predict(bench.folded, *largest).total, rel=0.05),)
    with pytest.raises(TapError, match="was not tapped"):
        result.tensor(bench.graph.input_name)
    with pytest.raises(ValueError, match="must be one of .*, not 'nothing'"):
        result.tensor("nothing")


def test_identity_registers(bench, calm):
    registers = calm.registers
    assert (registers["Identity"], registers["Version"]) == (IDENTITY, VERSION)
    words = [registers[f"ModelHash{word}"].to_bytes(4, "little") for word in range(8)]
    assert b"".join(words) == bench.graph.fingerprint()
    assert registers["Transform"].to_bytes(4, "big").decode() == bench.graph.name[:4]
    assert (registers["MaxHeight"], registers["MaxWidth"]) == (bench.folded.max_height, bench.folded.max_width)
    assert registers["Granularity"] == bench.graph.granularity
    assert registers["Status"] == 0b110  # done and ready for a start


def test_refused_starts_are_flagged_and_change_nothing(bench):
    step, largest = bench.graph.granularity, bench.folded.max_width
    wrong = [(step, 0), (largest + step, step), (step, 2 * bench.folded.max_height)]
    wrong += [(step + 1, step)] if step > 1 else []
    before = [write for size in wrong for write in (("Width", size[0]), ("Height", size[1]), ("Control", 1))]
    bench = bench.brief()
    result = bench.simulation.play(bench.stimulus(), before=before)
    bench.check(result)
    assert result.registers["Errors"] == field("Errors", "Size").holding(1)
    result = bench.simulation.play(bench.stimulus(), before=[*before, ("Errors", field("Errors", "Size").holding(1))])
    assert result.registers["Errors"] == 0


def test_a_start_too_many_is_flagged(bench):
    picture = bench.pictures()[0]
    stimulus = write_stimulus(bench.simulation.project.design, [picture, picture])
    result = bench.simulation.play(stimulus, after=[("Control", 1)], taps=False)
    assert result.registers["Errors"] == field("Errors", "Overrun").holding(1)
    assert result.registers["Frames"] == 2


def test_misplaced_tlast_is_flagged_and_changes_nothing(bench):
    bench = bench.brief()
    for flipped in (0, -1):
        stimulus = bench.stimulus()
        marks = stimulus.marks.copy()
        marks[flipped] ^= 1
        result = bench.simulation.play(dataclasses.replace(stimulus, marks=marks))
        bench.check(result)
        assert result.registers["Errors"] == field("Errors", "Last").holding(1)


def test_beats_before_the_start_of_a_frame_are_dropped(bench):
    if not bench.simulation.project.design["input"]["video"]:
        pytest.skip("latents carry no start of frame")
    bench = bench.brief()
    stimulus = bench.stimulus()
    late = dataclasses.replace(
        stimulus, data=np.concatenate([[1, 2, 3], stimulus.data]), marks=np.concatenate([[0, 1, 0], stimulus.marks])
    )
    result = bench.simulation.play(late)
    bench.check(result)
    assert result.registers["Errors"] == field("Errors", "FrameStart").holding(1)


def test_wrong_pictures_are_refused(bench):
    kind = bench.graph.input_type
    largest = bench.folded.max_width + bench.graph.granularity
    with pytest.raises(ValueError, match=f"at most .*, not {bench.graph.granularity}x{largest}"):
        bench.simulation.simulate([np.zeros((kind.channels, bench.graph.granularity, largest), int)])
    with pytest.raises(ValueError, match="takes integers in"):
        bench.simulation.simulate([np.full((kind.channels, *bench.sizes[0]), 99999)])
    with pytest.raises(ValueError, match="takes arrays of shape"):
        bench.simulation.simulate([np.zeros((kind.channels + 1, *bench.sizes[0]), int)])


def test_rows_of_kernels_side_by_side(tmp_path):
    graph = analysis_graph(4, 6)
    given = {"first": Folding(2, 3, 9), "sapm1.shift": Folding(2, 2, 5), "sapm1.adder": Folding(2, 2, 5)}
    given |= {"sapm2.shift": Folding(3, 1, 5), "sapm2.adder": Folding(2, 1, 5)}
    bench = make_bench(graph, fold(graph, 48, 48, given=given), tmp_path, ((32, 48), (16, 16), (48, 32)))
    assert sum(len(window["nodes"]) > 1 for window in bench.simulation.project.design["windows"]) == 2
    bench.check(bench.simulation.play(bench.stimulus()))
    bench.check(bench.simulation.play(bench.stimulus(4), stalls=Stalls(120, 120, 4)), 4)


def test_weights_in_slices_of_block_memories(tmp_path):
    graph = analysis_graph(4, 6)
    folded = fold(graph, 32, 32, given={"first": Folding(4, 3, 9), "sapm1.shift": Folding(1, 1)})
    convolutions = [node.name for node in graph.nodes if isinstance(node.operation, ShiftConv2d | L1Conv2d)]
    folded = dataclasses.replace(folded, in_blocks=frozenset(convolutions))
    bench = make_bench(graph, folded, tmp_path, ((32, 16), (16, 32)))
    roms = {path.name for path in (tmp_path / "rtl" / "rom").iterdir()}
    assert {f"first_weight_file.mem.{index:04}" for index in range(12)} <= roms
    assert "sapm1_shift_weight_file.mem.0000" in roms
    assert not {f"{name.replace('.', '_')}_weight_file.mem" for name in convolutions} & roms
    bench.check(bench.simulation.play(bench.stimulus()))


@pytest.fixture(scope="module")
def skipping() -> tuple[Graph, FoldedGraph]:
    """A window beside a direct connection, which must wait three rows."""
    builder = GraphBuilder("skip", "x", TensorType.of_format(2, Fixed(8, 0)))
    terms = np.random.default_rng(0).integers(-3, 4, (1, 2, 2, 5, 5))
    builder.add("conv", ShiftConv2d(terms, np.zeros(2, int)), "x")
    builder.add("sum", Add(), "conv", "x")
    graph = builder.build("sum")
    return graph, FoldedGraph(graph, {node.name: Folding() for node in graph.nodes}, 16, 16)


def test_computed_fifos_suffice(skipping, tmp_path):
    graph, folded = skipping
    bench = make_bench(graph, folded, tmp_path, ((16, 16), (1, 1), (3, 16), (16, 2)), SPLIT)
    bench.check(bench.simulation.play(bench.stimulus()))
    bench.check(bench.simulation.play(bench.stimulus(), stalls=Stalls(100, 200, 7)))
    assert "Vtop__pch.h" in (tmp_path / "simulation" / "build" / "build.log").read_text()


def test_a_fifo_too_shallow_is_seen_to_deadlock(skipping, tmp_path):
    graph, folded = skipping
    project = generate_rtl(folded, tmp_path / "rtl", depths={("sum", 1): 2 * 16 * 2})
    simulation = RtlSimulation(project, tmp_path / "simulation", QUICK)
    bench = TransformBench(graph, folded, simulation, ((16, 16),))
    with pytest.raises(DeadlockError, match="skip_top stands still .*: x has [0-9]+ of 256 pixels"):
        simulation.play(bench.stimulus())
