"""Simulators under cocotb: builds a simulation, runs it, and says in one line what is missing."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from rtl_sim.runners import (
    ICARUS,
    VERILATOR,
    BuildOptions,
    SimulatorError,
    check_icarus,
    check_tools,
    icarus_arguments,
    random_start,
    runner_of,
    verilator_arguments,
)

SHOWN_LINES = 20
"""Lines of a failed tool's output that the error shows."""

STAMP = "contents.sha256"
"""File of a build that says what it was made of."""


DEFAULT_OPTIONS = BuildOptions()

ONE_FILE = (*DEFAULT_OPTIONS.verilator_arguments, "--output-split", "0")
"""Arguments for runs that are short: precompiled headers for several files of C++ cost more than they save."""


@dataclass(frozen=True)
class Simulation:
    """A built simulation: the executable's folder, the name of its top module, and how it was built."""

    build_dir: Path
    top: str
    random_start: bool = False
    simulator: str = VERILATOR


def _start_arguments(simulation: Simulation, seed: int) -> tuple[str, ...]:
    return random_start(seed) if simulation.random_start and simulation.simulator == VERILATOR else ()


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
    build_dir = build_dir.resolve()
    stamp = build_dir / STAMP
    contents = contents_digest(sources, top, parameters, defines, options, includes)
    simulation = Simulation(build_dir, top, options.random_start, options.simulator)
    if stamp.exists() and stamp.read_text() == contents:
        return simulation
    build_dir.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    log = build_dir / "build.log"
    icarus = options.simulator == ICARUS
    changes, arguments = ({}, icarus_arguments(options)) if icarus else verilator_arguments(options)
    try:
        with _environment(changes):
            runner_of(options).build(
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
    return simulation


def contents_digest(
    sources: Sequence[Path],
    top: str,
    parameters: Mapping[str, object] | None,
    defines: Mapping[str, object] | None,
    options: BuildOptions,
    includes: Sequence[Path] = (),
) -> str:
    """SHA-256 of all that a build is made of. Raises SimulatorError where a tool is missing."""
    tools = check_icarus() if options.simulator == ICARUS else check_tools()
    return _digest([*sources, *includes], (top, parameters, defines, options, tools))


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
            runner_of(BuildOptions(simulator=simulation.simulator)).test(
                test_module=test_module,
                hdl_toplevel=simulation.top,
                hdl_toplevel_lang="verilog",
                build_dir=simulation.build_dir,
                test_dir=run_dir,
                extra_env=dict(environment or {}),
                results_xml=str(results),
                test_filter=test_filter,
                seed=seed,
                plusargs=[*_start_arguments(simulation, seed), *arguments],
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
