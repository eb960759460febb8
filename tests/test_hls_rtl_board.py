"""The board wrapper's text is clean, and its messages on the serial line are what they are said to be."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from hls.fold.folding import fold
from hls.rtl import generate_rtl
from hls.rtl.board import (
    BEAT,
    BOARD,
    FIRST,
    LAST,
    READ,
    WRITE,
    Answer,
    answers,
    bit_cycles,
    board_files,
    data_commands,
    read_command,
    write_command,
)
from ops import Graph
from rtl_sim.runners import check_tools
from sample_graphs import analysis_graph, synthesis_graph


@pytest.mark.parametrize(("graph", "size"), [(analysis_graph(), 16), (synthesis_graph(), 2)], ids=lambda g: str(g)[:8])
def test_the_board_is_clean_and_holds_everything(graph: Graph, size: int, tmp_path: Path) -> None:
    """For the linter, which sees every port of an instance that is missing or too much."""
    project = generate_rtl(fold(graph, size, size), tmp_path / "rtl")
    files = board_files(project, 8)
    assert list(files)[-1] == f"{BOARD}.sv" and {"serial_port.sv", "serial_bridge.sv"} <= set(files)
    assert set(project.design["sources"]) <= set(files)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    verilator = check_tools() / "verilator"
    command = [verilator, "--lint-only", "-Wall", "-Wno-PINCONNECTEMPTY", *files, "--top-module", BOARD]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert ".BitCycles(8)" in files[f"{BOARD}.sv"]


def test_bits_of_the_line_take_whole_cycles() -> None:
    assert bit_cycles(80, 1_000_000) == 80
    assert bit_cycles(80, 115_200) == 694
    assert bit_cycles(0.5, 100_000) == 5 and bit_cycles(80, 1) == 80_000_000 and bit_cycles(4, 1_000_000) == 4
    assert bit_cycles(10.19, 1_000_000) == 10 and bit_cycles(9.81, 1_000_000) == 10
    for clock, baud in ((80, 30_000_000), (10, 3_000_000), (10.3, 1_000_000), (9.7, 1_000_000), (3, 1_000_000)):
        with pytest.raises(ValueError, match="baud must be close to a fraction of the clock"):
            bit_cycles(clock, baud)
    for clock, baud in ((80, 0), (0, 9600), (-1, 9600), (80, -1)):
        with pytest.raises(ValueError, match="must be positive"):
            bit_cycles(clock, baud)


def test_registers_are_written_and_read_by_their_offset() -> None:
    assert write_command(0x14, 0x01020304) == bytes.fromhex("57 14 04030201")
    assert read_command(0x88) == bytes.fromhex("52 88")


def test_messages_of_the_board_are_checked() -> None:
    assert answers(bytes.fromhex("d105 5700 5200 04030201"), 8) == [
        Answer(BEAT, 1, 5),
        Answer(WRITE, 0, 0),
        Answer(READ, 0, 0x01020304),
    ]
    marks = [Answer(BEAT, mark, 0x0201) for mark in range(4)]
    assert answers(bytes.fromhex("d00102 d10102 d20102 d30102"), 16) == marks
    assert answers(bytes.fromhex("5702 5203 00000000"), 8) == [Answer(WRITE, 2, 0), Answer(READ, 3, 0)]
    for begin in ("00", "cc", "d4", "53"):
        with pytest.raises(ValueError, match=f"must begin with 52, 57 or D0 to D3, not {begin.upper()}"):
            answers(bytes.fromhex(begin), 8)


@pytest.mark.parametrize(
    ("sent", "width", "size"),
    [("d001", 16, 3), ("d0", 8, 2), ("57", 8, 2), ("52", 8, 6), ("5200010203", 8, 6), ("5700 d0", 8, 2)],
)
def test_a_message_that_breaks_off_is_named(sent: str, width: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"the last message must have {size} bytes, not"):
        answers(bytes.fromhex(sent), width)


def test_long_lines_are_cut_into_commands() -> None:
    marks = np.zeros(600, np.int64)
    marks[0], marks[299], marks[599] = FIRST, LAST, LAST
    commands = list(data_commands(np.arange(600), marks, 16))
    assert [(command[1], command[2] + 1) for command in commands] == [
        (FIRST, 256),
        (LAST, 44),
        (0, 212),
        (LAST, 88),
    ]
    assert b"".join(command[3:] for command in commands) == b"".join(i.to_bytes(2, "little") for i in range(600))


def test_a_command_has_both_marks_where_a_picture_is_one() -> None:
    marks = np.array([FIRST | LAST, FIRST, 0, LAST, FIRST, LAST])
    commands = list(data_commands(np.arange(6), marks, 8))
    assert commands == [
        bytes((0x44, FIRST | LAST, 0, 0)),
        bytes((0x44, FIRST | LAST, 2, 1, 2, 3)),
        bytes((0x44, FIRST | LAST, 1, 4, 5)),
    ]
