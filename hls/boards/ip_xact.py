"""The IP-XACT description (IEEE 1685-2009, as Vivado reads it) of a transform's RTL: `component.xml`.

Ports, AXI bus interfaces, the register map, the file sets, and the parameter that says where the ROMs lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from hls.rtl.dataflow import ROM_FOLDER
from hls.rtl.project import RtlProject
from hls.rtl.registers import AXI_LITE
from ops.registers import REGISTERS, Register

COMPONENT = "component.xml"
SCHEMA = "http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009"
VENDOR, LIBRARY, VERSION = "sapm", "transforms", "1.0"

RANGE = 4096
"""Bytes of addresses that the registers take of a bus: the least that a block design gives away."""

ACCESS = {"RO": "read-only", "RW": "read-write", "WO": "write-only", "W1C": "read-write"}

Ports = list[tuple[str, str, int | None]]
"""Name, direction ("in", "out") and highest bit of a vector of each port."""


def top_ports(design: Mapping[str, Any]) -> Ports:
    """Every port of the top of a design (see design.json)."""
    ports: Ports = [("clk_i", "in", None), ("rst_ni", "in", None)]
    for direction, bits, name in AXI_LITE:
        highest = int(bits.strip("[ ").partition(":")[0]) if bits else None
        ports.append((f"s_axil_{name}", direction.strip().removesuffix("put"), highest))
    for prefix, port, inward in (("s_axis", design["input"], True), ("m_axis", design["output"], False)):
        for name in ("tvalid", "tready", "tdata", *(["tuser"] if port["video"] else []), "tlast"):
            forward = "in" if (name != "tready") == inward else "out"
            ports.append((f"{prefix}_{name}", forward, port["data_width"] - 1 if name == "tdata" else None))
    return ports


def render_component(project: RtlProject) -> str:
    """The text of component.xml, to lie beside the sources."""
    design = project.design
    ElementTree.register_namespace("spirit", SCHEMA)
    ports = top_ports(design)
    files = [str(path.relative_to(project.folder)) for path in project.sources]
    parameters = {"Component_Name": f"{design['top']}_0"} | ({ROM_FOLDER: "./"} if project.data else {})
    root = _element(
        "component",
        *_texts(vendor=VENDOR, library=LIBRARY, name=design["top"], version=VERSION),
        _element("busInterfaces", *_bus_interfaces(ports)),
        _element("memoryMaps", _memory_map()),
        _model(design, ports, bool(project.data)),
        _element("fileSets", _file_set("sources", files), _file_set("memories", list(project.data))),
        *_texts(description=f"Transform {design['name']}, fingerprint {design['fingerprint']}"),
        _element("parameters", *(_parameter(name, value) for name, value in parameters.items())),
    )
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, "unicode", xml_declaration=True) + "\n"


def _element(tag: str, *children: Element, text: str | None = None, **attributes: str) -> Element:
    element = Element(f"{{{SCHEMA}}}{tag}", {f"{{{SCHEMA}}}{name}": value for name, value in attributes.items()})
    element.text = text
    element.extend(children)
    return element


def _texts(**texts: object) -> list[Element]:
    return [_element(tag, text=str(text)) for tag, text in texts.items()]


def _reference(tag: str, library: str, name: str) -> Element:
    return _element(tag, vendor="xilinx.com", library=library, name=name, version="1.0")


def _bus_interfaces(ports: Ports) -> Iterable[Element]:
    yield _bus("s_axil", ("interface", "aximm"), _mapped(ports, "s_axil"), "slave", memory_map="s_axil")
    yield _bus("s_axis", ("interface", "axis"), _mapped(ports, "s_axis"), "slave")
    yield _bus("m_axis", ("interface", "axis"), _mapped(ports, "m_axis"), "master")
    clock = {"ASSOCIATED_BUSIF": "s_axil:s_axis:m_axis", "ASSOCIATED_RESET": "rst_ni"}
    yield _bus("clk_i", ("signal", "clock"), {"CLK": "clk_i"}, "slave", clock)
    yield _bus("rst_ni", ("signal", "reset"), {"RST": "rst_ni"}, "slave", {"POLARITY": "ACTIVE_LOW"})


def _mapped(ports: Ports, prefix: str) -> dict[str, str]:
    """Physical by logical port."""
    names = [name for name, _, _ in ports if name.startswith(f"{prefix}_")]
    return {name.removeprefix(f"{prefix}_").upper(): name for name in names}


def _bus(
    name: str,
    kind: tuple[str, str],
    mapped: Mapping[str, str],
    mode: str,
    parameters: Mapping[str, str] | None = None,
    memory_map: str | None = None,
) -> Element:
    reference = [_element("memoryMapRef", memoryMapRef=memory_map)] if memory_map else []
    maps = [
        _element(
            "portMap",
            _element("logicalPort", *_texts(name=logical)),
            _element("physicalPort", *_texts(name=physical)),
        )
        for logical, physical in mapped.items()
    ]
    named = [
        _element("parameter", *_texts(name=key), _element("value", text=value, id=f"BUSIFPARAM_VALUE.{name}.{key}"))
        for key, value in (parameters or {}).items()
    ]
    return _element(
        "busInterface",
        *_texts(name=name),
        _reference("busType", *kind),
        _reference("abstractionType", kind[0], f"{kind[1]}_rtl"),
        _element(mode, *reference),
        _element("portMaps", *maps),
        *([_element("parameters", *named)] if named else []),
    )


def _memory_map() -> Element:
    registers = [_register(register) for register in REGISTERS.values()]
    block = _element(
        "addressBlock",
        *_texts(name="registers", baseAddress="0x0", range=RANGE, width=32, usage="register", access="read-write"),
        *registers,
    )
    return _element("memoryMap", *_texts(name="s_axil"), block)


def _register(register: Register) -> Element:
    dim = _texts(dim=register.words) if register.words > 1 else []
    cleared = {"modifiedWriteValue": "oneToClear"} if register.access == "W1C" else {}
    fields = [
        _element(
            "field",
            *_texts(name=bit.name, description=bit.text, bitOffset=bit.position, bitWidth=bit.width),
            *_texts(access=ACCESS[register.access], **cleared),
        )
        for bit in register.fields
    ]
    return _element(
        "register",
        *_texts(name=register.name, description=register.text),
        *dim,
        *_texts(addressOffset=f"0x{register.offset:X}", size=32, access=ACCESS[register.access]),
        *fields,
    )


def _model(design: Mapping[str, Any], ports: Ports, has_memories: bool) -> Element:
    views = [
        ("xilinx_anylanguagesynthesis", ":vivado.xilinx.com:synthesis", ["sources", "memories"]),
        ("xilinx_anylanguagebehavioralsimulation", ":vivado.xilinx.com:simulation", ["sources", "memories"]),
    ]
    shown = [
        _element(
            "view",
            *_texts(name=name, envIdentifier=tool, language="SystemVerilog", modelName=design["top"]),
            *(_element("fileSetRef", *_texts(localName=file_set)) for file_set in file_sets),
        )
        for name, tool, file_sets in views
    ]
    value = _element("value", text="./", resolve="generated", id=f"MODELPARAM_VALUE.{ROM_FOLDER}")
    parameter = _element("modelParameter", *_texts(name=ROM_FOLDER), value, dataType="string")
    return _element(
        "model",
        _element("views", *shown),
        _element("ports", *(_port(*port) for port in ports)),
        *([_element("modelParameters", parameter)] if has_memories else []),
    )


def _port(name: str, direction: str, highest: int | None) -> Element:
    vector = [] if highest is None else [_element("vector", *_texts(left=highest, right=0))]
    return _element("port", *_texts(name=name), _element("wire", *_texts(direction=direction), *vector))


def _file_set(name: str, paths: Iterable[str]) -> Element:
    kinds = {"sources": ("fileType", "systemVerilogSource"), "memories": ("userFileType", "mem")}
    tag, kind = kinds[name]
    return _element(
        "fileSet", *_texts(name=name), *(_element("file", *_texts(name=path, **{tag: kind})) for path in paths)
    )


def _parameter(name: str, value: str) -> Element:
    shown = _element("value", text=value, resolve="user", id=f"PARAM_VALUE.{name}")
    return _element("parameter", *_texts(name=name), shown)
