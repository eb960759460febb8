"""Registers, stream ports and driver of generated hardware: soft reset, protocol faults, what a host sees of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from ops import DepthToSpace, Fixed, Graph, GraphBuilder, IntegerArray, SumPool2d, TensorType
from rtl_sim.control import exercise, exercise_all
from rtl_sim.control_bench import TESTS
from rtl_sim.runners import BuildOptions, SimulatorError
from rtl_sim.simulator import ONE_FILE
from rtl_sim.transform import RtlSimulation
from sample_graphs import PIXELS, RandomLayers

pytestmark = pytest.mark.rtl

QUICK = BuildOptions(optimization="-O0", verilator_arguments=ONE_FILE)


def encoder() -> Graph:
    """Pixels to 12-bit latents: windows, normalization, branches that meet again, lanes that change."""
    builder = GraphBuilder("encoder", "pixels", PIXELS)
    layers = RandomLayers(builder, seed=5)
    x = layers.gdn("gdn", layers.requant("first.round", layers.shift("first", "pixels", 4, 5, 2), 12))
    wide = layers.shift("wide", x, 4, 3, stride=2)
    narrow = layers.shift("narrow", builder.add("pool", SumPool2d(2), x), 4, 1)
    return builder.build(layers.requant("latents", layers.add("sum", wide, narrow), 12))


def decoder() -> Graph:
    """Latents of 9 bits to pixels."""
    builder = GraphBuilder("decoder", "latents", TensorType.of_format(4, Fixed(9, 0)))
    layers = RandomLayers(builder, seed=6)
    x = layers.gdn("gdn", layers.requant("first.round", layers.adder("first", "latents", 4, 3), 12), inverse=True)
    pixels = layers.requant("last.round", layers.shift("last", x, 12, 3), 8, signed=False, use=0.5)
    return builder.build(builder.add("pixels", DepthToSpace(2), pixels))


GRAPHS = {
    "encoder": (encoder(), (12, 16), ((8, 8), (12, 16))),
    "decoder": (decoder(), (6, 8), ((4, 6), (1, 1), (6, 8))),
}


FAULTS = {
    "reset that leaves beats in a FIFO": ("stream_fifo.sv", "count_q <= '0;", "", "soft_reset_in_mid_picture"),
    "rest of a picture taken for the next one": (
        "axis_discard.sv",
        "rest_q <= !flow_rst_ni || (",
        "rest_q <= (",
        "soft_reset_discards_by_itself",
    ),
    "packet after a reset taken for a rest": (
        "axis_discard.sv",
        "passes ? !last_i : open_q;",
        "open_q || 1'b1;",
        "framing_changes_around_a_soft_reset",
    ),
    "framing that changes under a frame": (
        "axis_video_in.sv",
        "active ? packets_q : packets_i;",
        "active && 1'b0 ? packets_q : packets_i;",
        "registers_are_of_the_next_start",
    ),
    "offer withdrawn by the reset": (
        "axis_output_stage.sv",
        "    if (!rst_ni) begin\n      valid_q",
        "    if (!rst_ni || !flow_rst_ni) begin\n      valid_q",
        "soft_reset_in_mid_picture",
    ),
    "start of a size that does not fit": (
        "control_registers.sv",
        "height_q <= MaxHeight",
        "height_q <= 2 * MaxHeight",
        "refused_starts",
    ),
    "latents without a sign": (
        "axis_latents_out.sv",
        "Signed && in_data_i[Width-1]",
        "Signed && in_data_i[0]",
        "frames_and_counters",
    ),
    "surplus beats kept": ("axis_discard.sv", "assign discard_o    = flush_i ||", "assign discard_o    =", "late_last"),
}
"""File of the encoder, text, text instead, and the test that must see it."""


def frames(name: str) -> list[tuple[IntegerArray, IntegerArray]]:
    """Random maps of several sizes, and their golden results."""
    graph, _, sizes = GRAPHS[name]
    kind = graph.input_type
    rng = np.random.default_rng(7)
    pictures = [rng.integers(kind.low, kind.high + 1, (kind.channels, *size)) for size in sizes]
    return [(picture, graph(picture)) for picture in pictures]


def generated(name: str, folder: Path) -> RtlSimulation:
    graph, largest, _ = GRAPHS[name]
    project = generate_rtl(fold(graph, *largest, cycles_per_pixel=9), folder / "rtl")
    return RtlSimulation(project, folder / "simulation", QUICK)


@pytest.fixture(scope="module", params=GRAPHS)
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """What each test of the bench says of sound hardware."""
    name = str(request.param)
    return exercise_all(generated(name, tmp_path_factory.mktemp(name)), frames(name))


@pytest.mark.parametrize("test", TESTS)
def test_bench(test: str, said: dict[str, str | None]) -> None:
    assert said[test] is None


@pytest.fixture(scope="module")
def encoder_project(tmp_path_factory: pytest.TempPathFactory) -> RtlProject:
    graph, largest, _ = GRAPHS["encoder"]
    return generate_rtl(fold(graph, *largest, cycles_per_pixel=9), tmp_path_factory.mktemp("encoder") / "rtl")


def test_hardware_that_does_not_build_is_said_to(encoder_project: RtlProject, tmp_path: Path) -> None:
    shutil.copytree(encoder_project.folder, tmp_path / "rtl")
    (tmp_path / "rtl" / "stream_fifo.sv").write_text("module stream_fifo (); fault endmodule\n")
    with pytest.raises(SimulatorError, match=r"(?s)does not build.*stream_fifo\.sv.*syntax error"):
        exercise_all(RtlSimulation(RtlProject(tmp_path / "rtl"), tmp_path / "work", QUICK), frames("encoder"))


@pytest.mark.parametrize("label", FAULTS)
def test_fault_is_seen(label: str, encoder_project: RtlProject, tmp_path: Path) -> None:
    file, text, instead, test = FAULTS[label]
    shutil.copytree(encoder_project.folder, tmp_path / "rtl")
    content = (tmp_path / "rtl" / file).read_text()
    assert content.count(text) == 1
    (tmp_path / "rtl" / file).write_text(content.replace(text, instead))
    with pytest.raises(SimulatorError, match=f"{test} failed"):
        exercise(RtlSimulation(RtlProject(tmp_path / "rtl"), tmp_path / "work", QUICK), test, frames("encoder"))
