"""Generates and simulates one convolution by NNgen; run by nngen_convolution.py in NNgen's own environment.

nngen_worker.py SIDE CHANNELS PAR_ICH PAR_OCH FOLDER: writes conv.v there, prints cycles and the number of wrong words.
"""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path

import nngen as ng
import numpy as np
import veriloggen.thread as vthread
from veriloggen import Delay, Module, Not, Seq, Systask, simulation
from veriloggen.types import axi

BUS = 32
"""Bits of the AXI bus, NNgen's default."""

SHIFT = 6
"""Of the sums, before they are rounded to 8 bits."""

PAGE = 4096
LIMIT = 10_000_000


def memory_image(
    values: dict[object, np.ndarray], expected: np.ndarray, out: object, check: int, par: int
) -> np.ndarray:
    """Inputs, weights and the expected result in the memory that the hardware reaches over AXI."""
    memory = np.zeros(2 * (check + PAGE * 16) // 4, np.int64)
    for tensor, content in values.items():
        axi.set_memory(memory, content, 32, tensor.dtype.width, tensor.addr, max(BUS // tensor.dtype.width, par))
    axi.set_memory(memory, expected, 32, out.dtype.width, check, max(BUS // out.dtype.width, par))
    return memory


def main(side: int, channels: int, par_ich: int, par_och: int, folder: Path) -> None:
    """Writes the hardware, then simulates it beside a model of the memory with Icarus."""
    act = ng.placeholder(ng.int8, shape=(1, side, side, channels), name="act")
    weight = ng.variable(ng.int8, shape=(channels, 3, 3, channels), name="weight")
    out = ng.conv2d(
        act, weight, (1, 1, 1, 1), rshift_out=SHIFT, dtype=ng.int8, sum_dtype=ng.int32, par_ich=par_ich, par_och=par_och
    )
    target = ng.to_veriloggen([out], "conv", silent=True, config={"maxi_datawidth": BUS})
    target.to_verilog(str(folder / "conv.v"))
    rng = np.random.default_rng(0)
    values = {act: rng.integers(-128, 128, act.shape), weight: rng.integers(-128, 128, weight.shape)}
    (expected,) = ng.eval([out], act=values[act], weight=values[weight])
    last = max(act.addr, weight.addr, out.addr)
    check = (last // PAGE + math.ceil(max(t.memory_size for t in (act, weight, out)) / PAGE) + 1) * PAGE
    image = memory_image(values, expected, out, check, max(par_ich, par_och))

    bench = Module("test")
    bench.copy_params(target)
    ports = bench.copy_sim_ports(target)
    clock, reset_n = ports["CLK"], ports["RESETN"]
    reset = bench.Wire("RST")
    reset.assign(Not(reset_n))
    memory = axi.AxiMemoryModel(
        bench, "memory", clock, reset, datawidth=BUS, memimg=image, memimg_name=str(folder / "memory.hex"),
        memimg_datawidth=32,
    )  # fmt: skip
    memory.connect(ports, "maxi")
    control = vthread.AXIMLite(bench, "_saxi", clock, reset, noio=True)
    control.connect(ports, "saxi")
    timer = bench.Reg("timer", 32, initval=0)
    Seq(bench, "seq", clock, reset)(timer.inc())
    words = out.aligned_length * out.dtype.width // 32

    def run() -> None:
        for _ in range(100):
            pass
        ng.sim.set_global_addrs(control, check + 8 * PAGE)
        began = timer.value
        ng.sim.start(control)
        ng.sim.wait(control)
        print("# cycles %d" % (timer.value - began))  # noqa: UP031 (becomes $display)
        wrong = 0
        for index in range(words):
            if vthread.verilog.NotEql(memory.read_word(index, out.addr, 32), memory.read_word(index, check, 32)):
                wrong += 1
        print("# wrong %d" % wrong)  # noqa: UP031
        vthread.finish()

    vthread.Thread(bench, "control", clock, reset, run).start()
    bench.Instance(target, "uut", params=bench.connect_params(target), ports=bench.connect_ports(target))
    simulation.setup_clock(bench, clock, hperiod=5)
    simulation.setup_reset(bench, reset_n, bench.make_reset(), period=100, polarity="low").add(
        Delay(LIMIT), Systask("finish")
    )
    said = simulation.Simulator(bench, sim="iverilog").run(outputfile=str(folder / "a.out"))
    found = {name: int(number) for name, number in re.findall(r"# (cycles|wrong) +(\d+)", said)}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]), Path(sys.argv[5]))
