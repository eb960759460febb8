"""A g++ for tests that compiles the headers of HLS projects once: most of what their C simulations read is the same.

    python header_cache.py FOLDER g++ -O0 -std=c++14 ... simulation.cpp -o simulation

Precompiled headers are kept in FOLDER under the SHA-256 of flags, compiler and all files that are read. Commands that
optimize, sanitize or lack the headers only run; so do those of which g++ itself finds the precompiled header unfit.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from object_cache import files_read

HEADERS = ("ap_fixed.h", "ap_int.h", "hls_stream.h", "nnet_utils/nnet_types.h", "nnet_utils/nnet_helpers.h")
PRELUDE = "".join(f"#include <{name}>\n" for name in ("cstdint", "cstdio", "cstdlib", *HEADERS))


def written(header: Path) -> Path:
    """The file, with includes of all HEADERS; never seen in part."""
    part = header.with_suffix(f".{os.getpid()}")
    part.write_text(PRELUDE)
    return part.replace(header)


def precompiled(command: list[str], flags: list[str], folder: Path) -> Path:
    """The header that stands for all of HEADERS, with what g++ has made of it beside it; who comes second waits."""
    includes = [word for word in command if word.startswith("-I")]
    version = subprocess.run([command[0], "-v"], capture_output=True, check=True).stderr
    digest = hashlib.sha256(repr([PRELUDE, *flags, version]).encode())
    for path in files_read(written(folder / "prelude"), [Path(word[2:]) for word in includes]):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    header = folder / f"{digest.hexdigest()}.h"
    with header.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = header.with_suffix(".h.gch")
        if not made.exists():
            written(header)
            part = header.with_suffix(".part")
            subprocess.run([command[0], *flags, *includes, "-x", "c++-header", header, "-o", part], check=True)
            part.replace(made)
    return header


def main() -> None:
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    flags = [word for word in command[1:] if word.startswith("-") and word[:2] not in ("-I", "-D", "-o")]
    places = [Path(word[2:]) for word in command if word.startswith("-I")]
    known = all(any((place / name).is_file() for place in places) for name in HEADERS)
    if known and "-O0" in flags and not any(word.startswith("-fsanitize") for word in flags):
        command[1:1] = ["-include", str(precompiled(command, flags, folder))]
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
