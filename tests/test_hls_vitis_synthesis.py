"""What an HLS compiler sees of a project, its branch of the templates and weights from headers, is exact hardware."""

from __future__ import annotations

import re
import shutil
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from hls.hls4ml.project import generate_hls
from hls.vitis.project import HlsProject
from hls.vitis.simulation import compile_program
from ops import DepthToSpace, Graph, GraphBuilder
from sample_graphs import PIXELS, RandomLayers
from test_hls_vitis import PART, folded, picture

pytestmark = pytest.mark.slow

SIZES = [(8, 12), (4, 2), (2, 4)]
"""Rows and columns of pictures; one square of the pool alone in a row is among them."""

SEEN = """
#include "ap_fixed.h"
#include "ap_int.h"
#define __SYNTHESIS__
#include "firmware/{top}.cpp"
"""
"""hls4ml's integers refuse to be synthesized; all that comes after them is as an HLS compiler sees it."""


def brief() -> Graph:
    """Each template of a layer once: pooled, shuffled, normalized both ways, in windows that interleave."""
    builder = GraphBuilder("brief", "pixels", PIXELS)
    layers = RandomLayers(builder, seed=3)
    x = layers.gdn("gdn", layers.requant("first.round", layers.shift("first", "pixels", 4, 3, terms=2), 12))
    x = layers.requant("sapm.out", layers.sapm("sapm", x, 8, up=False), 12)
    x = layers.gdn("igdn", builder.add("space", DepthToSpace(2), x), inverse=True)
    return builder.build(layers.requant("out", x, 9))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> HlsProject:
    graph = brief()
    vectors = [(x, graph(x)) for x in (picture(graph, *size, seed) for seed, size in enumerate(SIZES))]
    folder = tmp_path_factory.mktemp("brief") / "project"
    return generate_hls(folded(graph, 16, lanes=2, interleave=2), folder, PART, 10.0, vectors)


def seen(project: HlsProject, *after: str) -> Path:
    """A file of C++ with the top as it is seen, and what comes `after` it."""
    source = project.folder / "seen.cpp"
    source.write_text("\n".join([SEEN.format(top=project.top), *after]))
    return source


def includes(project: HlsProject) -> list[Path]:
    return [
        Path(__file__).parent,
        project.folder / "firmware" / "ap_types",
        project.folder / "firmware",
        project.folder,
    ]


def test_what_is_synthesized_is_exact(project: HlsProject, tmp_path: Path) -> None:
    program = compile_program(
        seen(project, f'#include "{project.top}_test.cpp"'), tmp_path / "seen", includes(project), 0
    )
    passed = subprocess.run([program], cwd=project.folder, capture_output=True, text=True, check=False, timeout=60)
    assert (passed.returncode, passed.stdout.splitlines()[-1]) == (0, f"{len(SIZES)} pictures, 0 differences")


def test_a_fault_that_only_synthesis_has_is_seen(project: HlsProject, tmp_path: Path) -> None:
    faulty = HlsProject(tmp_path / "project", project.folded)
    shutil.copytree(project.folder, faulty.folder)
    header = faulty.folder / "firmware" / "sapm" / "packed.h"
    text = header.read_text()
    assert text.count("beat[lane].range(bits - 1, 0) =") == 1
    header.write_text(text.replace("beat[lane].range(bits - 1, 0) =", "beat[lane].range(bits - 2, 0) ="))
    program = compile_program(
        seen(faulty, f'#include "{project.top}_test.cpp"'), tmp_path / "seen", includes(faulty), 0
    )
    failed = subprocess.run([program], cwd=faulty.folder, capture_output=True, text=True, check=False, timeout=60)
    assert failed.returncode == 1


