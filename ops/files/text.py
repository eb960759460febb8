"""Text that came from files and names, made safe to show."""

from __future__ import annotations

import re

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What steers a terminal, turns the direction of text, or is no character; tabs and ends of lines are left."""


def visible(text: str) -> str:
    """`text` with everything that does not show as itself written as an escape, such as \\x1b."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
