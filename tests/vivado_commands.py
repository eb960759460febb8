"""Vivado's Tcl commands as its public documentation has them, recorded in a Tcl interpreter and checked as they come.

Commands and options: UG835. Interfaces, pins and parameters of IP: PG021 (AXI DMA), PG085 (AXI4-Stream),
PG164 (processor system reset), PG247 (SmartConnect), PG082 (Zynq-7000), PG201 (Zynq UltraScale+).
"""

from __future__ import annotations

import re
import tkinter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

SPIRIT = "{http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009}"


@dataclass(frozen=True)
class Command:
    """Options without and with a value, and how many other words the command takes at least and at most."""

    flags: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    least: int = 0
    most: int = 0


COMMANDS = {
    "create_project": Command(("-force", "-in_memory"), ("-part",), 0, 2),
    "get_board_parts": Command(("-quiet", "-latest_file_version"), (), 0, 1),
    "current_project": Command(),
    "current_fileset": Command(),
    "get_filesets": Command(("-quiet",), (), 1, 1),
    "get_files": Command(("-quiet", "-all"), ("-of_objects", "-filter"), 0, 1),
    "get_runs": Command(("-quiet",), (), 1, 1),
    "get_ports": Command(("-quiet",), (), 1, 1),
    "get_property": Command(("-quiet",), (), 2, 2),
    "set_property": Command(("-quiet",), ("-dict", "-name", "-value", "-objects"), 0, 3),
    "add_files": Command(("-norecurse",), ("-fileset",), 1, 1),
    "update_compile_order": Command((), ("-fileset",)),
    "update_ip_catalog": Command(("-rebuild",)),
    "create_bd_design": Command((), (), 1, 1),
    "create_bd_cell": Command((), ("-type", "-vlnv"), 1, 1),
    "apply_bd_automation": Command((), ("-rule", "-config"), 1, 1),
    "get_bd_cells": Command(("-quiet",), (), 1, 1),
    "get_bd_pins": Command(("-quiet",), (), 1, 1),
    "get_bd_intf_pins": Command(("-quiet",), (), 1, 1),
    "connect_bd_net": Command((), ("-net",), 2, 99),
    "connect_bd_intf_net": Command((), ("-intf_net",), 2, 2),
    "assign_bd_address": Command(),
    "validate_bd_design": Command(("-force",)),
    "save_bd_design": Command(),
    "make_wrapper": Command(("-top", "-import"), ("-files",)),
    "launch_runs": Command((), ("-to_step", "-jobs"), 1, 9),
    "wait_on_run": Command((), ("-timeout",), 1, 1),
    "open_run": Command((), ("-name",), 1, 1),
    "report_utilization": Command(("-hierarchical",), ("-file",)),
    "report_timing_summary": Command((), ("-file",)),
    "create_clock": Command((), ("-name", "-period"), 1, 1),
}


@dataclass(frozen=True)
class Ip:
    """Interfaces by name with their kind and side, pins by name with their direction, and parameters."""

    interfaces: Mapping[str, tuple[str, str]]
    pins: Mapping[str, str]
    parameters: frozenset[str]


def _ip(interfaces: Mapping[str, tuple[str, str]], ins: str, outs: str, parameters: str) -> Ip:
    pins = dict.fromkeys(ins.split(), "in") | dict.fromkeys(outs.split(), "out")
    return Ip(interfaces, pins, frozenset(parameters.upper().split()))


