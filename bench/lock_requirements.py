"""Makes the lock files anew (`make lock`): versions and hashes of all that is installed, for every platform.

    python -m bench.lock_requirements [--upgrade]

Runs uv, which the extra `dev` brings. Versions in the lock stay unless pyproject.toml wants
others, or with --upgrade all are renewed. docs/dependencies.md says what the files are.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK, SYNTH, TORCH, CUDA, BUILD = (
    ROOT / f"requirements{part}.lock" for part in ("", "-synth", "-torch", "-cuda", "-build")
)
EXTRAS = [f"--extra={name}" for name in ("train", "hardware", "evaluate", "anchors", "dev")]
"""What `make install` installs; the tools of synthesis are large, and have a file of their own."""

PYTHON = "3.11"
"""The oldest that is supported: what newer ones need as well is marked."""

BUILD_TOOLS = "pip\nsetuptools>=77\n"

CUDA_NAMES = re.compile(r"(nvidia|cuda)-.*|triton")
"""What PyTorch's build for CUDA, the one for Linux on PyPI, asks for and its build for processors does not."""

CPU_BUILDS = {"2.13.0": "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"}
"""SHA-256 of PyTorch's wheel for processors (Linux x86-64, Python 3.11), which is not on PyPI, by version."""

HEADER = "# {what}, with hashes; made by `make lock`, not by hand (docs/dependencies.md)\n"


def compiled(source: Sequence[str], previous: Path, upgrade: bool, text: str | None = None) -> list[str]:
    """The locked requirements of a source, one with its hashes each; versions of `previous` are kept.

    That of PyTorch is held: where requirements differ by version of Python, uv would take the newest for some.
    """
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    options = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", f"--python-version={PYTHON}"]
    options += ["--quiet", "--upgrade"] if upgrade else ["--quiet", f"--constraint={TORCH.name}"]
    work = previous.with_suffix(".new")
    try:
        if previous.exists():
            shutil.copyfile(previous, work)
        command = [uv, "pip", "compile", *source, *options, f"--output-file={work}"]
        subprocess.run(command, cwd=ROOT, input=text, text=True, check=True, stdout=subprocess.DEVNULL)
        return re.split(r"\n(?=\S)", work.read_text().strip())
    finally:
        work.unlink(missing_ok=True)


def name_of(block: str) -> str:
    """Of a requirement."""
    return re.split(r"[=\[ ;]", block, maxsplit=1)[0]


def with_cpu_build(block: str) -> str:
    """A requirement of PyTorch, with the wheel that is not on PyPI."""
    version = block.split(maxsplit=1)[0].partition("==")[2]
    if version not in CPU_BUILDS:
        raise SystemExit(f"CPU_BUILDS must have PyTorch {version}: take the SHA-256 of its wheel for processors")
    wheel = f"--hash=sha256:{CPU_BUILDS[version]}"
    return block if wheel in block else f"{block} \\\n    {wheel}"


def write(path: Path, what: str, blocks: Sequence[str]) -> None:
    """Writes a lock."""
    path.write_text(HEADER.format(what=what) + "\n".join(blocks) + "\n")
    print(f"{path.name}: {len(blocks)} packages")


def main() -> None:
    """Writes all locks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="renew all versions")
    upgrade = parser.parse_args().upgrade
    build = compiled(["-"], BUILD, upgrade, BUILD_TOOLS)
    before = LOCK.with_suffix(".before")
    before.write_text("\n".join(path.read_text() for path in (LOCK, SYNTH, TORCH, CUDA, BUILD) if path.exists()))
    try:
        blocks = compiled(["pyproject.toml", "--all-extras"], before, upgrade)
        before.write_text("\n".join(blocks))
        usual = {name_of(block) for block in compiled(["pyproject.toml", *EXTRAS], before, False)}
    finally:
        before.unlink()
    torch = [with_cpu_build(block) for block in blocks if name_of(block) == "torch"]
    cuda = [block for block in blocks if CUDA_NAMES.fullmatch(name_of(block))]
    elsewhere = {name_of(block) for block in build + torch + cuda}
    added = {name_of(block) for block in blocks} - usual - elsewhere
    write(BUILD, "What installs the rest", build)
    write(LOCK, "All that is installed but PyTorch", [block for block in blocks if name_of(block) in usual - elsewhere])
    write(SYNTH, "The extra synth", [block for block in blocks if name_of(block) in added])
    write(TORCH, "PyTorch, built for processors or for CUDA", torch)
    write(CUDA, "What PyTorch from PyPI needs beside it on Linux", cuda)


if __name__ == "__main__":
    main()
