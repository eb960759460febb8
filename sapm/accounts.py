"""What the transforms of codecs spend on a pixel, the paper's way and operation by operation: tables and drawings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evaluation.energy_tables import Account, write_energy
from ops.files import whole_folder
from sapm.bundle import TRANSFORMS, Bundle
from sapm.codecs import folder_of

KIND = "energy"


def account_of(codec: str | Path, name: str = "") -> Account:
    """The account of a codec, as `open_codec` takes it, or of a quantized checkpoint. Raises ValueError."""
    path = Path(codec)
    if not path.is_file():
        bundle = Bundle.load(folder_of(path))
        return Account.of(name or path.resolve().name, [bundle.graph(transform) for transform in TRANSFORMS])
    # torch comes with it, and codec folders need none
    from model.calibration import load_quantized  # noqa: PLC0415

    quantized, *_ = load_quantized(path)
    return Account.of(name or path.stem, [quantized.graph(transform) for transform in TRANSFORMS])


def check_names(accounts: Sequence[Account]) -> None:
    """Raise ValueError where two accounts have one name."""
    names = [account.name for account in accounts]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"codecs must have different names, not {name!r} twice: name one with NAME=")


def write_accounts(accounts: Sequence[Account], folder: Path, force: bool = False) -> list[str]:
    """Writes tables and drawings, whole or not at all; the first account is compared with. Names of the files."""
    with whole_folder(folder, KIND, force) as part:
        write_energy(accounts, part)
        return sorted(path.name for path in part.iterdir())
