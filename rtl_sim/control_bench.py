"""The cocotb bench of registers, stream ports and driver: what a host does to the hardware, and what goes wrong.

Each test drives the harness through `host.driver`, as a board would be driven.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from host.driver import HardwareError
from ops.registers import REGISTERS
from rtl_sim.bus import BusError
from rtl_sim.control_resets import (
    MOST_STARTS,
    reset_between_pictures_discards_nothing,
    reset_in_mid_picture,
    reset_while_a_picture_is_dropped,
    soft_reset_discards_by_itself,
    soft_reset_in_mid_picture,
)
from rtl_sim.control_scene import PATIENCE, PAUSE_CYCLES, TESTS, Bench, BenchError, scenario

__all__ = [
    "TESTS",
    "reset_between_pictures_discards_nothing",
    "reset_in_mid_picture",
    "reset_while_a_picture_is_dropped",
    "soft_reset_discards_by_itself",
    "soft_reset_in_mid_picture",
]
"""Scenes of other modules are tests of this one, as cocotb sees it."""


@scenario
def frames_and_counters(bench: Bench) -> None:
    """Pictures run through, as video and as packets; the counters count them."""
    for packets in bench.ways():
        bench.driver.packets = packets
        before = bench.driver.counters()
        bench.check_frames()
        after = bench.driver.counters()
        if after.frames - before.frames != len(bench.frames):
            raise BenchError(f"{len(bench.frames)} frames must be counted, not {after.frames - before.frames}")
        beats = bench.driver.identity.input_port.beats(*bench.frames[-1][0].shape[1:])
        if not beats < after.frame_cycles < after.cycles - before.cycles:
            raise BenchError(f"the last frame cannot have taken {after.frame_cycles} cycles")
        if bench.driver.status("Busy") or not bench.driver.status("Done"):
            raise BenchError("the status must be done")


@scenario
def early_last(bench: Bench) -> None:
    """A packet (or line) that ends too early is reported, stops nothing, and a soft reset recovers."""
    for packets in bench.ways():
        bench.driver.packets = packets
        for missing in (1, 3):
            bench.begin()
            beats = bench.beats()
            if bench.marked():
                width = bench.picture.shape[2]
                bench.bus.send_packet(beats[: width - missing], user=True)
                for start in range(width, len(beats), width):
                    bench.bus.send_packet(beats[start : start + width], user=False)
            else:
                bench.bus.send_packet(beats[:-missing], user=False)
            bench.refused("Last", bench.driver.wait)
            bench.driver.soft_reset()
            bench.check_frames()


@scenario
def late_last(bench: Bench) -> None:
    """A packet (or line) that goes on too long is reported, and a soft reset drops what is too much."""
    for packets in bench.ways():
        bench.driver.packets = packets
        for surplus in (1, 5):
            bench.begin()
            beats = bench.beats()
            end = bench.picture.shape[2] if bench.marked() else len(beats)
            bench.bus.send_packet(np.concatenate([beats[:end], beats[:surplus]]), user=bench.marked())
            bench.refused("Last", bench.driver.wait)
            bench.driver.soft_reset()
            bench.check_frames()


@scenario
def sender_that_stops(bench: Bench) -> None:
    """A picture that is never sent to its end is a frame that does not end, and a soft reset recovers."""
    for packets in bench.ways():
        bench.driver.packets = packets
        bench.begin()
        beats = bench.beats()
        bench.send(beats[: len(beats) // bench.picture.shape[2] // 2 * bench.picture.shape[2]])
        bench.driver.patience = 20
        try:
            bench.driver.wait()
        except HardwareError as raised:
            if bench.marked() and raised.errors:
                raise BenchError(f"whole lines are no error: {raised}") from raised
        else:
            raise BenchError("half a picture must not pass for a whole one")
        bench.driver.patience = PATIENCE
        bench.driver.soft_reset()
        bench.check_frames()


@scenario
def refused_starts(bench: Bench) -> None:
    """A size of zero, above the maximum or off the granularity, and a start too many: errors that change nothing."""
    driver, identity = bench.driver, bench.driver.identity
    step = identity.granularity
    sizes = [(0, step), (step, 0), (identity.max_height + step, step), (step, 2**31)]
    sizes += [(step + 1, step)] if step > 1 else []
    for height, width in sizes:
        driver.write("Height", height)
        driver.write("Width", width)
        bench.refused("Size", driver.start)
        if driver.status("Busy"):
            raise BenchError(f"a frame of {height}x{width} must not start")
        driver.clear_errors()
    bench.check_frames()
    bench.begin()
    bench.begin()
    driver.order("Start")
    if driver.errors() != ("Overrun",):
        raise BenchError(f"a start too many must be an overrun, not {driver.errors()}")
    driver.clear_errors()
    made, golden = identity.output_port, bench.frames[0][1]
    bench.bus.receive(2 * made.beats(*golden.shape[1:]), made.beat_bytes)
    bench.send(bench.beats())
    bench.send(bench.beats())
    driver.wait()
    bench.bus.pause()
    found = bench.bus.received()
    if found is None or not np.array_equal(found, np.tile(made.pack(golden), (2, 1))):
        raise BenchError("both started pictures must come out right")
    bench.check_frames()


@scenario
def unknown_registers(bench: Bench) -> None:
    """Addresses without a register, and writes to what cannot be written, are answered with an error."""
    beyond = max(register.offset for register in REGISTERS.values()) + 4
    accesses: list[Callable[[], object]] = [partial(bench.bus.read, beyond), partial(bench.bus.write, beyond, 0)]
    accesses += [partial(bench.driver.write, name, 0) for name, r in REGISTERS.items() if r.access == "RO"]
    for access in accesses:
        try:
            access()
        except BusError:
            continue
        raise BenchError("an access to what is no register must be answered with an error")
    bench.check_frames()


@scenario
def writes_of_parts_of_registers(bench: Bench) -> None:
    """A write of fewer than four bytes is answered with an error, and changes nothing."""
    driver = bench.driver
    driver.set_size(*bench.picture.shape[1:])
    driver.order("Start")
    for _ in range(MOST_STARTS):
        driver.order("Start")
    before = driver.registers()
    for name in ("Width", "Height", "Framing", "Errors", "Control"):
        for size in (1, 2, 3):
            try:
                bench.bus.write(REGISTERS[name].offset, 0x030303 & (1 << 8 * size) - 1, size)
            except BusError:
                continue
            raise BenchError(f"a write of {size} bytes to {name} must be answered with an error")
    after = driver.registers()
    if {name for name in before if before[name] != after[name]} != {"Cycles"} or not before["Errors"]:
        raise BenchError(f"writes of parts must change nothing, not {before} to {after}")
    driver.soft_reset()
    bench.check_frames()


@scenario
def registers_are_of_the_next_start(bench: Bench) -> None:
    """Whatever is written while a frame is on its way, it comes out as it was started, and so does the next one."""
    driver = bench.driver
    for packets in bench.ways():
        driver.packets = packets
        for _ in bench.on_the_way():
            if not driver.status("Busy") or driver.status("Done"):
                raise BenchError("a picture that is on its way is not done")
            driver.write("Width", 0)
            driver.write("Height", 2**32 - 1)
            driver.write("Framing", int(not packets))
            driver.clear_errors()
            driver.packets = not packets
            bench.begin()
            driver.write("Framing", int(packets))
            driver.write("Width", 2**32 - 1)
            bench.send(bench.beats())
            bench.check_left([packets, not packets])
            driver.packets = packets


@scenario
def framing_changes_around_a_soft_reset(bench: Bench) -> None:
    """After a soft reset pictures come out right in both framings, whatever the framing and the state before it."""
    driver = bench.driver
    for packets in bench.ways():
        for other in bench.ways():
            driver.packets = packets
            for _ in bench.on_the_way():
                driver.write("Framing", int(other))
                driver.order("SoftReset", "Flush")
                bench.bus.sink.pause = False
                driver.soft_reset()
                for driver.packets in (other, not other):
                    bench.check_frames()
                driver.packets = packets
            for _ in range(2):
                driver.write("Framing", int(packets))
                driver.order("SoftReset")
                bench.check_discards(not packets)
                driver.packets = other
                bench.check_frames()
                bench.check_discards(False)


@scenario
def framing_changes_while_a_picture_is_dropped(bench: Bench) -> None:
    """What was cut off is dropped by the marks that it has, without Flush, and the next picture is marked otherwise."""
    if not bench.driver.identity.input_port.video:
        return
    beats, width = bench.beats(), bench.picture.shape[2]
    for packets, cut in ((True, beats), (False, beats[:width])):
        bench.driver.packets = packets
        for taken in (1, len(cut) // 2):
            bench.begin()
            bench.send(cut)
            bench.until_taken(taken)
            bench.driver.order("SoftReset")
            bench.driver.write("Framing", int(not packets))
            for _ in range(len(beats) // PAUSE_CYCLES + 10):
                bench.bus.pause()
            bench.bus.received()
            bench.bus.data.clear()
            bench.driver.packets = not packets
            bench.check_frames()
            bench.driver.packets = packets
