"""The cores that a process may use, with and without the system call that says so."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from ops.cores import usable_cores

ROOT = Path(__file__).resolve().parents[1]


def test_bound_to_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert usable_cores() == 3


@pytest.mark.parametrize(("counted", "expected"), [(7, 7), (None, 1)])
def test_where_no_system_call_says(counted: int | None, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: counted)
    assert usable_cores() == expected


def test_nothing_else_asks_linux_alone() -> None:
    for folder in ("ops", "model", "export", "hls", "rtl_sim", "host", "evaluation", "sapm", "cli"):
        for path in (ROOT / folder).rglob("*.py"):
            asked = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
            assert not asked & {"sched_getaffinity", "cpu_count"} or path == ROOT / "ops/cores.py", path
