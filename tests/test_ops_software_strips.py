"""Strips compute what the golden model computes, at every height and on any number of threads, in little memory."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops import DepthToSpace, Fixed, Graph, GraphBuilder, SumPool2d, TensorType
from ops.software.strips import StripEvaluator
from sample_graphs import PIXELS, RandomLayers, analysis_graph, synthesis_graph

GRAPHS = {
    "analysis": analysis_graph(),
    "synthesis": synthesis_graph(),
    "squares": analysis_graph(squares=True, bits=12),
}


def random_input(graph: Graph, height: int, width: int, seed: int = 0) -> np.ndarray:
    kind = graph.input_type
    return np.random.default_rng(seed).integers(kind.low, kind.high + 1, (kind.channels, height, width))


def random_graph(seed: int, depth: int) -> Graph:
    """Convolutions of any stride, shortcuts around them, pools and shuffles, one after the other."""
    rng = np.random.default_rng(seed)
    builder = GraphBuilder("random", "x", TensorType.of_format(4, Fixed(8, 4)))
    layers, x = RandomLayers(builder, seed), "x"
    for level in range(depth):
        kernel, stride = int(rng.choice([1, 2, 3, 4, 5, 9])), int(rng.choice([1, 1, 2, 3, 4]))
        match rng.integers(6):
            case 0:
                result = builder.add(f"level{level}.pool", SumPool2d(2), x)
            case 1:
                wide = layers.shift(f"level{level}.wide", x, 16, kernel)
                result = builder.add(f"level{level}.space", DepthToSpace(2), wide)
            case 2:
                result = layers.adder(f"level{level}.adder", x, 4, kernel, stride)
            case 3:
                both = layers.adder(f"level{level}.adder", x, 4, kernel), layers.shift(f"level{level}.shift", x, 4, 3)
                result = layers.add(f"level{level}.sum", *both)
            case 4:
                result = layers.gdn(f"level{level}.gdn", x)
            case _:
                result = layers.shift(f"level{level}.shift", x, 4, kernel, stride, terms=2)
        x = layers.requant(f"level{level}.out", result)
    return builder.build(x)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("height", [1, 3, 16, 1000, None])
@pytest.mark.parametrize("name", GRAPHS)
def test_result_is_golden(name: str, height: int | None, threads: int) -> None:
    graph = GRAPHS[name]
    x = random_input(graph, 7 * graph.granularity, 3 * graph.granularity)
    result = StripEvaluator(graph, threads, height)(x)
    np.testing.assert_array_equal(result, graph(x))
    assert result.dtype == (np.uint8 if name == "synthesis" else np.int16)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    depth=st.integers(1, 5),
    height=st.integers(1, 9),
    threads=st.integers(1, 3),
    size=st.tuples(st.integers(1, 5), st.integers(1, 3)),
)
def test_random_graphs_are_golden(seed: int, depth: int, height: int, threads: int, size: tuple[int, int]) -> None:
    graph = random_graph(seed, depth)
    x = random_input(graph, *(count * graph.granularity for count in size), seed=seed)
    np.testing.assert_array_equal(StripEvaluator(graph, threads, height)(x), graph(x))


def test_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ops.software.kernels", None)
    for graph in GRAPHS.values():
        x = random_input(graph, 3 * graph.granularity, 2 * graph.granularity)
        np.testing.assert_array_equal(StripEvaluator(graph, 2, 3)(x), graph(x))


def test_graphs_whose_result_needs_little_of_them() -> None:
    builder = GraphBuilder("entry", "pixels", PIXELS)
    same = builder.build("pixels")
    RandomLayers(builder, 0).shift("spare", "pixels", 2, 9)
    x = random_input(same, 5, 4)
    np.testing.assert_array_equal(StripEvaluator(same, 2, 2)(x), x)
    np.testing.assert_array_equal(StripEvaluator(builder.build("pixels"), 1, 2)(x), x)


def test_every_integer_type_enters() -> None:
    graph = GRAPHS["analysis"]
    x = random_input(graph, 32, 16)
    expected = graph(x)
    for dtype in (np.uint8, np.int16, np.int64):
        np.testing.assert_array_equal(StripEvaluator(graph)(x.astype(dtype)), expected)


def test_bad_input_is_refused_as_by_the_graph() -> None:
    evaluator = StripEvaluator(GRAPHS["analysis"])
    for x, message in (
        (np.zeros((3, 17, 16), int), "multiples of 16, not 17x16"),
        (np.zeros((4, 16, 16), int), r"not \(4, 16, 16\)"),
        (np.full((3, 16, 16), 256), r"not \[256, 256\]"),
    ):
        with pytest.raises(ValueError, match=message):
            evaluator(x)
    with pytest.raises(ValueError, match="threads must be at least 1, not 0"):
        StripEvaluator(GRAPHS["analysis"], 0)
    with pytest.raises(ValueError, match="height must be at least 1, not -1"):
        StripEvaluator(GRAPHS["analysis"], height=-1)


def test_used_evaluator_travels_to_other_processes() -> None:
    graph = GRAPHS["analysis"]
    x = random_input(graph, 16, 16)
    evaluator = StripEvaluator(graph, 2)
    expected = evaluator(x)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(evaluator))(x), expected)


def peak_memory(evaluator: StripEvaluator, x: np.ndarray) -> int:
    """Bytes that the call takes at most beyond its result."""
    evaluator(x)  # what the first call compiles and keeps does not count
    gc.collect()
    tracemalloc.start()
    result = evaluator(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - result.nbytes


def test_memory_does_not_grow_with_the_rows() -> None:
    graph = GRAPHS["analysis"]
    short, tall = (np.zeros((3, rows, 512), np.uint8) for rows in (256, 2048))
    evaluator = StripEvaluator(graph, height=2)
    assert peak_memory(evaluator, tall) < 1.5 * peak_memory(evaluator, short)
    assert peak_memory(StripEvaluator(graph, height=2048), tall) > 4 * peak_memory(evaluator, tall)


def test_vocabulary_and_host_are_imported_without_compilers_and_frameworks() -> None:
    check = "import sys, ops, host; print({'numba', 'torch'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