FLAGS = ["-std=c++14", "-O1", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-DNDEBUG", "-w"]


@pytest.fixture(scope="module")
def functions(project: HlsProject) -> dict[str, str]:
    """LLVM's intermediate representation of the top and of all that it calls, by function; FIFOs are only declared."""
    clang = shutil.which("clang++")
    if clang is None:
        pytest.skip("clang++ must be on PATH to look at what it makes of the project, and is not")
    target = project.folder / "seen.ll"
    command = [clang, *FLAGS, "-DSAPM_OPAQUE_STREAMS", "-S", "-emit-llvm", *(f"-I{path}" for path in includes(project))]
    subprocess.run([*command, seen(project), "-o", target], check=True, timeout=300)
    return reachable(defined(target.read_text()), project.top)


def defined(text: str) -> dict[str, str]:
    """The functions that a module defines, by their mangled names."""
    found = re.findall(r'^define [^@]*@"?([\w.$]+)"?\([^\n]*\{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
    return dict(found)


def called(body: str) -> set[str]:
    """Names of functions that a function calls; "" for a call of what is only known at run time."""
    calls = re.findall(r"\b(?:call|invoke)\b(?:(?!@|\().)*?(?:@\"?([\w.$]+)\"?|%[\w.]+)\(", body)
    return {name for name in calls if not name.startswith("llvm.")}


def reachable(functions: dict[str, str], top: str) -> dict[str, str]:
    """The functions that the top calls, directly or through others, itself included."""
    waiting, found = [name for name in functions if re.fullmatch(rf"_Z\d+{top}RN3hls.*", name)], dict[str, str]()
    assert len(waiting) == 1
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = functions[name]
            waiting += called(functions[name]) & set(functions)
    return found


def test_all_calls_are_of_fifos_or_of_what_is_inlined(functions: dict[str, str]) -> None:
    outside = {name for body in functions.values() for name in called(body)} - set(functions)
    assert outside
    assert [name for name in outside if not re.match(r"_ZN3hls6stream.*(4readEv|5emptyEv|5writeERKS\w*_)$", name)] == []


def test_nothing_calls_itself(functions: dict[str, str]) -> None:
    """Of ours: hls4ml's integers, which stand in for those of an HLS compiler, shift by a negative amount that way."""
    ours = {
        name: called(body)
        for name, body in functions.items()
        if not re.match(r"_ZN?K?\d*(10ap_private|\d+_?ap_|\d+_AP)", name)
    }
    assert len([*TopologicalSorter(ours).static_order()]) > len(ours) > 10


def test_nothing_multiplies_or_divides_data_or_computes_in_floats(functions: dict[str, str]) -> None:
    """Sizes and places are multiplied by constants, and the size of a map is that of the picture divided by one."""
    lines = [line.strip() for body in functions.values() for line in body.splitlines()]
    products = [line for line in lines if re.search(r"= mul .*%[\w.]+, %", line)]
    quotients = [line for line in lines if re.search(r"= [su](?:div|rem) .*, %", line)]
    floats = [line for line in lines if re.search(r"= f(?:add|sub|mul|div|rem|cmp)\b", line)]
    assert (products, quotients, floats) == ([], [], [])
    assert any(re.search(r"= (?:mul|shl) ", line) for line in lines)


PRODUCT = "int top(hls::stream &x) { return x.read() * x.read(); }\n"


def test_a_product_of_data_would_be_found(project: HlsProject, tmp_path: Path) -> None:
    clang = shutil.which("clang++")
    if clang is None:
        pytest.skip("clang++ must be on PATH, and is not")
    source = tmp_path / "product.cpp"
    source.write_text(
        "namespace hls { struct stream { int read(); }; }\nint top(hls::stream &x) { return x.read() * x.read(); }\n"
    )
    subprocess.run([clang, "-O1", "-S", "-emit-llvm", source, "-o", tmp_path / "product.ll"], check=True)
    (body,) = reachable(defined((tmp_path / "product.ll").read_text()), "top").values()
    assert re.search(r"= mul .*%[\w.]+, %", body)
    assert called(body) == {"_ZN3hls6stream4readEv"}
