"""Scenes of the bench of registers and stream ports: resets, soft and hard, wherever they fall."""

from __future__ import annotations

import numpy as np

from rtl_sim.control_scene import PAUSE_CYCLES, Bench, BenchError, scenario

MOST_STARTS = 6
"""More than a design takes before one of its pictures has left."""


@scenario
def soft_reset_in_mid_picture(bench: Bench) -> None:
    """Wherever a soft reset falls, the next picture comes out right; an offered beat stands meanwhile."""
    total = len(bench.beats())
    for packets in bench.ways():
        bench.driver.packets = packets
        for blocked in (False, True):
            for taken in (0, 1, total // 3, total // 2 + 1, total - 1, total):
                bench.bus.sink.pause = blocked
                bench.bus.receive(0, 1)
                bench.begin()
                bench.send(bench.beats())
                bench.until_taken(taken)
                if blocked and taken == total:
                    bench.until_offered()
                bench.driver.order("SoftReset", "Flush")
                bench.bus.pause()
                bench.bus.sink.pause = False
                bench.driver.soft_reset()
                if bench.driver.status("Busy") or bench.driver.status("Done"):
                    raise BenchError("no frame may be on its way after a soft reset")
                bench.check_frames()


@scenario
def reset_in_mid_picture(bench: Bench) -> None:
    """Wherever a reset falls, registers are what they are at the start, and pictures come out right."""
    for packets in bench.ways():
        for other in bench.ways():
            bench.driver.packets = packets
            for _ in bench.on_the_way():
                for _ in range(MOST_STARTS):
                    bench.driver.order("Start")
                bench.driver.write("Framing", int(not packets))
                if bench.driver.errors() != ("Overrun",):
                    raise BenchError("a start too many must be an overrun")
                bench.check_reset()
                bench.driver.packets = other
                bench.check_frames()
                bench.driver.packets = packets


@scenario
def reset_while_a_picture_is_dropped(bench: Bench) -> None:
    """A reset ends what a soft reset began: nothing is dropped after it."""
    for packets in bench.ways():
        for orders in (("SoftReset",), ("SoftReset", "Flush")):
            bench.driver.packets = packets
            bench.begin()
            bench.send(bench.beats())
            bench.until_taken(len(bench.beats()) // 2)
            bench.driver.order(*orders)
            bench.check_reset()
            bench.check_frames()


@scenario
def soft_reset_discards_by_itself(bench: Bench) -> None:
    """Without Flush the rest of the picture that was being sent is dropped, and the next one is left alone."""
    total = len(bench.beats())
    for packets in bench.ways():
        bench.driver.packets = packets
        for taken in (1, total // 2, total - 1):
            bench.begin()
            bench.send(bench.beats())
            bench.until_taken(taken)
            bench.driver.order("SoftReset")
            for _ in range(total // PAUSE_CYCLES + 10):
                bench.bus.pause()
            bench.bus.received()
            bench.bus.data.clear()
            bench.check_frames()


@scenario
def reset_between_pictures_discards_nothing(bench: Bench) -> None:
    """A picture whose sender waits for the start is not touched by a soft reset before it."""
    for packets in bench.ways():
        bench.driver.packets = packets
        bench.check_frames()
        bench.send(bench.beats())
        bench.driver.order("SoftReset")
        bench.bus.pause()
        made = bench.driver.identity.output_port
        golden = bench.frames[0][1]
        bench.bus.receive(made.beats(*golden.shape[1:]), made.beat_bytes)
        bench.begin()
        bench.driver.wait()
        bench.bus.pause()
        found = bench.bus.received()
        if found is None or not np.array_equal(made.unpack(found, *golden.shape[1:]), golden):
            raise BenchError("the waiting picture came out wrong")
