"""The board wrapper: a picture in bytes on a serial line comes back as the golden model's result."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from hls.fold.folding import fold
from hls.rtl import RtlProject, generate_rtl
from hls.rtl.board import BEAT, READ, WRITE, Answer, data_commands, read_command, write_command
from ops import Graph, IntegerArray
from ops.registers import IDENTITY, REGISTERS, field
from rtl_sim.board import BoardResult, BoardSimulation, Step
from rtl_sim.runners import BuildOptions
from rtl_sim.simulator import ONE_FILE
from rtl_sim.stimulus import stream_marks, write_stimulus
from sample_graphs import analysis_graph, synthesis_graph

OFFSETS = {name: register.offset for name, register in REGISTERS.items()}
SIZE_ERROR = field("Errors", "Size").holding(1)

CYCLES = 5
SIZES = {"analysis": (16, 32), "synthesis": (1, 2)}
GRAPHS = {"analysis": analysis_graph, "synthesis": synthesis_graph}


@dataclasses.dataclass
class SerialBoard:
    graph: Graph
    project: RtlProject
    simulation: BoardSimulation
    size: tuple[int, int]

    @property
    def design(self) -> dict[str, Any]:
        return self.project.design

    def picture(self, seed: int) -> IntegerArray:
        kind = self.graph.input_type
        return np.random.default_rng(seed).integers(kind.low, kind.high + 1, (kind.channels, *self.size))

    def start(self) -> bytes:
        values = (("Height", self.size[0]), ("Width", self.size[1]), ("Control", 1))
        return b"".join(write_command(REGISTERS[name].offset, value) for name, value in values)

    def data(self, picture: IntegerArray) -> bytes:
        stimulus = write_stimulus(self.design, [picture])
        return b"".join(data_commands(stimulus.data, stimulus.marks, stimulus.data_width))

    def beats(self, picture: IntegerArray) -> list[Answer]:
        """The beats of the golden result."""
        result, port = self.graph(picture), self.design["output"]
        fields = result.transpose(1, 2, 0) & ((1 << port["width"]) - 1)
        values = (fields << np.array([0, 8, 16])).sum(axis=2) if port["video"] else result.transpose(1, 2, 0) & 0xFF
        marks = stream_marks(port, *result.shape[1:]).tolist()
        return [Answer(BEAT, mark, value) for mark, value in zip(marks, values.ravel().tolist(), strict=True)]

    def play(self, steps: list[Step], seed: int = 0, name: str = "run") -> BoardResult:
        """Silence is allowed for as long as everything takes to be sent, and a picture to be computed."""
        line = 20 * CYCLES * sum(len(step.send) for step in steps)
        return self.simulation.play(steps, 2 * self.design["prediction"]["total"] + line + 20_000, seed, name)

    def beat_bytes(self) -> int:
        return len(self.beats(self.picture(0))) * (1 + self.design["output"]["data_width"] // 8)


@pytest.fixture(scope="module", params=SIZES)
def board(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SerialBoard:
    graph, size = GRAPHS[request.param](), SIZES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    project = generate_rtl(fold(graph, *size), folder / "rtl")
    return SerialBoard(
        graph,
        project,
        BoardSimulation(project, folder, CYCLES, BuildOptions(optimization="-O0", verilator_arguments=ONE_FILE)),
        size,
    )


@pytest.mark.rtl
def test_pictures_and_registers_over_the_line(board: SerialBoard) -> None:
    pictures = [board.picture(0), board.picture(1)]
    identity = read_command(REGISTERS["Identity"].offset)
    send = identity + b"".join(board.start() + board.data(picture) for picture in pictures)
    expect = 6 + 2 * (6 + board.beat_bytes())
    after = Step(read_command(REGISTERS["Frames"].offset) + read_command(REGISTERS["Errors"].offset), expect + 12)
    result = board.play([Step(send, expect), after], seed=1)
    assert not result.error
    beats = [answer for answer in result.answers if answer.kind == BEAT]
    assert beats == board.beats(pictures[0]) + board.beats(pictures[1])
    reads = [answer for answer in result.answers if answer.kind == READ]
    assert reads == [Answer(READ, 0, IDENTITY), Answer(READ, 0, 2), Answer(READ, 0, 0)]
    assert [answer for answer in result.answers if answer.kind == WRITE] == [Answer(WRITE, 0, 0)] * 6


@pytest.mark.rtl
def test_a_break_in_mid_picture_resets_everything(board: SerialBoard) -> None:
    picture, data = board.picture(2), board.data(board.picture(3))
    first = Step(board.start() + data[: len(data) // 2], 6)
    expect = 6 + board.beat_bytes()
    second = Step(b"\x00\xff" + board.start() + board.data(picture), expect, after_break=True)
    result = board.play([first, second], name="break")
    assert [answer for answer in result.answers if answer.kind == BEAT] == board.beats(picture)


@pytest.mark.rtl
def test_wrong_use_is_answered(board: SerialBoard) -> None:
    send = (
        write_command(REGISTERS["Control"].offset, 1)
        + write_command(0xFC, 1)
        + read_command(REGISTERS["Errors"].offset)
    )
    result = board.play([Step(send, 10)], name="wrong")
    assert result.answers == [Answer(WRITE, 0, 0), Answer(WRITE, 2, 0), Answer(READ, 0, SIZE_ERROR)]
