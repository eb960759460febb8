"""Stock ONNX Runtime as one of the evaluators of a graph."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from export.model_file import load_model
from ops import IntegerArray

ERRORS_ONLY = 3
"""ONNX Runtime's log level."""


class OnnxEvaluator:
    """Executes a model file in ONNX Runtime on the processor, without any custom-operator library.

    Called with an input of shape (channels, height, width) it yields every tensor as (name, int64 array of such a
    shape) in the order of the graph, as the golden model does. Raises ModelFileError for a bad file, ValueError for a
    bad input.
    """

    def __init__(self, path: Path) -> None:
        self._model, self.graph = load_model(path)
        self._sessions: dict[bool, onnxruntime.InferenceSession] = {}

    def __call__(self, x: IntegerArray) -> Iterator[tuple[str, IntegerArray]]:
        """Every tensor of the graph, the input first. All of them are in memory at once."""
        names = list(self.graph.types)
        yield self.graph.input_name, np.asarray(x, np.int64)
        yield from zip(names[1:], self._run(x, names[1:]), strict=True)

    def run(self, x: IntegerArray) -> IntegerArray:
        """The result alone: the file as it stands, which frees every tensor as soon as it can."""
        return self._run(x, [self.graph.output_name])[0]

    def _run(self, x: IntegerArray, names: list[str]) -> list[IntegerArray]:
        self.graph.check_input(x)
        session = self._session(every_tensor=len(names) > 1)
        feed = {self.graph.input_name: np.ascontiguousarray(x, np.int64)[None]}
        return [np.asarray(result[0], np.int64) for result in session.run(names, feed)]

    def _session(self, every_tensor: bool) -> onnxruntime.InferenceSession:
        if every_tensor not in self._sessions:
            model = self._model
            if every_tensor:
                model = onnx.ModelProto()
                model.CopyFrom(self._model)
                model.graph.output.extend(model.graph.value_info)
                del model.graph.value_info[:]
            options = onnxruntime.SessionOptions()
            options.log_severity_level = ERRORS_ONLY
            self._sessions[every_tensor] = onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        return self._sessions[every_tensor]
