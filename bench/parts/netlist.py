"""Simulates a netlist of Yosys (flat, JSON), 64 streams of inputs in each word, and counts the toggles of its nets.

Every cell becomes a look-up table; tables of one level are looked up together. Zero delay: a net changes once a cycle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ops import Memory

Words = npt.NDArray[np.uint64]
ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)

GATES: dict[str, tuple[str, int]] = {
    "$_NOT_": ("A", 0b01),
    "$_AND_": ("AB", 0b1000),
    "$_NAND_": ("AB", 0b0111),
    "$_OR_": ("AB", 0b1110),
    "$_NOR_": ("AB", 0b0001),
    "$_XOR_": ("AB", 0b0110),
    "$_XNOR_": ("AB", 0b1001),
    "$_ANDNOT_": ("AB", 0b0010),
    "$_ORNOT_": ("AB", 0b1011),
    "$_MUX_": ("ABS", 0b1100_1010),
}
"""Inputs and table of a gate; the first input is the lowest bit of the table's index."""

XOR, MUX = 0b0110, 0b1100_1010
MEMORY = "rom"
"""The module that is left out: its words, two cycles after their address, are operands."""

SIZES = (3, 6)
"""Inputs of a table; smaller ones are padded."""


@dataclass(frozen=True)
class Table:
    """One output as a function of inputs, the lowest bit of the index first; 0 and 1 are constant nets."""

    output: int
    inputs: tuple[int, ...]
    contents: int


@dataclass(frozen=True)
class FlipFlops:
    """A register: net numbers; `active` levels of enable and reset; whether a reset waits for the enable."""

    output: int
    data: int
    enable: tuple[int, int] = (1, 1)
    reset: tuple[int, int] = (0, 1)
    value: int = 0
    gated: bool = False


def _net(bit: int | str) -> int:
    return bit if isinstance(bit, int) else int(bit == "1")


def _register(kind: str, pins: Mapping[str, int], parameters: Mapping[str, str]) -> FlipFlops | None:
    if kind in ("FDRE", "FDSE"):
        assert not int(parameters.get("IS_C_INVERTED", "0"), 2)
        reset = pins["R" if kind == "FDRE" else "S"]
        return FlipFlops(pins["Q"], pins["D"], (pins["CE"], 1), (reset, 1), int(kind == "FDSE"))
    found = re.fullmatch(r"\$_(S?)DFF(C?)(E?)_P([PN][01])?([PN])?_", kind)
    if found is None:
        return None
    sync, gated, enabled, reset_level, level = found.groups()
    enable = (pins["E"], int(level == "P")) if enabled else (1, 1)
    reset_pin = (pins["R"], int(reset_level[0] == "P")) if sync else (0, 1)
    return FlipFlops(pins["Q"], pins["D"], enable, reset_pin, int(reset_level[1]) if sync else 0, bool(gated))


def _tables(kind: str, cell: dict[str, Any]) -> Iterator[Table]:
    pins = {pin: [_net(bit) for bit in bits] for pin, bits in cell["connections"].items()}
    if kind in GATES:
        names, contents = GATES[kind]
        yield Table(pins["Y"][0], tuple(pins[name][0] for name in names), contents)
    elif kind == "INV":
        yield Table(pins["O"][0], (pins["I"][0],), 0b01)
    elif re.fullmatch(r"LUT[1-6]", kind):
        inputs = tuple(pins[f"I{index}"][0] for index in range(int(kind[3:])))
        yield Table(pins["O"][0], inputs, int(cell["parameters"]["INIT"], 2) & ((1 << (1 << len(inputs))) - 1))
    elif kind == "LUT6_2":
        inputs, contents = tuple(pins[f"I{index}"][0] for index in range(6)), int(cell["parameters"]["INIT"], 2)
        for pin, own, table in (("O5", inputs[:5], contents & 0xFFFF_FFFF), ("O6", inputs, contents)):
            if pins.get(pin):
                yield Table(pins[pin][0], own, table)
    elif kind in ("MUXF7", "MUXF8"):
        yield Table(pins["O"][0], (pins["I0"][0], pins["I1"][0], pins["S"][0]), MUX)
    elif kind == "CARRY4":
        carry = pins["CYINIT"][0] or pins["CI"][0]
        for index in range(4):
            select = pins["S"][index]
            yield Table(pins["O"][index], (select, carry), XOR)
            yield Table(pins["CO"][index], (pins["DI"][index], carry, select), MUX)
            carry = pins["CO"][index]
    else:
        raise ValueError(f"a cell must be a known gate, register, LUT or carry chain, not {kind!r}")


@dataclass(frozen=True)
class _Level:
    """Tables that wait for no other of theirs, of one size."""

    outputs: npt.NDArray[np.int64]
    inputs: npt.NDArray[np.int64]
    contents: Words

    @classmethod
    def of(cls, tables: list[Table], size: int) -> _Level:
        inputs = np.array([(*table.inputs, *(0,) * (size - len(table.inputs))) for table in tables]).T
        rows = [[ALL if table.contents >> index & 1 else 0 for table in tables] for index in range(1 << size)]
        return cls(np.array([table.output for table in tables]), inputs, np.array(rows, np.uint64)[..., None])

    def look_up(self, values: Words) -> None:
        entering = values[self.inputs]
        entries = self.contents
        for x in entering[::-1]:
            half = len(entries) // 2
            entries = entries[:half] ^ ((entries[:half] ^ entries[half:]) & x)
        values[self.outputs] = entries[0]


