"""The pages: the tutorial's commands run, the tables follow the code, and the site builds without a warning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import sapm

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
FABRIC = ROOT / "ops" / "fabric"
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def run(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


@pytest.mark.rtl
def test_the_tutorial_runs(tmp_path: Path) -> None:
    """Every block of the page, one after the other, in an empty folder."""
    blocks = BLOCK.findall((DOCS / "tutorial.md").read_text())
    assert {language for language, _ in blocks} == {"python", "sh"}
    for language, text in blocks:
        if language == "python":
            run([sys.executable, "-c", text], tmp_path)
            continue
        for line in text.splitlines():
            name, *arguments = line.split()
            assert name == "sapm"
            run([sys.executable, "-m", "cli.main", *arguments], tmp_path)
    assert (tmp_path / "decoded.png").is_file() and (tmp_path / "project" / "report.md").is_file()


@pytest.mark.rtl
def test_the_graph_of_the_page_becomes_rtl(tmp_path: Path) -> None:
    (text,) = (text for _, text in BLOCK.findall((DOCS / "howto" / "own-network.md").read_text()))
    run([sys.executable, "-c", text], tmp_path)
    assert (tmp_path / "blur" / "rtl" / "blur" / "blur.sv").is_file()


def test_the_target_of_the_page_is_the_example() -> None:
    fields = re.search(r"```toml\n(.*?)```", (DOCS / "howto" / "own-target.md").read_text(), re.DOTALL)
    assert fields and fields[1] in (ROOT / "examples" / "arty_a7.toml").read_text()


def test_every_module_of_the_fabric_has_its_line() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", (DOCS / "reference" / "fabric.md").read_text(), re.MULTILINE))
    files = [path for path in FABRIC.iterdir() if path.suffix in (".sv", ".h")]
    first = {path.name: path.read_text().splitlines()[0].removeprefix("// ").replace("|", "&#124;") for path in files}
    assert rows == first


def test_every_public_name_has_its_section() -> None:
    sections = re.findall(r"^::: \S+\.(\w+)$", (DOCS / "reference" / "python.md").read_text(), re.MULTILINE)
    exceptions = {"PictureError"}  # what functions raise
    assert set(sapm.__all__) - exceptions <= set(sections)


@pytest.mark.parametrize("page", sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")]), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [
        target for target in LINK.findall(page.read_text()) if "://" not in target and not target.startswith("mailto:")
    ]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mkdocs") is None, reason="the extra docs is not installed")
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--quiet",
            "--site-dir",
            str(tmp_path / "site"),
            "--config-file",
            str(ROOT / "mkdocs.yml"),
        ],
        tmp_path,
    )
    assert "sapm.coding.encode" in (tmp_path / "site" / "reference" / "python" / "index.html").read_text()
