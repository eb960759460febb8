"""Lists the licences of all that is installed beside this Python, as the packages state them.

    .venv/bin/python -m bench.licences

A line each: package, version, licence.
"""

from __future__ import annotations

from importlib.metadata import Distribution, distributions

SHOWN = 60
"""Characters of a stated licence; some state the whole text."""

UNSTATED = "not stated"


def licence_of(package: Distribution) -> str:
    """The licence that a package states: an expression, classifiers, or the first line of a text."""
    metadata = package.metadata
    classifiers = [text for text in metadata.get_all("Classifier", []) if text.startswith("License ::")]
    named = [text.rpartition(" :: ")[2] for text in classifiers if text.count(" :: ") > 1]
    lines = (metadata.get("License") or "").strip().splitlines()
    return metadata.get("License-Expression") or ", ".join(named) or (lines[0].strip()[:SHOWN] if lines else UNSTATED)


def main() -> None:
    """Prints all."""
    found = {package.metadata["Name"]: package for package in distributions()}
    for name in sorted(found, key=str.lower):
        print(f"{name} {found[name].version}: {licence_of(found[name])}")


if __name__ == "__main__":
    main()
