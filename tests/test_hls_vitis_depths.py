"""FIFO depths of the HLS project: every layer runs as a thread, every stream blocks when it is full, and none waits."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from hls.hls4ml.project import generate_hls
from hls.vitis.project import HlsProject
from hls.vitis.simulation import compile_program
from ops import Graph
from sample_graphs import analysis_graph, synthesis_graph
from test_hls_vitis import PART, folded, picture

pytestmark = pytest.mark.slow

BOUNDED_STREAM = """
#ifndef BOUNDED_STREAM_H_
#define BOUNDED_STREAM_H_
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
namespace hls {
template <class T> struct stream {
    std::deque<T> data;
    std::size_t limit = -1;
    std::mutex mutex;
    std::condition_variable changed;
    stream(const std::string & = "") {}
    void write(const T &value) {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [&] { return data.size() < limit; });
        data.push_back(value);
        changed.notify_all();
    }
    T read() {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [&] { return !data.empty(); });
        const T value = data.front();
        data.pop_front();
        changed.notify_all();
        return value;
    }
    bool empty() {
        std::unique_lock<std::mutex> lock(mutex);
        return data.empty();
    }
};
}
#endif
"""


def threaded(project: HlsProject, depth: int | None = None) -> Path:
    """A program that runs the project's test bench with a thread per layer and FIFOs of their stated (or one) depth."""
    source = project.folder / "firmware" / f"{project.top}.cpp"
    text = source.read_text()
    limit = r"\2" if depth is None else str(depth)
    text = re.sub(r" *#pragma HLS STREAM variable=(\w+) depth=(\d+)", rf"    \1.limit = {limit};", text)
    text = re.sub(r"^    (sapm::.*;)$", r"    layers.emplace_back([&] { \1 });", text, flags=re.MULTILINE)
    text = text.replace("#ifndef __SYNTHESIS__", "    std::vector<std::thread> layers;\n#ifndef __SYNTHESIS__", 1)
    text = text[: text.rindex("}")] + "    for (std::thread &layer : layers) layer.join();\n}\n"
    bench = (project.folder / f"{project.top}_test.cpp").read_text()
    shim = project.folder / "bounded"
    shim.mkdir(exist_ok=True)
    (shim / "hls_stream.h").write_text(BOUNDED_STREAM)
    program = project.folder / "threaded.cpp"
    program.write_text(f"#include <thread>\n#include <vector>\n{text}\n{bench}")
    includes = [shim, project.folder / "firmware" / "ap_types", project.folder / "firmware"]
    return compile_program(program, project.folder / f"threaded{depth}", includes, optimize=0)


def run(project: HlsProject, program: Path, timeout: int) -> int:
    (project.folder / "weights").unlink(missing_ok=True)
    (project.folder / "weights").symlink_to("firmware/weights")
    return subprocess.run([program], cwd=project.folder, timeout=timeout, check=False, capture_output=True).returncode


@pytest.mark.parametrize("interleave", [1, 4])
@pytest.mark.parametrize(
    ("graph", "size"),
    [(analysis_graph(), (48, 32)), (synthesis_graph(), (5, 4))],
    ids=lambda value: getattr(value, "name", ""),
)
def test_no_deadlock(graph: Graph, size: tuple[int, int], interleave: int, tmp_path: Path) -> None:
    x = picture(graph, *size)
    project = generate_hls(
        folded(graph, max(size), lanes=2, interleave=interleave), tmp_path / "project", PART, 10.0, [(x, graph(x))]
    )
    assert run(project, threaded(project), 60) == 0


def test_shallow_fifos_do_deadlock(tmp_path: Path) -> None:
    graph = analysis_graph()
    x = np.zeros((3, 32, 32), int)
    project = generate_hls(folded(graph, 32), tmp_path / "project", PART, 10.0, [(x, graph(x))])
    with pytest.raises(subprocess.TimeoutExpired):
        run(project, threaded(project, depth=2), 3)
