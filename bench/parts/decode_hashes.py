"""Decodes files, and prints a SHA-256 of the symbols of each: what bench/second_platform.py compares.

Needs nothing beyond the decoder itself: numpy, onnx and pillow. It prints JSON, one object a line: first the machine
and the libraries, then each file as it is done.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
from pathlib import Path

import numpy as np

from host import HostCodec
from host.bitstream import HASH_SIZE, model_hash_of
from host.kernels import kernels
from sapm.bundle import Bundle


def hashes(host: HostCodec, path: Path, is_whole: bool) -> dict[str, str]:
    """SHA-256 of the symbols, and of the picture and of the file that the symbols give again where it `is_whole`."""
    data = path.read_bytes()
    contents = host.read(data)
    numbers = contents.symbols.astype("<i4")
    found = {"file": str(path), "symbols": sha256(repr(numbers.shape).encode() + numbers.tobytes())}
    if is_whole:
        found["picture"] = sha256(host.decode(data).tobytes())
        found["packed"] = sha256(host.write(contents))
    return found


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--codec", type=Path, action="append", required=True, help="codec folder; repeatable")
    parser.add_argument("--whole", type=int, default=0, help="of how many files to decode the picture, too")
    parser.add_argument("--reverse", action="store_true", help="decode the last file first")
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    inner = "numba" if kernels().__name__ == "host.kernels.compiled" else "numpy"
    libraries = {"numpy": np.__version__, "kernels": inner}
    print(json.dumps({"machine": platform.machine(), **libraries}), flush=True)
    hosts = {host.model_hash[:HASH_SIZE]: host for host in (Bundle.load(folder).host for folder in arguments.codec)}
    whole = arguments.files[: arguments.whole]
    for path in reversed(arguments.files) if arguments.reverse else arguments.files:
        print(json.dumps(hashes(hosts[model_hash_of(path.read_bytes())], path, path in whole)), flush=True)
    assert "torch" not in sys.modules


if __name__ == "__main__":
    main()
