"""Small renderers of SystemVerilog: declarations and instances."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Stream:
    """The five signals of a stream, as expressions, and its width in bits."""

    valid: str
    ready: str
    data: str
    eol: str
    eof: str
    width: int

    @classmethod
    def named(cls, name: str, width: int) -> Stream:
        """The stream whose signals are called after `name`."""
        return cls(f"{name}_valid", f"{name}_ready", f"{name}_data", f"{name}_eol", f"{name}_eof", width)

    def declaration(self) -> str:
        """Declarations of the signals."""
        flags = ", ".join((self.valid, self.ready, self.eol, self.eof))
        return f"  logic {flags};\n  logic [{self.width - 1}:0] {self.data};\n"

    def as_input(self, prefix: str = "in") -> dict[str, str]:
        """Port connections of the module that takes this stream."""
        return {
            f"{prefix}_valid_i": self.valid,
            f"{prefix}_ready_o": self.ready,
            f"{prefix}_data_i": self.data,
            f"{prefix}_eol_i": self.eol,
            f"{prefix}_eof_i": self.eof,
        }

    def as_output(self) -> dict[str, str]:
        """Port connections of the module that makes this stream."""
        return {
            "out_valid_o": self.valid,
            "out_ready_i": self.ready,
            "out_data_o": self.data,
            "out_eol_o": self.eol,
            "out_eof_o": self.eof,
        }


CLOCK = {"clk_i": "clk_i", "rst_ni": "rst_ni"}
"""Connections of clock and reset."""


def instance(module: str, name: str, parameters: Mapping[str, object], ports: Mapping[str, str]) -> str:
    """One instance; string parameters are quoted by the caller."""
    settings = ",\n".join(f"    .{key}({value})" for key, value in parameters.items())
    connections = ",\n".join(f"    .{key}({value})" for key, value in ports.items())
    head = f"  {module} #(\n{settings}\n  ) {name} (\n" if settings else f"  {module} {name} (\n"
    return f"{head}{connections}\n  );\n"


def declared_parameters(source: str) -> set[str]:
    """Names of the parameters in the header of the first module of a source text."""
    header = re.sub(r"//[^\n]*", "", source).split(") (", 1)[0]
    return set(re.findall(r"\bparameter\b[^=,]*?(\w+)\s*(?:\[[^\]]*\]\s*)?=", header))