MM, AXIS = "aximm", "axis"
SIXTEEN = [f"{index:02d}" for index in range(16)]
CATALOG = {
    "processing_system7": _ip(
        {"M_AXI_GP0": (MM, "master"), "S_AXI_HP0": (MM, "slave")},
        "M_AXI_GP0_ACLK S_AXI_HP0_ACLK",
        "FCLK_CLK0 FCLK_RESET0_N",
        "PCW_USE_M_AXI_GP0 PCW_USE_S_AXI_HP0 PCW_EN_CLK0_PORT PCW_EN_RST0_PORT PCW_FPGA0_PERIPHERAL_FREQMHZ",
    ),
    "zynq_ultra_ps_e": _ip(
        {"M_AXI_HPM0_FPD": (MM, "master"), "S_AXI_HP0_FPD": (MM, "slave")},
        "maxihpm0_fpd_aclk saxihp0_fpd_aclk",
        "pl_clk0 pl_resetn0",
        "PSU__USE__M_AXI_GP0 PSU__USE__M_AXI_GP1 PSU__USE__M_AXI_GP2 PSU__USE__S_AXI_GP2 PSU__FPGA_PL0_ENABLE "
        "PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ",
    ),
    "proc_sys_reset": _ip(
        {},
        "slowest_sync_clk ext_reset_in aux_reset_in mb_debug_sys_rst dcm_locked",
        "mb_reset bus_struct_reset peripheral_reset interconnect_aresetn peripheral_aresetn",
        "",
    ),
    "smartconnect": _ip(
        {f"S{index}_AXI": (MM, "slave") for index in SIXTEEN} | {f"M{index}_AXI": (MM, "master") for index in SIXTEEN},
        "aclk aresetn",
        "",
        "NUM_SI NUM_MI NUM_CLKS",
    ),
    "axi_dma": _ip(
        {
            "S_AXI_LITE": (MM, "slave"),
            "M_AXI_MM2S": (MM, "master"),
            "M_AXI_S2MM": (MM, "master"),
            "M_AXIS_MM2S": (AXIS, "master"),
            "S_AXIS_S2MM": (AXIS, "slave"),
        },
        "s_axi_lite_aclk m_axi_mm2s_aclk m_axi_s2mm_aclk axi_resetn",
        "mm2s_introut s2mm_introut mm2s_prmry_reset_out_n s2mm_prmry_reset_out_n",
        "C_INCLUDE_SG C_SG_LENGTH_WIDTH C_ADDR_WIDTH C_INCLUDE_MM2S C_INCLUDE_S2MM C_M_AXI_MM2S_DATA_WIDTH "
        "C_M_AXIS_MM2S_TDATA_WIDTH C_M_AXI_S2MM_DATA_WIDTH C_INCLUDE_MM2S_DRE C_INCLUDE_S2MM_DRE",
    ),
    "axis_dwidth_converter": _ip(
        {"S_AXIS": (AXIS, "slave"), "M_AXIS": (AXIS, "master")},
        "aclk aresetn",
        "",
        "S_TDATA_NUM_BYTES M_TDATA_NUM_BYTES HAS_TLAST HAS_TKEEP HAS_TSTRB TUSER_BITS_PER_BYTE",
    ),
}
AUTOMATION = {
    "xilinx.com:bd_rule:processing_system7": {"make_external", "apply_board_preset", "Master", "Slave"},
    "xilinx.com:bd_rule:zynq_ultra_ps_e": {"apply_board_preset"},
}


class VivadoError(Exception):
    """A command that Vivado does not have, or would refuse."""


def packaged(folder: Path) -> tuple[str, Ip]:
    """The IP that a component.xml describes: VLNV without version, and what it has."""
    root = ElementTree.parse(folder / "component.xml").getroot()
    text = {tag: str(root.findtext(f"{SPIRIT}{tag}")) for tag in ("vendor", "library", "name")}
    interfaces, pins = {}, {}
    for bus in root.iter(f"{SPIRIT}busInterface"):
        name, kind = str(bus.findtext(f"{SPIRIT}name")), bus.find(f"{SPIRIT}busType").attrib[f"{SPIRIT}name"]  # type: ignore[union-attr]
        if kind in (MM, AXIS):
            interfaces[name] = kind, "master" if bus.find(f"{SPIRIT}master") is not None else "slave"
        else:
            pins[name] = "in"
    named = root.findall(f"{SPIRIT}parameters/{SPIRIT}parameter/{SPIRIT}name")
    return ":".join(text.values()), Ip(interfaces, pins, frozenset(str(entry.text).upper() for entry in named))


