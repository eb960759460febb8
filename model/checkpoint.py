"""Checkpoints: one .npz of float32 (or float16) weights with configuration and training record as JSON; no pickle."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.codec import Codec
from model.configuration import CodecConfiguration
from model.widening import adopted
from ops.files import replacing
from ops.reading import check_regular

FORMAT = "sapm-codec-1"
HEADER = "header"
LARGE = 2**15
"""Numbers of a filter that half precision is for."""


class CheckpointError(ValueError):
    """The file is no readable checkpoint of this project."""


def save_checkpoint(
    path: Path,
    codec: Codec,
    record: dict[str, Any] | None = None,
    state: dict[str, Tensor] | None = None,
    half_precision: bool = False,
) -> None:
    """Writes the weights of `codec`, or `state` in their place, atomically; `record` is any JSON-ready metadata.

    With `half_precision` large filters (`is_halved`) are written in two bytes a number.
    """
    header = {"format": FORMAT, "configuration": codec.configuration.to_dictionary(), "record": record or {}}
    arrays = {name: value.detach().cpu().numpy() for name, value in (state or codec.state_dict()).items()}
    if half_precision:
        arrays = {name: halved(array) if is_halved(name, array) else array for name, array in arrays.items()}
    arrays[HEADER] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def is_halved(name: str, array: npt.NDArray[Any]) -> bool:
    """Whether half precision is for this tensor: large filters of shift and adder branches, and of entropy models."""
    kinds = name.endswith(("shift.weight", "adder.weight")) or name.startswith("prior.")
    return kinds and array.ndim == 4 and array.size >= LARGE


def halved(array: npt.NDArray[Any]) -> npt.NDArray[np.float16]:
    """The array in half precision. Raises ValueError where a number is too large for it."""
    largest = float(abs(array).max())
    if not largest <= float(np.finfo(np.float16).max):
        raise ValueError(f"a weight must be at most {np.finfo(np.float16).max:g} in half precision, not {largest:g}")
    return array.astype(np.float16)


def read_record(path: Path) -> dict[str, Any]:
    """The training record stored with a checkpoint."""
    record: dict[str, Any] = _read(path)[0]["record"]
    return record


def load_checkpoint(path: Path) -> Codec:
    """The codec of a checkpoint, in evaluation mode. Raises CheckpointError, and FileNotFoundError."""
    header, arrays = _read(path)
    try:
        codec = Codec(CodecConfiguration.from_dictionary(header["configuration"]))
        expected = codec.state_dict()
        state = {name: torch.from_numpy(array).to(expected[name].dtype) for name, array in arrays.items()}
        codec.load_state_dict(state)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path}: weights must match the stored configuration ({error})") from error
    return codec.eval()


def adopt_weights(codec: Codec, path: Path) -> list[str]:
    """Gives `codec` all weights of a checkpoint that it has by name and shape; the names of those it keeps.

    It may have more channels and latents than the checkpoint (`model/widening.py`). Raises CheckpointError where the
    transforms do not fit otherwise, and FileNotFoundError.
    """
    _, arrays = _read(path)
    state = codec.state_dict()
    trained = {name: torch.from_numpy(array) for name, array in arrays.items()}
    try:
        taken = adopted(state, trained)
    except (KeyError, ValueError) as error:
        raise CheckpointError(f"{path}: transforms must have the configuration of this run, {error}") from error
    codec.load_state_dict({**state, **taken})
    return sorted(state.keys() - taken.keys())


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with np.load(check_regular(path), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(bytes(arrays.pop(HEADER)))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{path} must be a checkpoint of format {FORMAT!r}, and is not readable") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        found = header.get("format") if isinstance(header, dict) else header
        raise CheckpointError(f"{path}: format must be {FORMAT!r}, not {found!r}")
    return header, arrays
