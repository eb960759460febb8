"""More latents: the weights of a trained codec in one with more latent channels, as a start at a higher rate."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

BESIDE_LATENTS = ("analysis.sapm2.", "synthesis.sapm1.")
"""The modules whose shapes depend on the number of latent channels."""

ANEW = ("adder.", "deconvolution.weight", "deconvolution.mean", "deconvolution.covariance", "deconvolution.whitening")
"""What of them begins anew: distances to more maps, and their statistics, are other distances."""


def widened(state: Mapping[str, Tensor], trained: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of `trained` that are smaller than in `state` as its leading channels, by name.

    New latents come as `state` has them; what the synthesis makes of them is zero, so that the picture stays as it was
    but for the adder branches beside the latents. Raises ValueError where a tensor fits in no such way.
    """
    result: dict[str, Tensor] = {}
    for name, fresh in state.items():
        if name.startswith("prior.") or (name in trained and trained[name].shape == fresh.shape):
            continue
        module = next((prefix for prefix in BESIDE_LATENTS if name.startswith(prefix)), None)
        if module is None or name not in trained or not _is_smaller(trained[name], fresh):
            raise ValueError(f"{name} does not fit")
        if not name.removeprefix(module).startswith(ANEW):
            result[name] = _grown(fresh, trained[name], keeps_fresh=module == BESIDE_LATENTS[0])
    counters = {f"{module}deconvolution.updates" for module in BESIDE_LATENTS} & state.keys()
    return result | ({name: state[name] for name in counters} if result else {})


def _is_smaller(trained: Tensor, fresh: Tensor) -> bool:
    return trained.dim() == fresh.dim() and all(a <= b for a, b in zip(trained.shape, fresh.shape, strict=True))


def _grown(fresh: Tensor, trained: Tensor, keeps_fresh: bool) -> Tensor:
    result = fresh.clone() if keeps_fresh else torch.zeros_like(fresh)
    result[tuple(slice(0, size) for size in trained.shape)] = trained.to(fresh.dtype)
    return result
