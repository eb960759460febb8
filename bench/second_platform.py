"""Files decoded on x86-64 and on arm64, with other libraries, thread counts and orders: all hashes must be equal.

.venv/bin/python -m bench.second_platform [--pictures PHOTOGRAPHS] [--codec FOLDER ...] [--whole 2] [--limit 24]

Decodes the golden files of tests/golden, and of each photograph the file that each codec makes of it here. arm64 runs
under qemu-user: it takes the Debian packages qemu-user-static and debootstrap, and root. What it downloads (Debian's
Python for arm64, wheels from PyPI) stays in build/second_platform. The exit code is 1 where any hash differs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from host.pictures import FORMATS, read_picture
from host.qualities import position_of
from ops.files import write_whole
from sapm.codecs import CodecEntry, Codecs

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "build" / "second_platform"
GOLDEN = ROOT / "tests" / "golden"
PROGRAM = "bench.parts.decode_hashes"

DEBIAN = "bookworm"
DEBIAN_PYTHON = "3.11"
MIRROR = "http://deb.debian.org/debian"
QEMU = "qemu-aarch64-static"
PACKAGES = {QEMU: "qemu-user-static", "debootstrap": "debootstrap", "dpkg-deb": "dpkg"}
"""Programs that are needed, and the Debian packages they come in."""

QUALITIES = (20, 80)
"""Of the files made of photographs."""

OTHER_NUMPY = "1.26.4"

console = Console(width=None if sys.stdout.isatty() else 120)
Record = dict[str, str]


class PrerequisiteError(RuntimeError):
    """Something that has to be installed first."""


@dataclass(frozen=True)
class Environment:
    """How one run differs: the interpreter with its options, variables, arguments of the program."""

    name: str
    interpreter: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()

    def run(self, codecs: Sequence[Path], files: Sequence[Path], whole: int) -> tuple[Record, list[Record]]:
        """The libraries it found and the hashes of each file. Raises RuntimeError where it breaks off."""
        folders = [text for folder in codecs for text in ("--codec", str(folder.resolve()))]
        command = [*self.interpreter, "-W", "ignore", "-m", PROGRAM, *folders, "--whole", str(whole), *self.arguments]
        command += (str(file.resolve()) for file in files)
        variables = {**os.environ, **self.variables, "PYTHONDONTWRITEBYTECODE": "1"}
        lines = []
        with (
            console.status(self.name) as status,
            subprocess.Popen(command, stdout=subprocess.PIPE, env=variables, cwd=ROOT, text=True) as process,
        ):
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(json.loads(line))
                status.update(f"{self.name}: {len(lines) - 1} of {len(files)} files")
        if process.returncode or len(lines) != len(files) + 1:
            raise RuntimeError(f"{self.name}: broke off with exit code {process.returncode} after {len(lines)} lines")
        return lines[0], sorted(lines[1:], key=lambda record: record["file"])


def check_prerequisites() -> None:
    """Raise PrerequisiteError, with the command that helps, where a program is missing."""
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if missing:
        raise PrerequisiteError(f"arm64 needs Debian packages: apt-get install {' '.join(missing)}")
    if not arm64_python().exists() and os.geteuid() != 0:
        raise PrerequisiteError("debootstrap must be run as root, to unpack Debian for arm64 the first time")


def arm64_root() -> Path:
    return CACHE / "arm64"


def arm64_python() -> Path:
    return arm64_root() / "usr" / "bin" / f"python{DEBIAN_PYTHON}"


def unpack_debian() -> None:
    """Debian's Python for arm64, unpacked but not set up: nothing of it runs outside qemu."""
    if arm64_python().exists():
        return
    part = CACHE / "arm64.part"
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    with console.status(f"Debian {DEBIAN} for arm64"):
        options = ["--foreign", "--arch=arm64", "--variant=minbase", "--include=python3,libstdc++6"]
        quiet_run(["debootstrap", *options, DEBIAN, str(part), MIRROR])
        for package in sorted((part / "var/cache/apt/archives").glob("*.deb")):
            quiet_run(["dpkg-deb", "-x", str(package), str(part)])
    part.rename(arm64_root())


def site(name: str, requirements: Sequence[str], options: Sequence[str] = ()) -> Path:
    """A folder of packages from PyPI, installed once."""
    folder = CACHE / name
    marker = folder / "requirements.json"
    wanted = json.dumps([*requirements, *options])
    if not marker.exists() or marker.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        with console.status(f"packages of {name}"):
            quiet_run([sys.executable, "-m", "pip", "install", "--target", str(folder), *options, *requirements])
        marker.write_text(wanted)
    return folder


