"""Saving a graph as an ONNX file, and loading it back to an equal graph."""

from __future__ import annotations

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from export.from_model import ModelFileError, from_model
from export.to_model import to_model
from ops import Graph
from ops.files import write_whole
from ops.files.reading import read_regular

LARGEST_FILE = 2**31 - 1
"""Bytes that one protobuf message may have."""


def save(graph: Graph, path: Path) -> None:
    """Write `graph` to `path`, whole or not at all. Raises ModelFileError where it is too large for one file."""
    model = to_model(graph)
    size = model.ByteSize()
    if size > LARGEST_FILE:
        raise ModelFileError(f"{path.name}: a model file must have at most {LARGEST_FILE} bytes, not {size}")
    onnx.checker.check_model(model)
    write_whole(path, model.SerializeToString(deterministic=True))


def load(path: Path) -> Graph:
    """The graph of the file at `path`: equal to the saved one, with the names of nodes and tensors.

    Raises ModelFileError, in one line that begins with the file's name, where the file or any part of it does not fit.
    """
    return load_model(path)[1]


def load_model(path: Path) -> tuple[onnx.ModelProto, Graph]:
    """The ONNX model of the file at `path`, checked, and its graph. Raises ModelFileError."""
    try:
        model = onnx.load_model_from_string(read_regular(path, LARGEST_FILE))
        graph = from_model(model)
        onnx.checker.check_model(model)
    except OSError as error:
        raise ModelFileError(f"{path.name}: {error.strerror}") from error
    except DecodeError as error:
        raise ModelFileError(f"{path.name}: is not an ONNX file, or it is truncated") from error
    except ModelFileError as error:
        raise ModelFileError(f"{path.name}: {error}") from error
    except Exception as error:  # the ONNX library raises whatever it likes on broken files
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        first = "".join(sign if sign.isprintable() else "?" for sign in line)
        raise ModelFileError(f"{path.name}: is not valid ONNX: {first}") from error
    return model, graph
