"""What design.json of generated RTL must hold to be used."""

from __future__ import annotations

from ops.files.fields import BOOLEAN, RATE, SHARE, TEXT, Kind, matching, whole
from ops.fixed import MAX_FRAC, MAX_WIDTH
from ops.naming import is_name

FORMAT = 1
"""Version of design.json."""

NAME = Kind("a name of a graph or tensor", is_name)
IDENTIFIER = matching("an identifier", r"[A-Za-z_][A-Za-z0-9_]{0,99}")
COUNT = whole(1, 2**31 - 1)
CYCLES = whole(0, 2**62)

KIND = {
    "channels": whole(1, 2**20),
    "width": whole(1, MAX_WIDTH),
    "frac": whole(-MAX_FRAC, MAX_FRAC),
    "signed": BOOLEAN,
    "rate": RATE,
}
PORT = {"tensor": NAME, "video": BOOLEAN, "data_width": whole(8, 2**26)} | KIND
FORM = {
    "format": whole(FORMAT, FORMAT),
    "name": NAME,
    "top": IDENTIFIER,
    "fingerprint": matching("64 hexadecimal digits", "[0-9a-f]{64}"),
    "max_height": whole(1, 2**16 - 1),
    "max_width": whole(1, 2**16 - 1),
    "granularity": COUNT,
    "sources": (TEXT,),
    "input": PORT,
    "output": PORT,
    "tensors": ({"name": NAME, "identifier": IDENTIFIER, "lanes": COUNT} | KIND,),
    "nodes": ({"name": NAME, "operation": IDENTIFIER, "cycles": CYCLES, "utilization": SHARE},),
    "windows": [{"tensor": NAME, "nodes": [NAME]}],
    "fifos": [{"name": IDENTIFIER, "tensor": NAME, "node": NAME, "depth": COUNT, "width": COUNT}],
    "memories": [{"file": TEXT, "node": NAME, "width": COUNT, "words": COUNT}],
    "prediction": {"height": COUNT, "width": COUNT, "total": CYCLES, "fill": CYCLES, "slowest": NAME},
}
"""What design.json must hold to be used."""
