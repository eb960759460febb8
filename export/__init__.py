"""Integer graphs as ONNX files that stock ONNX Runtime executes: the contract between model and hardware."""

from export.from_model import ModelFileError
from export.model_file import load, save

__all__ = ["ModelFileError", "load", "save"]
