"""The FuseSoC core file (CAPI2) of a transform's RTL: sources, memories, constraints, lint and synthesis targets."""

from __future__ import annotations

import json
from typing import Any

from hls.boards.ip_xact import LIBRARY, VENDOR, VERSION
from hls.rtl.dataflow import ROM_FOLDER
from hls.rtl.project import RtlProject

HEAD = "CAPI=2:"
"""First line of the file; what follows is YAML, of which JSON is a part."""

CONSTRAINTS, ROM_SCRIPT = "clock.xdc", "rom_folder.tcl"


def core_name(project: RtlProject) -> str:
    """Vendor, library, name and version, as FuseSoC writes them."""
    return f"{VENDOR}:{LIBRARY}:{project.design['name']}:{VERSION}"


def render_core(project: RtlProject, part: str | None) -> str:
    """The text of the core file, to lie beside the sources; `part` is the device that Vivado is to synthesize for."""
    sources = [str(path.relative_to(project.folder)) for path in project.sources]
    filesets: dict[str, Any] = {"rtl": {"files": sources, "file_type": "systemVerilogSource"}}
    filesets |= {"memories": {"files": [{path: {"copyto": path}} for path in project.data], "file_type": "user"}}
    own = {"filesets": ["rtl", "memories"], "toplevel": project.top}
    roms = {"parameters": [ROM_FOLDER]} if project.data else {}
    lint = {"mode": "lint-only", "verilator_options": ["-Wall"]}
    targets: dict[str, Any] = {"default": own, "lint": own | roms | _tool("verilator", lint)}
    if part is not None:
        files = [{CONSTRAINTS: {"file_type": "xdc"}}, {ROM_SCRIPT: {"file_type": "tclSource"}}]
        filesets["vivado"] = {"files": files if project.data else files[:1]}
        synth = {"filesets": ["rtl", "memories", "vivado"], "toplevel": project.top}
        targets["synth"] = synth | _tool("vivado", {"part": part, "pnr": "none"})
    parameter = {
        "datatype": "str",
        "default": "./",
        "description": "where rom/ lies; a path that ends in /",
        "paramtype": "vlogparam",
    }
    description = f"Transform {project.design['name']}, generated; fingerprint {project.design['fingerprint']}"
    core = {"name": core_name(project), "description": description, "filesets": filesets, "targets": targets}
    core |= {"parameters": {ROM_FOLDER: parameter}} if project.data else {}
    return f"{HEAD}\n{json.dumps(core, indent=1)}\n"


def _tool(name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"default_tool": name, "tools": {name: options}}


def render_constraints(clock_mhz: float) -> str:
    """The constraints of a transform that is synthesized alone: its clock."""
    return (
        "# Clock of the transform where it is synthesized alone; in a block design it comes from the processor.\n"
        f"create_clock -name clk_i -period {1000 / clock_mhz:.3f} [get_ports clk_i]\n"
    )


def render_rom_script() -> str:
    """Tcl that FuseSoC's Vivado project sources in the folder into which FuseSoC copies the memories."""
    return (
        "# Vivado runs elsewhere than in its project's folder: the memories are found by their full path.\n"
        f'set_property generic "{ROM_FOLDER}=[pwd]/" [current_fileset]\n'
    )
