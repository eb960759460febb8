"""A g++ for tests that compiles the headers of HLS projects once: most of what their C simulations read is the same.

    python header_cache.py FOLDER g++ -O0 -std=c++14 ... simulation.cpp -o simulation

Precompiled headers are kept in FOLDER (precompiled.py). Commands that optimize, sanitize or lack the headers only run;
so do those of which g++ itself finds the precompiled header unfit.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from precompiled import with_precompiled

HEADERS = ("ap_fixed.h", "ap_int.h", "hls_stream.h", "nnet_utils/nnet_types.h", "nnet_utils/nnet_helpers.h")


def main() -> None:
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    flags = [word for word in command[1:] if word.startswith("-") and word[:2] not in ("-I", "-D", "-o")]
    if "-O0" in flags and not any(word.startswith("-fsanitize") for word in flags):
        command = with_precompiled(command, flags, HEADERS, folder)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