def quiet_run(command: Sequence[str]) -> None:
    """Run a command. Raises RuntimeError with the end of what it printed where it fails."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} .. failed:\n{(result.stdout + result.stderr)[-2000:]}")


def pinned(*names: str) -> list[str]:
    """Requirements with the versions of the lock."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = dict(line.split()[0].split("==") for line in lines if "==" in line.split(";")[0])
    return [f"{name}=={pins[name]}" for name in names]


def environments() -> list[Environment]:
    """The reference first; what differs from it is in the name."""
    here = (sys.executable,)
    without_site = (sys.executable, "-S")
    older = site("numpy", [f"numpy=={OTHER_NUMPY}", *pinned("onnx", "pillow")])
    plain = site("plain", pinned("numpy", "onnx", "pillow"))
    tags = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_26", "manylinux_2_17", "manylinux2014")
    platforms = [f"--platform={tag}_aarch64" for tag in tags]
    wheels = ["--only-binary=:all:", f"--python-version={DEBIAN_PYTHON}", "--implementation=cp", *platforms]
    arm64 = site("arm64_packages", pinned("numpy", "onnx", "pillow"), wheels)
    emulated = (QEMU, "-L", str(arm64_root()), str(arm64_python()), "-S")
    return [
        Environment("as installed", here),
        Environment("BLAS with 1 thread", here, {"OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}),
        Environment("BLAS with 5 threads", here, {"OPENBLAS_NUM_THREADS": "5"}),
        Environment("last file first", here, {}, ("--reverse",)),
        Environment(f"numpy {OTHER_NUMPY}, no numba", without_site, {"PYTHONPATH": str(older)}),
        Environment("no numba", without_site, {"PYTHONPATH": str(plain)}),
        Environment("arm64 under qemu-user", emulated, {"PYTHONPATH": str(arm64)}),
    ]


def golden_files() -> tuple[list[Path], list[Path]]:
    """Codec folders and compressed files below tests/golden."""
    return [path.parent for path in sorted(GOLDEN.rglob("analysis.onnx"))], sorted(GOLDEN.rglob("*.sapm"))


def encoded(entries: Sequence[CodecEntry], photographs: Path, limit: int) -> list[Path]:
    """Files that the codecs make here of the first photographs of a folder at some qualities; made once for each."""
    suffixes = {f".{name.lower()}" for name in (*FORMATS, "jpg", "tif")}
    sources = [path for path in sorted(photographs.iterdir()) if path.suffix.lower() in suffixes][:limit]
    files = []
    for entry in entries:
        folder = CACHE / "files" / f"{entry.name}-{entry.model_hash.hex()[:16]}"
        folder.mkdir(parents=True, exist_ok=True)
        for source, quality in product(sources, QUALITIES):
            file = folder / f"{source.stem}-{quality}.sapm"
            if not file.exists():
                with console.status(f"encoding {source.name} with {entry.name} at quality {quality}"):
                    write_whole(file, entry.load().encode(read_picture(source), position_of(quality)))
            files.append(file)
    return files


def differences(reference: Sequence[Record], found: Sequence[Record]) -> int:
    """How many files have a hash that is not that of the reference."""
    return sum(expected != record for expected, record in zip(reference, found, strict=True))


def compare(codecs: Sequence[Path], files: Sequence[Path], whole: int) -> bool:
    """Run all environments, print the table; whether all hashes are equal."""
    title = f"{len(files)} files, {whole} of them to the picture and back into a file"
    table = Table("environment", "machine", "numpy", "kernels", "seconds", "files that differ", title=title)
    reference: list[Record] = []
    total = 0
    for environment in environments():
        start = time.perf_counter()
        libraries, found = environment.run(codecs, files, whole)
        reference = reference or found
        count = differences(reference, found)
        total += count
        table.add_row(environment.name, *libraries.values(), f"{time.perf_counter() - start:.0f}", str(count))
    console.print(table)
    return total == 0


def main(
    pictures: Annotated[Path | None, typer.Option(help="folder of photographs to encode and decode, too")] = None,
    codec: Annotated[list[str] | None, typer.Option(help="codec folder for them; default: the shipped ones")] = None,
    whole: Annotated[int, typer.Option(help="files to decode to the picture; the others to the symbols", min=0)] = 2,
    limit: Annotated[int, typer.Option(help="photographs to take of the folder", min=1)] = 24,
) -> None:
    """Decode everywhere and compare."""
    try:
        check_prerequisites()
        unpack_debian()
        codecs, files = golden_files()
        if pictures is not None:
            own = Codecs.choose(codec).entries
            codecs = [*codecs, *(entry.folder for entry in own)]
            files = [*files, *encoded(own, pictures, limit)]
        if not files:
            raise PrerequisiteError("there must be golden files or --pictures to decode, and there are none")
        equal = compare(codecs, files, whole)
    except RuntimeError as error:
        console.print(f"error: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(2) from error
    console.print("all equal" if equal else "NOT ALL EQUAL", style="green" if equal else "red")
    if not equal:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
