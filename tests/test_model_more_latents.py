"""More latents for a trained codec: pictures stay, and the new ones carry what the others leave of photographs."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from model.codec import Codec
from model.configuration import CodecConfiguration
from model.data import Bytes, to_batch
from model.linear_start import components_of, start_linear
from model.more_latents import add_latents, has_more_latents
from model.sapm import SapmE
from sample_photographs import photograph_squares

pytestmark = pytest.mark.slow  # fits linear codecs

FEW, MORE = (12, 16, 24), (12, 16, 40)


def configuration(widths: tuple[int, int, int], branches: str = "shift") -> CodecConfiguration:
    return CodecConfiguration(widths=widths, branches=branches, adder_channels=4)


@pytest.fixture(scope="module")
def photographs() -> list[Bytes]:
    return photograph_squares(128)


def grown(photographs: list[Bytes], branches: str) -> tuple[Codec, Codec]:
    """A linear codec of few latents, and what came of it with more."""
    torch.manual_seed(3)
    start, codec = Codec(configuration(FEW, branches)).eval(), Codec(configuration(MORE, branches)).eval()
    start_linear(start, photographs)
    add_latents(codec, start, photographs)
    return start, codec


@pytest.mark.parametrize(("branches", "tolerance"), [("shift", 1e-5), ("both", 2e-3)])
def test_pictures_stay_as_they_are(photographs: list[Bytes], branches: str, tolerance: float) -> None:
    """But for what adders, which count more latents, cannot make as before."""
    start, codec = grown(photographs, branches)
    image, positions = to_batch(photographs[:4]), torch.full((4,), 8.0)
    with torch.no_grad():
        before, after = start(image, positions), codec(image, positions)
        assert torch.equal(codec.analysis(image)[:, : FEW[2]], start.analysis(image))
    assert float((after.pictures - before.pictures).square().mean().sqrt()) < tolerance
    assert bool((after.bits > before.bits).all()) and bool((after.bits < 2 * before.bits).all())


def test_new_latents_are_the_components_that_come_next(photographs: list[Bytes]) -> None:
    start, codec = grown(photographs, "shift")
    image = to_batch(photographs)
    with torch.no_grad():
        entering = image
        for layer in list(start.analysis.children())[:-1]:
            entering = layer(entering)
    shortcut = cast(SapmE, codec.analysis.sapm2).shortcut
    assert shortcut is not None
    kept = share_of(entering, shortcut.weight.detach().flatten(1))
    few, best = (share_of(entering, components_of(entering, 2, widths[2])[0]) for widths in (FEW, MORE))
    assert best + 1e-9 > kept > best - 0.01 * (best - few)


def share_of(maps: Tensor, directions: Tensor) -> float:
    """The share of the variance of 2x2 blocks that lies in the span of directions."""
    blocks = functional.pixel_unshuffle(maps, 2).transpose(0, 1).flatten(1).double()
    blocks = blocks - blocks.mean(1, keepdim=True)
    span, _ = torch.linalg.qr(directions.double().t())
    return float((span.t() @ blocks).square().sum() / blocks.square().sum())


def test_groups_of_channels_keep_what_they_know_where_they_are_the_same(photographs: list[Bytes]) -> None:
    """Of 4, 12 and 8 channels the last becomes one of 16, and 8 come behind it."""
    start, codec = grown(photographs, "shift")
    for index in (0, 1):
        before = start.prior.groups[index].state_dict()  # type: ignore[index, union-attr]
        after = codec.prior.groups[index].state_dict()  # type: ignore[index, union-attr]
        assert all(torch.equal(after[name], value) for name, value in before.items())
    assert [group.count for group in codec.prior.groups] == [4, 12, 16, 8]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "is_taken"),
    [
        ({}, True),
        ({"widths": FEW}, False),
        ({"widths": (12, 16, 20)}, False),
        ({"widths": (12, 20, 40)}, False),
        ({"adder_channels": 5}, False),
        ({"shortcut": "pool"}, False),
        ({"entropy": "static"}, False),
    ],
)
def test_which_starts_have_fewer_latents_and_are_alike_else(change: dict[str, object], is_taken: bool) -> None:
    kind = {name: value for name, value in change.items() if name in ("shortcut", "entropy")}
    wider = replace(configuration(MORE), **change)  # type: ignore[arg-type]
    narrower = replace(configuration(FEW), **kind)  # type: ignore[arg-type]
    assert has_more_latents(Codec(wider), Codec(narrower)) == is_taken
