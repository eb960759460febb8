"""The register map of `ops.registers` as a SystemVerilog package and as a Markdown table, and the bus to it."""

from __future__ import annotations

from ops.registers import IDENTITY, REGISTERS, VERSION

AXI_LITE = (
    ("input ", "[7:0]  ", "awaddr"),
    ("input ", "", "awvalid"),
    ("output", "", "awready"),
    ("input ", "[31:0] ", "wdata"),
    ("input ", "[3:0]  ", "wstrb"),
    ("input ", "", "wvalid"),
    ("output", "", "wready"),
    ("output", "[1:0]  ", "bresp"),
    ("output", "", "bvalid"),
    ("input ", "", "bready"),
    ("input ", "[7:0]  ", "araddr"),
    ("input ", "", "arvalid"),
    ("output", "", "arready"),
    ("output", "[31:0] ", "rdata"),
    ("output", "[1:0]  ", "rresp"),
    ("output", "", "rvalid"),
    ("input ", "", "rready"),
)
"""Direction, range and name of the AXI4-Lite signals."""


def render_package() -> str:
    """The SystemVerilog package `sapm_registers`."""
    lines = [
        "// Register map of the transforms; generated from ops/registers.py.",
        "",
        "package sapm_registers;",
        f"  localparam logic [31:0] IdentityValue = 32'h{IDENTITY:08X};",
        f"  localparam logic [31:0] VersionValue = 32'd{VERSION};",
        f"  localparam int unsigned ErrorBits = {len(REGISTERS['Errors'].fields)};",
    ]
    for register in REGISTERS.values():
        lines.append(f"  localparam logic [7:0] {register.name} = 8'h{register.offset:02X};")
        fields = () if register.constant else register.fields
        lines += [f"  localparam int unsigned {register.name}{bit.name} = {bit.position};" for bit in fields]
    return "\n".join([*lines, "endpackage", ""])


def render_table() -> str:
    """The register map as a Markdown table."""
    lines = ["| offset | register | access | contents |", "|---|---|---|---|"]
    for register in REGISTERS.values():
        last = f"..0x{register.offset + 4 * register.words - 4:02X}" if register.words > 1 else ""
        lines.append(f"| 0x{register.offset:02X}{last} | {register.name} | {register.access} | {register.text} |")
        lines += [f"| | | | {_bits(bit.position, bit.width)} {bit.name}: {bit.text} |" for bit in register.fields]
    return "\n".join(lines) + "\n"


def _bits(position: int, width: int) -> str:
    return f"bit {position}" if width == 1 else f"bits {position + width - 1}..{position}"


def transform_code(name: str) -> int:
    """Contents of the register `Transform`: the first four letters of `name`, padded with spaces."""
    return int.from_bytes(name.encode("ascii", "replace")[:4].ljust(4), "big")
