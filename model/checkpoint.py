"""Checkpoints: one .npz of float32 weights with configuration and training record as JSON; no pickle."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.codec import Codec
from model.configuration import CodecConfiguration
from ops.arrays import ArchiveError, array_archive
from ops.files import replacing
from ops.files.fields import POSITIVE, TEXT, Kind, check_fields, optional, whole

FORMAT = "sapm-codec-1"
HEADER = "header"

LARGEST = 1 << 28
"""Bytes that all arrays of a checkpoint may take together."""


COUNT = optional(whole(0, 2**53))
RECORD_FORM: dict[str, Any] = {
    **dict.fromkeys(("step", "batch", "crop", "seed"), COUNT),
    "processes": whole(1, 2**20),
    **dict.fromkeys(("loss", "schedule", "device"), optional(TEXT)),
    "seconds": Kind("a number of seconds", lambda value: type(value) in (int, float) and 0 <= value < 1e12),
    "rate_weights": (POSITIVE,),
    "finetuning": {},
    "quantization": {},
}
"""What fields of a record must be, where it has them."""


class CheckpointError(ValueError):
    """The file is no readable checkpoint of this project."""


def save_checkpoint(
    path: Path,
    codec: Codec,
    record: dict[str, Any] | None = None,
    state: dict[str, Tensor] | None = None,
) -> None:
    """Writes the weights of `codec`, or `state` in their place, atomically; `record` is any JSON-ready metadata."""
    header = {"format": FORMAT, "configuration": codec.configuration.to_dictionary(), "record": record or {}}
    arrays = {name: value.detach().cpu().numpy() for name, value in (state or codec.state_dict()).items()}
    arrays[HEADER] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]


def read_record(path: Path) -> dict[str, Any]:
    """The training record stored with a checkpoint."""
    record: dict[str, Any] = _read(path)[0]["record"]
    return record


def load_checkpoint(path: Path) -> Codec:
    """The codec of a checkpoint, in evaluation mode. Raises CheckpointError, and FileNotFoundError."""
    header, arrays = _read(path)
    try:
        configuration = CodecConfiguration.from_dictionary(header["configuration"])
        _check_shapes(configuration, arrays)
        codec = Codec(configuration)
        expected = codec.state_dict()
        state = {name: torch.from_numpy(array).to(expected[name].dtype) for name, array in arrays.items()}
        codec.load_state_dict(state)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path}: weights must match the stored configuration ({error})") from error
    return codec.eval()


def adopt_weights(codec: Codec, path: Path) -> list[str]:
    """Gives `codec` all weights of a checkpoint that it has by name and shape; the names of those it keeps.

    The one convolution of a CNN twin becomes the shift branch of a module, and its bias that of the module. Raises
    CheckpointError where the transforms have other widths, and FileNotFoundError.
    """
    _, arrays = _read(path)
    state = codec.state_dict()
    trained = {_renamed(name, state): torch.from_numpy(array) for name, array in arrays.items()}
    taken = {name: trained[name] for name in state if name in trained and trained[name].shape == state[name].shape}
    for name in sorted(trained.keys() & state.keys() - taken.keys()):
        if not name.startswith("prior."):
            raise CheckpointError(
                f"{path}: {name} must have the shape {tuple(state[name].shape)} of this run, "
                f"not {tuple(trained[name].shape)}"
            )
    codec.load_state_dict({**state, **taken})
    return sorted(state.keys() - taken.keys())


TWIN_WEIGHT = re.compile(r"\.convolution\.weight$")
BIAS = re.compile(r"\.(convolution\.|deconvolution\.)?bias$")


def _renamed(name: str, state: dict[str, Tensor]) -> str:
    """The name in `state` of a tensor that another choice of branches calls `name`."""
    if name in state or name.startswith("prior."):
        return name
    others = [TWIN_WEIGHT.sub(".shift.weight", name)]
    others += [BIAS.sub(f".{part}bias", name) for part in ("", "convolution.", "deconvolution.")]
    return next((other for other in others if other in state), name)


def _check_shapes(configuration: CodecConfiguration, arrays: Mapping[str, Any]) -> None:
    """Raise ValueError unless a configuration has weights of these shapes; no memory is taken for them."""
    with torch.device("meta"):
        expected = {name: tuple(value.shape) for name, value in Codec(configuration).state_dict().items()}
    for name in sorted(expected.keys() | arrays.keys()):
        found = arrays[name].shape if name in arrays else None
        if found != expected.get(name):
            raise ValueError(f"{name} must have the shape {expected.get(name)}, not {found}")


def _check_record(record: Any, place: str) -> None:
    """Raise ValueError unless a record is an object whose known fields are of their kinds, those before it too."""
    while True:
        check_fields(record, {}, place)
        for name, kind in RECORD_FORM.items():
            if name in record:
                check_fields(record[name], kind, f"{place}: {name!r}")
        if not isinstance(record.get("start"), dict):
            return
        record, place = record["start"], f"{place}: 'start'"[-60:]


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with array_archive(path) as archive:
            size = sum(array.size * array.dtype.itemsize for array in archive.announced.values())
            if size > LARGEST:
                raise CheckpointError(f"{path}: its arrays must have at most {LARGEST} bytes, not {size}")
            for name, array in archive.announced.items():
                if array.dtype.kind not in "biuf":
                    raise CheckpointError(f"{path}: {name!r} must hold numbers, not {array.dtype}")
            arrays = {name: archive.read(name) for name in archive.announced}
        header = json.loads(bytes(arrays.pop(HEADER)))
    except (FileNotFoundError, CheckpointError):
        raise
    except (OSError, ArchiveError, KeyError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} must be a checkpoint of format {FORMAT!r}, and is not readable") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        found = header.get("format") if isinstance(header, dict) else header
        raise CheckpointError(f"{path}: format must be {FORMAT!r}, not {repr(found)[:60]}")
    try:
        _check_record(header.get("record"), "its record")
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}") from error
    return header, arrays
