"""How a primitive describes its RTL module to the generator: folding, parameters, memories, timing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt


@cache
def divisors(number: int) -> tuple[int, ...]:
    """Every divisor, ascending."""
    return tuple(divisor for divisor in range(1, number + 1) if number % divisor == 0)


@cache
def splits(number: int) -> tuple[int, ...]:
    """Sizes of words, ascending: for each number of words that so many lanes can be read in, the smallest."""
    return tuple(sorted({-(-number // words) for words in range(1, number + 1)}))


def simd_choices(input_channels: int, by_pixel: bool) -> tuple[int, ...]:
    """The `simd` that a folding may have, ascending: a convolution `by_pixel` may fill up its last word."""
    return splits(input_channels) if by_pixel else divisors(input_channels)


def interleave_choices(kernel: int) -> tuple[int, ...]:
    """How many windows of a row may be interleaved: those of pixels may not."""
    return (1, 2, 4, 8) if kernel > 1 else (1,)


@dataclass(frozen=True)
class Folding:
    """How far an operation is unrolled in space.

    `pe` output channels are computed side by side and leave in one beat; `simd` input channels are read in one cycle
    and arrive in one beat. Of a kernel `rows` rows are read side by side: that many taps of one column in a cycle.
    Element-wise operations have pe == simd and a single row. All three divide what they count, but for the input
    channels of 1x1 kernels: there `simd` may be what it takes to read a pixel in so many words, the last not full.
    Larger kernels may read `interleave` windows of a row at once: each word of weights then serves so many of them.
    """

    pe: int = 1
    simd: int = 1
    rows: int = 1
    interleave: int = 1

    def __str__(self) -> str:
        rows = f"-rows{self.rows}" if self.rows > 1 else ""
        return f"pe{self.pe}-simd{self.simd}{rows}" + (f"-interleaved{self.interleave}" if self.interleave > 1 else "")

    @property
    def lanes(self) -> int:
        """Lanes for each output channel of an array."""
        return self.simd * self.rows

    def words(self, input_channels: int) -> int:
        """Words of a pixel: the cycles in which its input channels are read once."""
        return -(-input_channels // self.simd)

    def entering(self, input_channels: int) -> int:
        """Input channels that arrive in one beat: as many as are read, or, where these do not divide them, all."""
        return input_channels if input_channels % self.simd else self.simd

    def check(self, output_channels: int, input_channels: int, kernel: int = 1, by_pixel: bool = False) -> None:
        """Raise ValueError unless the folding divides the channels and the rows of the kernel.

        A convolution `by_pixel` may fill up its last word, but no fewer lanes may take as few words.
        """
        if self.pe < 1 or output_channels % self.pe:
            raise ValueError(f"pe must divide the {output_channels} output channels, not {self.pe!r}")
        if self.simd not in simd_choices(input_channels, by_pixel):
            rule = "divide, or fill a last word of," if by_pixel else "divide"
            raise ValueError(f"simd must {rule} the {input_channels} input channels, not {self.simd!r}")
        if self.rows < 1 or kernel % self.rows:
            raise ValueError(f"rows must divide the {kernel} rows of the kernel, not {self.rows!r}")
        if self.interleave not in interleave_choices(kernel):
            allowed = ", ".join(map(str, interleave_choices(kernel)))
            raise ValueError(f"interleave must be one of {allowed} here, not {self.interleave!r}")


@dataclass(frozen=True)
class Memory:
    """A read-only memory: `words[i]` is the i-th word as an unsigned integer of `width` bits."""

    words: tuple[int, ...]
    width: int


def parted(memory: Memory, parts: int) -> Memory:
    """Each word as so many words, its lowest bits first."""
    width = -(-memory.width // parts)
    words = (word >> part * width & (1 << width) - 1 for word in memory.words for part in range(parts))
    return Memory(tuple(words), width)


class Memories(Mapping[str, Memory]):
    """Read-only memories by parameter, each made when it is read: most foldings that are looked at are not built."""

    def __init__(self, **makers: Callable[[], Memory]) -> None:
        self._makers = makers

    def __getitem__(self, parameter: str) -> Memory:
        return self._makers[parameter]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def every_pixel(height: int, width: int) -> npt.NDArray[np.int64]:
    """The reach of an element-wise operation: output pixel n needs input pixel n."""
    return np.arange(height * width)


@dataclass(frozen=True)
class Hardware:
    """One instance of an RTL module.

    `parameters` are the SystemVerilog parameters beyond the geometry that the generator sets for every module;
    `memories` maps a parameter that names a $readmemh file to its contents. `cycles(height, width)` is the number of
    cycles in which the module, never stalled, takes in one picture of that input size. `reach(height, width)` gives,
    for each output pixel in raster order, the index of the last input pixel that must have arrived before it can leave:
    from it FIFO depths are computed. `latency` is the number of cycles from that arrival to the first output beat.
    `stored_rows` is the number of further input rows that the module takes in before that pixel leaves; 0 where it
    takes only what it must. `passes_ready` says that its ready follows that of its taker within the cycle: a register
    slice lies before such a module, so that no ready passes two of them.
    """

    input_lanes: tuple[int, ...]
    output_lanes: int
    cycles: Callable[[int, int], int]
    parameters: dict[str, int] = field(default_factory=dict)
    memories: Mapping[str, Memory] = field(default_factory=Memories)
    reach: Callable[[int, int], npt.NDArray[np.int64]] = every_pixel
    latency: int = 2
    stored_rows: int = 0
    passes_ready: bool = False