@dataclass
class Vivado:
    """A Tcl interpreter with Vivado's commands: `calls` are those made, `cells` what lies in the block design."""

    calls: list[tuple[str, ...]] = field(default_factory=list)
    cells: dict[str, Ip] = field(default_factory=dict)
    settings: dict[tuple[str, str], str] = field(default_factory=dict)
    nets: list[tuple[str, ...]] = field(default_factory=list)
    catalog: dict[str, Ip] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    failing: bool = False
    """Whether runs fail."""
    refused: str = ""
    """What was wrong with the last command."""

    def run(self, script: Path, *arguments: str) -> None:
        """Sources a script. Raises VivadoError, which says the line, for what Vivado would refuse."""
        interpreter = tkinter.Tcl()
        self.catalog |= {f"xilinx.com:ip:{name}": ip for name, ip in CATALOG.items()}
        for name in COMMANDS:
            interpreter.createcommand(name, lambda *words, name=name: self._called(name, words))
        interpreter.eval(f"set argv [list {' '.join(arguments)}]")
        try:
            interpreter.call("source", str(script))
        except tkinter.TclError as error:
            raise VivadoError(f"{error}{self.refused}\n{interpreter.getvar('errorInfo')}") from error

    def _called(self, name: str, words: tuple[str, ...]) -> str:
        try:
            return self._checked(name, words)
        except VivadoError as error:  # of which Tcl hears nothing but that there was one
            self.refused = str(error)
            raise

    def _checked(self, name: str, words: tuple[str, ...]) -> str:
        self.calls.append((name, *words))
        command, options, others, index = COMMANDS[name], dict[str, str](), list[str](), 0
        while index < len(words):
            word = str(words[index])
            if word in command.options:
                index += 1
                options[word] = str(words[index])
            elif re.fullmatch(r"-[a-z_]+", word) and word not in command.flags:
                raise VivadoError(f"{name} has no option {word}")
            elif word not in command.flags:
                others.append(word)
            index += 1
        if not command.least <= len(others) <= command.most:
            raise VivadoError(f"{name} takes {command.least} to {command.most} words, not {others}")
        return str(getattr(self, f"_{name}", lambda options, others: " ".join(others))(options, others))

    def _get_board_parts(self, options: Mapping[str, str], others: list[str]) -> str:
        return others[0].replace("*", "1.0")

    def _set_property(self, options: Mapping[str, str], others: list[str]) -> str:
        if "-dict" in options:
            words = tkinter.Tcl().splitlist(options["-dict"])
            pairs, objects = list(zip(words[::2], words[1::2], strict=True)), others
        elif "-name" in options:
            pairs, objects = [(options["-name"], options["-value"])], [options["-objects"]]
        else:
            pairs, objects = [(others[0], others[1])], others[2:]
        for key, value in pairs:
            self._set(objects[0], str(key), str(value))
        return ""

    def _set(self, owner: str, key: str, value: str) -> None:
        if key == "ip_repo_paths":
            for path in tkinter.Tcl().splitlist(value):
                found = dict(map(packaged, sorted(file.parent for file in Path(path).glob("*/component.xml"))))
                self.catalog |= found
        if owner in self.cells and key.removeprefix("CONFIG.").upper() not in self.cells[owner].parameters:
            raise VivadoError(f"{owner} has no parameter {key}")
        self.settings[owner, key] = value

    def _get_property(self, options: Mapping[str, str], others: list[str]) -> str:
        return "50%" if self.failing else "100%"

    def _create_bd_cell(self, options: Mapping[str, str], others: list[str]) -> str:
        if options["-vlnv"] not in self.catalog:
            raise VivadoError(f"no IP {options['-vlnv']} in the catalog")
        if others[0] in self.cells:
            raise VivadoError(f"two cells {others[0]}")
        self.cells[others[0]] = self.catalog[options["-vlnv"]]
        return others[0]

    def _apply_bd_automation(self, options: Mapping[str, str], others: list[str]) -> str:
        words = tkinter.Tcl().splitlist(options["-config"])
        if not set(map(str, words[::2])) <= AUTOMATION[options["-rule"]]:
            raise VivadoError(f"{options['-rule']} has no such choice: {words}")
        return ""

    def _get_bd_cells(self, options: Mapping[str, str], others: list[str]) -> str:
        if others[0] not in self.cells:
            raise VivadoError(f"no cell {others[0]}")
        return others[0]

    def _get_bd_pins(self, options: Mapping[str, str], others: list[str]) -> str:
        cell, _, pin = others[0].partition("/")
        if pin not in self.cells[cell].pins:
            raise VivadoError(f"no pin {others[0]}")
        return others[0]

    def _get_bd_intf_pins(self, options: Mapping[str, str], others: list[str]) -> str:
        cell, _, name = others[0].partition("/")
        if name not in self.cells[cell].interfaces:
            raise VivadoError(f"no interface {others[0]}")
        return others[0]

    def _connect_bd_net(self, options: Mapping[str, str], others: list[str]) -> str:
        self.nets.append(tuple(others))
        return ""

    def _connect_bd_intf_net(self, options: Mapping[str, str], others: list[str]) -> str:
        kinds = [self.cells[cell].interfaces[name] for cell, _, name in (other.partition("/") for other in others)]
        if kinds[0][0] != kinds[1][0] or [side for _, side in kinds] != ["master", "slave"]:
            raise VivadoError(f"{others} cannot be joined: {kinds}")
        self.nets.append(tuple(others))
        return ""

    def _get_files(self, options: Mapping[str, str], others: list[str]) -> str:
        return others[0]

    def _make_wrapper(self, options: Mapping[str, str], others: list[str]) -> str:
        return options["-files"].replace(".bd", "_wrapper.v")

    def _add_files(self, options: Mapping[str, str], others: list[str]) -> str:
        self.files += map(str, tkinter.Tcl().splitlist(others[0]))
        return ""
