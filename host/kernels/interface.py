"""What every implementation of the inner loops of the entropy model takes and offers.

Maps lie channels last, with margins of zeros: two rows above, one
row below, two columns to each side (`Place`).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Int16 = npt.NDArray[np.int16]
Int32 = npt.NDArray[np.int32]
Float32 = npt.NDArray[np.float32]

ABOVE, BELOW, SIDE = 2, 1, 2
"""Margins of maps in rows and columns."""


class Maps(NamedTuple):
    """What is known of a picture: symbols [H + 3, W + 4, M], and their features [H + 3, W + 4, M + signed channels]:
    of each group in turn the magnitudes of its channels and the values of those that have them."""

    symbols: Int16
    features: Int16


class Layers(NamedTuple):
    """One group of G channels at a position of the quality, for N hidden numbers; host/channel_groups.py has the
    semantics.

    Symbols of the group begin at channel `first`, features at `start`, of which there are `width`. before
    [N, 9 * start], own [N, 12 * width], middle [N, N], within [width, N], laws [6 * G, N], scale and mean [12, G].
    """

    first: int
    start: int
    width: int
    before: Int16
    own: Int16
    hidden_bias: Int32
    hidden_shifts: Int32
    middle: Int16
    middle_bias: Int32
    middle_places: Int32
    middle_shifts: Int32
    within: Int16
    within_places: Int32
    laws: Int16
    law_bias: Int32
    law_shifts: Int32
    scale: Int16
    mean: Int16


class Encoder(Protocol):
    """See host/coder.py."""

    def encode(self, lefts: Int32, counts: Int32) -> None: ...

    def finish(self) -> bytes: ...


class Decoder(Protocol):
    """See host/coder.py."""

    def finish(self) -> None: ...


class Kernels(Protocol):
    """What an implementation offers."""

    def encoder(self) -> Encoder:
        """A range coder that has nothing yet."""

    def decoder(self, words: npt.NDArray[np.uint16]) -> Decoder:
        """A range decoder of all words."""

    def fill_features(self, maps: Maps, layers: Layers) -> None:
        """The features of a group whose symbols are all known."""

    def sums_before(self, maps: Maps, layers: Layers) -> Int32:
        """What the groups before, and the bias, add to the hidden numbers of every position, [H * W, N]."""

    def raw_parameters(self, maps: Maps, layers: Layers, before: Int32, rows: slice) -> Int16:
        """Raw parameters [P, 6 * G] of the positions of some rows, all symbols known."""

    def intervals(self, raw: Int16, symbols: Int16) -> tuple[Int32, Int32]:
        """Left edges and counts [P, G] of symbols [P, G] by their distributions."""

    def costs(self, raw: Int16, symbols: Int16) -> Float32:
        """Bits [3, P, G] of symbols [P, G], of those one nearer to zero, and of zero."""

    def decode_group(self, decoder: Decoder, maps: Maps, layers: Layers, before: Int32) -> None:
        """Fills in the symbols of a group, wave by wave. Raises CodingError."""