def _levels(tables: list[Table]) -> list[_Level]:
    drivers = {table.output: table for table in tables}
    depth: dict[int, int] = {}

    def depth_of(net: int) -> int:
        # Carry chains are long: no recursion.
        waiting = [net]
        while waiting:
            inputs = [x for x in drivers[waiting[-1]].inputs if x in drivers]
            missing = [x for x in inputs if x not in depth]
            if missing:
                waiting += missing
            else:
                depth[waiting.pop()] = 1 + max((depth[x] for x in inputs), default=-1)
        return depth[net]

    groups: dict[tuple[int, int], list[Table]] = {}
    for table in tables:
        size = next(size for size in SIZES if len(table.inputs) <= size)
        groups.setdefault((depth_of(table.output), size), []).append(table)
    return [_Level.of(group, size) for (_, size), group in sorted(groups.items(), key=lambda item: item[0])]


@dataclass
class SimulatedNetlist:
    """A netlist in which `words` words of 64 streams run; `values` holds every net, 0 and 1 the constants."""

    module: dict[str, Any]
    memories: Mapping[str, Memory]
    words: int = 1
    values: Words = field(init=False)

    def __post_init__(self) -> None:
        cells = [cell for cell in self.module["cells"].values() if cell["type"] != "$scopeinfo"]
        count = 1 + max(bit for net in self.module["netnames"].values() for bit in net["bits"] if isinstance(bit, int))
        tables, registers, self._roms = [], [], []
        for cell in cells:
            if cell["type"] == "CARRY4":
                # Positions that lead nowhere toggle all the same.
                for pin in ("O", "CO"):
                    bits = cell["connections"].setdefault(pin, [])
                    missing = 4 - len(bits)
                    bits += range(count, count + missing)
                    count += missing
            pins = {pin: _net(bits[0]) for pin, bits in cell["connections"].items() if bits}
            register = _register(cell["type"], pins, cell["parameters"])
            if cell["type"].endswith(MEMORY):
                self._roms.append(self._rom(cell))
            elif register is not None:
                registers.append(register)
            else:
                tables += _tables(cell["type"], cell)
        self.values = np.zeros((count, self.words), np.uint64)
        self.values[1] = ALL
        self._registers = registers
        self._levels = _levels(tables)
        self.cells = len(tables)
        self.own = np.array(sorted({t.output for t in tables} | {r.output for r in registers}))
        data = [net for _, nets, _ in self._roms for net in nets]
        entering = [net for port, bits in self._ports("input") if port != "clk_i" for net in bits]
        self.operands = np.array(sorted({*data, *entering} - {0, 1}))
        self._delayed = [np.zeros(len(nets), np.uint64) for _, nets, _ in self._roms]

    def _ports(self, direction: str) -> Iterator[tuple[str, list[int]]]:
        for port, fields in self.module["ports"].items():
            if fields["direction"] == direction:
                yield port, [_net(bit) for bit in fields["bits"]]

    def _rom(self, cell: dict[str, Any]) -> tuple[list[int], list[int], Words]:
        pins = {pin: [_net(bit) for bit in bits] for pin, bits in cell["connections"].items()}
        memory = self.memories[cell["parameters"]["File"].strip()]
        rows = [[ALL if word >> bit & 1 else 0 for bit in range(memory.width)] for word in memory.words]
        return pins["address_i"], pins["data_o"], np.array(rows, np.uint64)

    def port(self, name: str) -> list[int]:
        """The nets of a port."""
        return [_net(bit) for bit in self.module["ports"][name]["bits"]]

    def settle(self) -> None:
        """Lets the inputs and the registers through."""
        for level in self._levels:
            level.look_up(self.values)

    def clock(self) -> None:
        """An edge of the clock: registers and memories take what has settled; not yet through the logic."""
        values, registers = self.values, self._registers

        def level_of(pairs: list[tuple[int, int]]) -> Words:
            inverted = np.array([0 if active else ALL for _, active in pairs], np.uint64)
            return values[[net for net, _ in pairs]] ^ inverted[:, None]

        enable, reset = level_of([r.enable for r in registers]), level_of([r.reset for r in registers])
        gated = np.array([ALL if r.gated else 0 for r in registers], np.uint64)[:, None]
        value = np.array([ALL if r.value else 0 for r in registers], np.uint64)[:, None]
        outputs = [r.output for r in registers]
        reset &= enable | ~gated
        after = (values[[r.data for r in registers]] & enable) | (values[outputs] & ~enable)
        after = (after & ~reset) | (value & reset)
        for index, (address, data, contents) in enumerate(self._roms):
            place = sum(int(values[net, 0] & np.uint64(1)) << bit for bit, net in enumerate(address))
            values[data] = self._delayed[index][:, None]
            self._delayed[index] = contents[min(place, len(contents) - 1)]
        values[outputs] = after


@dataclass
class Toggles:
    """Changes of some nets from cycle to cycle, by word of streams."""

    netlist: SimulatedNetlist
    nets: npt.NDArray[np.int64]
    total: npt.NDArray[np.int64] = field(init=False)
    before: Words = field(init=False)

    def __post_init__(self) -> None:
        self.total = np.zeros(self.netlist.words, np.int64)
        self.before = self.netlist.values[self.nets]

    def count(self, counting: bool) -> None:
        """Looks at the nets once they have settled."""
        now = self.netlist.values[self.nets]
        if counting:
            self.total += np.bitwise_count(now ^ self.before).sum(axis=0, dtype=np.int64)
        self.before = now
