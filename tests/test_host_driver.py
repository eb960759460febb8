"""The driver on a board: imports, bytes of the ports, and PYNQ's calls, with a stand-in for its MMIO and DMA."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from host.driver import Driver, HardwareError
from host.pynq_bus import PynqBus
from host.stream_port import StreamPort
from ops.registers import IDENTITY, READABLE, REGISTERS, VERSION, field

ROOT = Path(__file__).parent.parent
PIXELS, LATENTS = StreamPort(3, 8, False, True), StreamPort(4, 6, True, False)


def test_board_needs_neither_torch_nor_a_simulator() -> None:
    code = "import sys, host.driver, host.pynq_bus; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded & {"torch", "cocotb", "cocotbext", "hls", "rtl_sim", "hls4ml", "onnx", "pynq"} == set()


def test_bytes_of_a_pixel_and_of_a_latent() -> None:
    pixels = np.array([[[1, 4]], [[2, 5]], [[255, 6]]])
    assert PIXELS.pack(pixels).tolist() == [[1, 2, 255], [4, 5, 6]]
    latents = np.array([-1, 31, -32, 5]).reshape(4, 1, 1)
    assert LATENTS.pack(latents).tolist() == [[0xFF], [31], [0xE0], [5]]
    fine = np.array([-1, 2047, -2048, 300]).reshape(4, 1, 1)
    assert StreamPort(4, 12, True, False).pack(fine).tolist() == [[0xFF, 0xFF], [0xFF, 0x07], [0x00, 0xF8], [0x2C, 1]]
    wide = StreamPort(3, 10, True, True)
    assert wide.pack(np.array([-1, 1, -512]).reshape(3, 1, 1)).tolist() == [[0xFF, 0x07, 0x00, 0x20]]


FINE = [StreamPort(5, width, signed, False) for width in range(9, 17) for signed in (True, False)]


@pytest.mark.parametrize("port", [PIXELS, LATENTS, *FINE, StreamPort(3, 11, True, True)], ids=str)
def test_maps_come_back_from_their_bytes(port: StreamPort) -> None:
    low, high = (-(1 << port.width - 1), (1 << port.width - 1) - 1) if port.signed else (0, (1 << port.width) - 1)
    x = np.random.default_rng(0).integers(low, high + 1, (port.channels, 4, 6))
    beats = port.pack(x)
    assert beats.shape == (port.beats(4, 6), port.beat_bytes)
    np.testing.assert_array_equal(port.unpack(beats, 4, 6), x)
    with pytest.raises(ValueError, match="must have .* bytes, not"):
        port.unpack(beats, 4, 5)
    with pytest.raises(ValueError, match="must have integers, not float64"):
        port.pack(x / 255)
    with pytest.raises(ValueError, match=f"must have integers in .*, not .*{high + 1}"):
        port.pack(np.full((port.channels, 1, 1), high + 1))


@pytest.mark.parametrize("port", FINE, ids=str)
def test_a_latent_has_the_value_of_its_bytes(port: StreamPort) -> None:
    """What a host reads from the buffer of a DMA as 16-bit integers is the latents."""
    low, high = (-(1 << port.width - 1), (1 << port.width - 1) - 1) if port.signed else (0, (1 << port.width) - 1)
    x = np.array([low, high, 0, low + 1, high - 1]).reshape(5, 1, 1)
    found = port.pack(x).view("<i2" if port.signed else "<u2")
    assert found.ravel().tolist() == x.ravel().tolist()


class Channel:
    """A direction of a DMA as PYNQ has it; what happens on a transfer is `on_transfer`."""

    def __init__(self, on_transfer: Any) -> None:
        self.on_transfer, self.idle, self.transferred, self.stops = on_transfer, True, 0, 0
        self.most = (1 << 14) - 1

    def transfer(self, buffer: Any) -> None:
        if not self.idle:
            raise RuntimeError("DMA channel not idle")
        if buffer.nbytes > self.most:
            raise ValueError(f"Transferred array is {buffer.nbytes} bytes")
        self.idle = False
        self.buffer = buffer
        self.on_transfer(buffer)

    def wait(self) -> None:
        assert self.idle

    def stop(self) -> None:
        self.stops += 1

    def start(self) -> None:
        self.idle = True


class InvertingBoard:
    """Registers and DMA of hardware that inverts a picture; with `fault`, tlast comes late and the frame stands."""

    def __init__(self, fault: bool = False) -> None:
        ports = (PIXELS, StreamPort(3, 8, False, True))
        words = [sum(field("InputPort", key).holding(int(getattr(p, key.lower()))) for key in self.KEYS) for p in ports]
        self.values = {"Identity": IDENTITY, "Version": VERSION, "MaxWidth": 64, "MaxHeight": 48, "Granularity": 2}
        self.values |= {"InputPort": words[0], "OutputPort": words[1], "Rate": 1 | 1 << 16}
        self.values["Status"] = field("Status", "StartReady").holding(1)
        self.fault = fault
        self.writes: list[tuple[str, int]] = []
        self.dma = SimpleNamespace(sendchannel=Channel(self.work), recvchannel=Channel(lambda _: None))

    KEYS = ("Channels", "Width", "Signed", "Video")

    def read(self, offset: int) -> int:
        name = next(name for name, place in READABLE.items() if place == offset)
        return self.values.get(name, 0)

    def write(self, offset: int, value: int) -> None:
        name = next(name for name, register in REGISTERS.items() if register.offset == offset)
        self.writes.append((name, value))
        if name == "Errors":
            self.values[name] = self.values.get(name, 0) & ~value
        elif name == "Control" and value & field("Control", "Flush").holding(1):
            self.dma.sendchannel.idle = True
            self.values["Status"] = field("Status", "StartReady").holding(1)
        else:
            self.values[name] = value

    def work(self, buffer: Any) -> None:
        if self.fault:
            self.values["Errors"] = field("Errors", "Last").holding(1)
            self.values["Status"] = field("Status", "Busy").holding(1)
            return
        result = self.dma.recvchannel
        result.buffer[:] = 255 - buffer
        result.transferred, result.idle, self.dma.sendchannel.idle = buffer.size, True, True

    def driver(self, packets: bool = True) -> Driver:
        return Driver(PynqBus(self, self.dma, np.zeros), packets, patience=5)


PICTURE = np.random.default_rng(1).integers(0, 256, (3, 4, 6))


def test_a_picture_through_the_dma() -> None:
    board = InvertingBoard()
    np.testing.assert_array_equal(board.driver().run(PICTURE), 255 - PICTURE)
    assert board.writes == [("Width", 6), ("Height", 4), ("Framing", 1), ("Control", 1)]


def test_a_fault_is_raised_and_a_soft_reset_recovers() -> None:
    board = InvertingBoard(fault=True)
    driver = board.driver()
    with pytest.raises(HardwareError, match="Last: tlast of s_axis") as raised:
        driver.run(PICTURE)
    assert raised.value.errors == ("Last",)
    board.fault = False
    driver.soft_reset()
    assert driver.errors() == ()
    assert board.dma.recvchannel.stops == 1
    np.testing.assert_array_equal(driver.run(PICTURE), 255 - PICTURE)


def test_a_short_result_and_a_dma_that_stands_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    board = InvertingBoard()
    board.work = lambda buffer: setattr(board.dma.recvchannel, "idle", True)  # type: ignore[method-assign]
    board.dma.sendchannel.on_transfer = board.work
    driver = board.driver()
    with pytest.raises(HardwareError, match="the result must have 72 bytes, not 0"):
        driver.run(PICTURE)
    monkeypatch.setattr("host.pynq_bus.DRAIN_SECONDS", 0.0)
    with pytest.raises(HardwareError, match="the DMA still holds beats"):
        driver.bus.abandon()


def board_of(most: int) -> InvertingBoard:
    """A board of larger maps, whose channels carry as many bytes."""
    board = InvertingBoard()
    board.values |= {"MaxWidth": 4096, "MaxHeight": 4096}
    board.dma.sendchannel.most = board.dma.recvchannel.most = most
    return board


def test_what_the_dma_cannot_carry_is_not_started() -> None:
    board = board_of((1 << 14) - 1)
    for _ in range(2):
        with pytest.raises(HardwareError, match="27648 bytes must fit .* 14 bits: it needs 15 "):
            board.driver().run(np.zeros((3, 96, 96), int))
    with pytest.raises(HardwareError, match="needs 27, and can have at most 26"):
        board.driver().bus.prepare((4, 1), (1 << 26, 1), 0)
    assert board.writes == []
    assert board.dma.sendchannel.idle and board.dma.recvchannel.idle
    np.testing.assert_array_equal(board.driver().run(PICTURE), 255 - PICTURE)


@pytest.mark.parametrize(
    "said",
    [
        {"description": {"parameters": {"C_SG_LENGTH_WIDTH": "15"}}},
        {"buffer_max_size": (1 << 15) - 1},
        {"buffer_max_size": 1 << 15},
    ],
    ids=str,
)
def test_the_dma_says_how_much_it_carries(said: dict[str, Any]) -> None:
    board = board_of((1 << 15) - 1)
    vars(board.dma).update(said)
    picture = np.zeros((3, 96, 96), int)
    np.testing.assert_array_equal(board.driver().run(picture), picture + 255)
    with pytest.raises(HardwareError, match="49152 bytes must fit .* 15 bits: it needs 16 "):
        board.driver().run(np.zeros((3, 128, 128), int))


def test_the_user_says_how_much_the_dma_carries() -> None:
    board = board_of((1 << 16) - 1)
    bus = PynqBus(board, board.dma, np.zeros, length_bits=16)
    assert Driver(bus, True, patience=5).run(np.zeros((3, 128, 128), int)).min() == 255
    with pytest.raises(ValueError, match=r"length_bits must be in \[8, 26\], not 27"):
        PynqBus(board, board.dma, np.zeros, length_bits=27)


class PynqError(Exception):
    """Whatever PYNQ raises."""


def fails(*_: Any, **__: Any) -> Any:
    raise PynqError("no such luck")


@pytest.mark.parametrize("place", ["read", "write", "allocate", "sendchannel", "recvchannel", "wait", "stop"])
def test_every_failure_is_a_hardware_error(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    board = InvertingBoard()
    allocate: Any = np.zeros
    if place in ("read", "write"):
        monkeypatch.setattr(board, place, fails)
    elif place == "allocate":
        allocate = fails
    elif place in ("sendchannel", "recvchannel"):
        monkeypatch.setattr(getattr(board.dma, place), "transfer", fails)
    else:
        monkeypatch.setattr(board.dma.recvchannel, place, fails)
    driver = Driver(PynqBus(board, board.dma, allocate), True, patience=5)
    with pytest.raises(HardwareError, match="no such luck"):
        driver.run(PICTURE)
        driver.soft_reset()
    assert place not in ("read", "write", "allocate", "recvchannel") or ("Control", 1) not in board.writes
    monkeypatch.undo()
    driver.bus.allocate = np.zeros  # type: ignore[attr-defined]
    driver.soft_reset()
    np.testing.assert_array_equal(driver.run(PICTURE), 255 - PICTURE)


def test_what_the_driver_refuses() -> None:
    driver = InvertingBoard().driver()
    for size in ((0, 2), (4, 5), (50, 64), (48, 66)):
        with pytest.raises(ValueError, match=f"multiples of 2 up to 48x64, not {size[0]}x{size[1]}"):
            driver.set_size(*size)
    board = InvertingBoard()
    with pytest.raises(HardwareError, match="make the driver with packets=True"):
        board.driver(packets=False).run(PICTURE)
    assert board.writes == []
    with pytest.raises(HardwareError, match=r"must be of the graph 0101.*, not 0000"):
        driver.identify(bytes([1]) * 32)
    other = InvertingBoard()
    other.values["Version"] = VERSION - 1
    with pytest.raises(HardwareError, match=f"not 0x5341504D and {VERSION - 1}"):
        other.driver().identify()


def test_a_frame_that_does_not_end() -> None:
    board = InvertingBoard()
    board.values["Status"] = field("Status", "Busy").holding(1)
    with pytest.raises(HardwareError, match="no frame can be started: status Busy"):
        board.driver().start()
    with pytest.raises(HardwareError, match="the frame does not end: status Busy, 0 frames have left"):
        board.driver().wait()
