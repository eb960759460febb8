"""`sapm info` and `verify`: what compressed files say of themselves, and whether one is that of a picture."""

from __future__ import annotations

from dataclasses import asdict
from math import isinf
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.arguments import MaxPixels
from cli.console import FAILURE, announce, answer, fail, say, show_error
from cli.limits import read_announced
from cli.sources import CODED_SUFFIXES, find_sources
from cli.streams import READ_NAME, read_input, shown
from host.bitstream import model_hash_of
from host.limits import MAX_PIXELS, allowed_pixels
from ops.cores import usable_cores
from sapm.codecs import Codecs
from sapm.inspecting import FileInfo, Verification, inspect
from sapm.inspecting import verify as verified

CodecFolders = Annotated[
    list[str] | None, typer.Option("--codec", metavar="CODEC", help="codec folder besides the shipped codecs")
]


def info(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="files made by `sapm encode`; folders of them; - for stdin")
    ],
    codec: CodecFolders = None,
) -> None:
    """Show what compressed files say: size, codec, quality, effort, bits, sections. Nothing is decoded."""
    codecs, results, code = _known(codec), [], 0
    for source in find_sources(files, CODED_SUFFIXES):
        name = shown(source.path, READ_NAME)
        try:
            found = inspect(read_input(source.path), codecs)
        except (ValueError, OSError) as error:
            code = max(code, show_error(error, name))
            results.append({"source": name, "error": str(error)})
        else:
            say(_shown(name, found))
            results.append(_fields(name, found))
    answer(results)
    raise typer.Exit(code)


def _known(codecs: list[str] | None) -> Codecs:
    """Those that come with the package and those that are named."""
    shipped = Codecs.choose(None).entries
    return Codecs(shipped + Codecs.choose(codecs).entries if codecs else shipped)


def _shown(name: str, info: FileInfo) -> str:
    codec = info.codec or f"of the model {info.model_hash}, which is not here"
    effort = "unknown" if info.effort is None else info.effort
    sections = ", ".join(f"{section} {size}" for section, size in info.sections)
    return "\n".join(
        (
            name,
            f"  picture   {info.width}x{info.height}",
            f"  file      {info.bytes} bytes, {info.bits_per_pixel:.3f} bits per pixel",
            f"  codec     {codec}, quality {round(info.quality, 1):g}, effort {effort}",
            f"  sections  {sections} [bytes]",
        )
    )


def _fields(name: str, info: FileInfo) -> dict[str, Any]:
    sections = [{"name": section, "bytes": size} for section, size in info.sections]
    return {"source": name, **asdict(info), "bpp": info.bits_per_pixel, "sections": sections}


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="made by `sapm encode`; - for stdin")],
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="the photograph, or what the file decodes to")],
    min_psnr: Annotated[
        float | None, typer.Option(help="dB that are enough where the picture is neither", metavar="DB")
    ] = None,
    codec: CodecFolders = None,
    max_pixels: MaxPixels = MAX_PIXELS,
) -> None:
    """Check that a compressed file is whole, decodes, and is that of a picture.

    It is where the picture is what it decodes to, sample by sample, or where encoding the picture anew with the same
    codec, quality and effort gives the file, byte by byte; or where PSNR is enough. Exit code 1 where it is not.
    """
    data = read_input(file)
    with allowed_pixels(max_pixels), announce("verifying"):
        try:
            host = _known(codec).of_model(model_hash_of(data)).load(usable_cores())
            found = verified(data, read_announced(picture), host)
        except ValueError as error:
            raise ValueError(f"{shown(file, READ_NAME)}: {error}") from error
    is_enough = min_psnr is not None and found.psnr >= min_psnr
    difference = f"PSNR {found.psnr:.3f} dB, largest difference {found.largest_difference}"
    said = f"{shown(file, READ_NAME)}: {_verdict(found, picture)}" + ("" if isinf(found.psnr) else f"; {difference}")
    answer({**asdict(found), "psnr": None if isinf(found.psnr) else found.psnr, "belongs": found.belongs})
    if found.belongs or is_enough:
        say(said)
        return
    fail(said)
    raise typer.Exit(FAILURE)


def _verdict(found: Verification, picture: Path) -> str:
    if found.is_decoded:
        return f"decodes to {picture}, sample by sample"
    if found.is_source:
        return f"is {picture}, encoded"
    if found.is_source is None:
        return f"does not decode to {picture}; whether it was made of it is not tried at such an effort"
    return f"neither decodes to {picture} nor was made of it"
