"""Numbers as people read them."""

from __future__ import annotations


def rounded(value: float, digits: int = 3) -> str:
    """A number to so many digits, whole and in groups of three where it has as many before the point.

    >>> rounded(150.7), rounded(4821.3), rounded(4.7632)
    ('151', '4,821', '4.76')
    """
    return f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"
