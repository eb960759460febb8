"""The locks hold what pyproject.toml asks for, with hashes, and name no place to fetch it from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCKS = {path.name: path.read_text() for path in sorted(ROOT.glob("requirements*.lock"))}
WANTED = {
    "requirements.lock": [
        *PROJECT["dependencies"],
        *(
            [text for text in EXTRAS[name] if not text.startswith("torch>")]
            for name in ("train", "hardware", "evaluate", "heif", "anchors", "dev")
        ),
    ],
    "requirements-torch.lock": [next(text for text in EXTRAS["train"] if text.startswith("torch>"))],
    "requirements-synth.lock": [EXTRAS["synth"]],
    "requirements-cuda.lock": [EXTRAS["gpu"]],
    "requirements-build.lock": ["pip", "setuptools>=77"],
}


def requirements(wanted: list[str | list[str]]) -> list[Requirement]:
    """Those of nested lists, but for extras of the project itself."""
    texts = [text for entry in wanted for text in ([entry] if isinstance(entry, str) else entry)]
    return [requirement for text in texts if (requirement := Requirement(text)).name != "sapm"]


def blocks(name: str) -> list[list[str]]:
    """The requirements of a lock: the line that pins each, and its hashes."""
    lines = [line.removesuffix(" \\").strip() for line in LOCKS[name].splitlines() if not line.startswith("#")]
    starts = [index for index, line in enumerate(lines) if not line.startswith("--")]
    return [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


@pytest.mark.parametrize("name", sorted(WANTED))
def test_every_requirement_is_locked_by_hash(name: str) -> None:
    locked = {}
    for pin, *hashes in blocks(name):
        requirement = Requirement(pin)
        assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), pin
        assert hashes and all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", text) for text in hashes), pin
        locked[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    for wanted in requirements(WANTED[name]):
        version = locked[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version), f"{wanted} is locked at {version}: run `make lock`"


def test_no_package_is_locked_twice() -> None:
    pins = [Requirement(pin) for name in LOCKS for pin, *_ in blocks(name)]
    plain = [canonicalize_name(pin.name) for pin in pins if pin.marker is None]
    assert len(set(plain)) == len(plain) and LOCKS.keys() == WANTED.keys()


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_no_lock_names_a_place(name: str) -> None:
    assert "//" not in LOCKS[name] and "--index" not in LOCKS[name] and " @ " not in LOCKS[name]


def test_every_requirement_has_a_floor() -> None:
    everything = requirements([PROJECT["dependencies"], *EXTRAS.values()])
    assert not [str(wanted) for wanted in everything if [part.operator for part in wanted.specifier] != [">="]]
