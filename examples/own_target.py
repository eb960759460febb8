"""A device that does not come with the project, described in a file: the design for it, and what it takes there.

python examples/own_target.py FOLDER
"""

import sys
from pathlib import Path

import sapm

DEVICE = Path(__file__).with_name("arty_a7.toml")


def main(folder: Path, codec: str | Path = "small") -> dict[str, int]:
    """Generates a codec's RTL for the device of a file; pictures of 512x512 in a second, by transform."""
    target = sapm.open_target(str(DEVICE))
    project = sapm.generate(codec, folder, target=target, height=512, width=512, fps=5, back_ends=["rtl"])
    cycles = {
        name: max(node["cycles"] for node in project.rtl(name).design["nodes"]) for name in project.networks.names
    }
    return {name: int(target.clock_mhz * 1e6 / count) for name, count in cycles.items()}


if __name__ == "__main__":
    print(main(Path(sys.argv[1])))
