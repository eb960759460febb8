"""Times the entropy coding of latents by one model at random weights: ours, or CompressAI's in its own environment.

bench/entropy_peers.py starts it. It prints one JSON object: seconds of each repetition, bytes.
"""
# ruff: noqa: PLC0415 (what is imported is in one of two environments)

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HYPER, LATENTS = 128, 192
"""N and M."""

TYPICAL_SCALE = 2.0
"""Bias of the scales: random weights alone give some near zero, for which nearly every latent is an escape."""

ROOT = Path(__file__).resolve().parents[1]

Coder = tuple[Callable[[np.ndarray], Any], Callable[[Any, np.ndarray], Any], Callable[[Any], int]]
"""What compresses latents, what decompresses the result (the latents tell the shape), and the bytes of the result."""


def our_coder() -> Coder:
    """The integer context model, with a mixture of 3, and weights as the tests make them."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    from sample_context import context_model

    model = context_model(LATENTS, HYPER, 3)
    return model.encode, lambda data, latents: model.decode(data, latents.shape), len


def peer_coder(name: str, threads: int) -> Coder:
    """CompressAI's model without its transforms, so that it codes what it is given."""
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    register_missing_operators(torch)
    model = {"mbt2018": mbt2018, "cheng2020-anchor": cheng2020_anchor}[name]()
    model.g_a, model.g_s = torch.nn.Identity(), torch.nn.Identity()
    model.entropy_parameters[-1].bias[:LATENTS] = TYPICAL_SCALE
    model.eval().update(force=True)
    return (
        lambda latents: model.compress(torch.from_numpy(latents[None]).float()),
        lambda coded, _: model.decompress(coded["strings"], coded["shape"]),
        lambda coded: sum(len(strings[0]) for strings in coded["strings"]),
    )


def register_missing_operators(torch: Any) -> None:
    """CompressAI imports torchvision, whose own library does not load beside a torch without CUDA: names suffice."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor boxes, Tensor scores, float threshold) -> Tensor")
    register_missing_operators.library = library  # type: ignore[attr-defined]  # it lasts as long as this


def mbt2018() -> Any:
    from compressai.models import JointAutoregressiveHierarchicalPriors

    return JointAutoregressiveHierarchicalPriors(HYPER, LATENTS)


def cheng2020_anchor() -> Any:
    """CompressAI has N = M for it: N of its hyper networks is made ours."""
    from compressai.entropy_models import EntropyBottleneck
    from compressai.models import Cheng2020Anchor

    model, narrow = Cheng2020Anchor(LATENTS), Cheng2020Anchor(HYPER)
    model.h_a, model.h_s, model.entropy_bottleneck = narrow.h_a, narrow.h_s, EntropyBottleneck(HYPER)
    model.h_a[0] = type(model.h_a[0])(LATENTS, HYPER, 3, padding=1)
    last = model.h_s[-1]
    model.h_s[-1] = type(last)(last.in_channels, 2 * LATENTS, 3, padding=1)
    return model


def seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def main(name: str, path: str, threads: int, repeats: int) -> None:
    latents = np.load(path)
    compress, decompress, size = our_coder() if name == "ours" else peer_coder(name, threads)
    corner = latents[:, :4, :4].copy()
    decompress(compress(corner), corner)  # whatever is compiled or cached at first use
    encoded = [seconds(lambda: compress(latents)) for _ in range(repeats)]
    decoded = [seconds(lambda: decompress(encoded[0][1], latents)) for _ in range(repeats)]
    if name == "ours":
        assert np.array_equal(decoded[0][1], latents)
    figures = {"encode": [row[0] for row in encoded], "decode": [row[0] for row in decoded]}
    print(json.dumps({**figures, "bytes": size(encoded[0][1])}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
