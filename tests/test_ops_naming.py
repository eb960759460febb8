"""Names of graphs and tensors: identifiers of every generated language, apart from each other and from what we add."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hls.fold.folding import fold
from hls.hls4ml.project import generate_hls
from hls.rtl import generate_rtl
from ops import Fixed, Graph, GraphBuilder, Node, Requant, TensorType
from ops.keywords import PARTS
from ops.naming import LONGEST_NAME, check_name, check_tensor_names, identifier
from sample_graphs import analysis_graph, synthesis_graph

KIND = TensorType.of_format(2, Fixed(8, 0))

HOSTILE = [
    'a\n$system("x");//',
    "a\n",
    "a*/b",
    "a`define",
    "a\\",
    'a"',
    "a'b",
    "a;b",
    "a{b",
    "a$b",
    "a b",
    "a/b",
    "../a",
    "a-b",
    "[/red]",
    "a|b",
    "\x1b[2J",
    "\u202ea",
    "ä",
    "a\u0661",
    "",
    ".a",
    "a..b",
    "a_",
    "a__b",
    "1a",
    "A",
    "a" * (LONGEST_NAME + 1),
]
KEYWORDS = [
    "wire",
    "logic",
    "module",
    "endmodule",
    "unique0",
    "int",
    "class",
    "co_await",
    "puts",
    "exec",
    "std",
    "board",
]
CLASHES = ["a.valid", "a_fork", "a.in0", "a.stream", "a.window", "weight", "u"]


@pytest.mark.parametrize("name", [*HOSTILE, *KEYWORDS, *CLASHES])
def test_no_graph_or_tensor_has_such_a_name(name: str) -> None:
    node = Node("a", Requant(1, 8), ("x",))
    for make in (
        lambda: Graph(name, "x", KIND, (node,), "a"),
        lambda: Graph("graph", name, KIND, (Node("a", Requant(1, 8), (name,)),), "a"),
        lambda: Graph("graph", "x", KIND, (node, Node(name, Requant(1, 8), ("a",))), name),
        lambda: Graph("graph", "x", KIND, (Node(name, Requant(1, 8), ("x",)),), name),
    ):
        with pytest.raises(ValueError, match=r"^(a name must |the word )") as caught:
            make()
        assert str(caught.value).isprintable()


def test_names_of_models_are_taken() -> None:
    for graph in (analysis_graph(), synthesis_graph()):
        check_name(graph.name)
        check_tensor_names(graph.types)


def test_equal_identifiers_are_refused() -> None:
    builder = GraphBuilder("twins", "x", KIND)
    builder.add("a.b", Requant(1, 8), "x")
    builder.add("a_b", Requant(1, 8), "a.b")
    with pytest.raises(ValueError, match="'a_b' and 'a.b' do not"):
        builder.build("a_b")


@pytest.mark.parametrize("graph", [analysis_graph(), synthesis_graph()], ids=lambda graph: graph.name)
def test_every_word_that_is_joined_to_a_name_is_reserved(graph: Graph, tmp_path: Path) -> None:
    """So that what is joined to one name is never another name, or joined to one."""
    folded = fold(graph, 16, 16)
    generate_rtl(folded, tmp_path / "rtl")
    generate_hls(folded, tmp_path / "hls", "xczu7ev", 5.0)
    names = {identifier(name) for name in graph.types}
    found = set()
    for path in (tmp_path / "rtl" / f"{graph.name}.sv", *(tmp_path / "hls" / "firmware").glob("*.*")):
        for word in set(re.findall(r"\w+", path.read_text())):
            bare = word.removeprefix("u_")
            first = max((name for name in names if bare.startswith(f"{name}_")), key=len, default=None)
            if first and bare not in names:
                found.add(bare.removeprefix(f"{first}_").split("_")[0])
    assert len(found) > 10
    ports = {"i", "o"}  # a port may be called first_i
    assert {re.sub(r"^(in|fork|lanes|wide)[0-9]+$", "fork", word) for word in found - ports} <= PARTS


def test_fingerprint_covers_every_name() -> None:
    def graph(*names: str) -> Graph:
        return Graph(names[0], names[1], KIND, (Node(names[2], Requant(1, 8), (names[1],)),), names[2])

    graphs = [graph("g", "x", "y"), graph("h", "x", "y"), graph("g", "w", "y"), graph("g", "x", "z")]
    assert len({graph.fingerprint() for graph in graphs}) == len(graphs)
    assert len({graph.computation() for graph in graphs}) == 1
