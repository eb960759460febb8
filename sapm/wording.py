"""Numbers and lists as people read them."""

from __future__ import annotations

from collections.abc import Iterable


def rounded(value: float, digits: int = 3) -> str:
    """A number to so many digits, whole and in groups of three where it has as many before the point.

    >>> rounded(150.7), rounded(4821.3), rounded(4.7632)
    ('151', '4,821', '4.76')
    """
    return f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def listed(names: Iterable[str]) -> str:
    """Names in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed("abc")
    ('a', 'a and b', 'a, b and c')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def count(number: int, what: str) -> str:
    """ "1 picture", "2 pictures"."""
    return f"{number} {what}{'' if number == 1 else 's'}"
