"""What is fuzzed: sample files of every kind that a command reads, and how each is read."""

from __future__ import annotations

import io
import json
import random
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from bench.parts.fuzz_mutations import (
    Mutation,
    checksum_repaired,
    of_bytes,
    of_fields,
    of_header,
    of_lines,
    of_members,
    of_messages,
)
from cli.console import show_error
from cli.main import main
from host.metadata import Metadata
from host.sections import with_metadata
from recordings.comparison import Tensor
from recordings.recording import Origin, save_recording
from sapm import __version__
from sapm.bundle import Bundle
from sapm.codecs import load_codec

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
SIDE = 32


@dataclass(frozen=True)
class SampleFiles:
    """Sample files by the names under which they are read, how they are mutated, and what reads them.

    `read` gets the folder with all samples, one of them mutated, its name, and a folder to write to; it returns a code.
    """

    name: str
    weight: int
    mutations: Sequence[Mutation]
    samples: Mapping[str, bytes]
    read: Callable[[Path, str, Path], int]


def sapm(*arguments: object) -> int:
    """Runs a command in this process; its exit code."""
    sys.argv = ["sapm", *map(str, arguments)]
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def called(function: Callable[[], object]) -> int:
    """What a command would make of what a function of its raises; the exit code."""
    try:
        function()
    except Exception as error:
        return show_error(error)
    return 0


def picture() -> np.ndarray:
    """Rows, columns, RGB."""
    y, x = np.mgrid[:SIDE, : SIDE + 16]
    return np.stack([x * 5 % 256, y * 7 % 256, (x + y) * 3 % 256], -1).astype(np.uint8)


def pictures() -> dict[str, bytes]:
    """One of each format, with depths, palettes, profiles, EXIF data and several frames."""
    image = Image.fromarray(picture())
    exif = Image.Exif()
    exif[274] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    deep = Image.fromarray(picture()[..., 0].astype(np.uint16) * 257)
    found: dict[str, bytes] = {}

    def save(name: str, source: Image.Image, **options: object) -> None:
        buffer = io.BytesIO()
        source.save(buffer, name.rpartition(".")[2].replace("jpg", "jpeg"), **options)  # type: ignore[arg-type]
        found[name] = buffer.getvalue()

    save("plain.png", image, exif=exif, icc_profile=profile)
    save("palette.png", image.quantize(16), transparency=3)
    save("deep.png", deep)
    save("grey.png", image.convert("LA"))
    save("plain.jpg", image, exif=exif, icc_profile=profile)
    save("progressive.jpg", image.convert("CMYK"), progressive=True)
    save("plain.webp", image, exif=exif)
    save("plain.tiff", image, compression="tiff_lzw")
    save("deep.tiff", deep)
    save("pages.tiff", image, save_all=True, append_images=[image])
    save("plain.gif", image.quantize(8))
    save("plain.bmp", image)
    save("plain.ppm", image)
    import pillow_heif  # noqa: PLC0415

    pillow_heif.register_heif_opener()
    save("plain.heif", image, exif=exif)
    save("plain.avif", image)
    return found


def codec_files() -> dict[str, bytes]:
    """Those of the golden codec."""
    return {path.name: path.read_bytes() for path in sorted((GOLDEN / "codec").iterdir()) if path.suffix != ".json"}


def recordings(folder: Path) -> dict[str, bytes]:
    """Of both transforms of the golden codec, by the golden model."""
    bundle = Bundle.load(GOLDEN / "codec")
    x = picture().transpose(2, 0, 1).astype(np.int64)
    origin = Origin(bundle.identity, "b2" * 32, "c3" * 32, __version__)
    for transform, values in (("analysis", x), ("synthesis", bundle.host.analysis(x))):
        tensors = [(name, Tensor(found)) for name, found in bundle.graph(transform).evaluate(values)]
        save_recording(folder / transform / "rtl.npz", tensors, origin)
    return {f"{name}/rtl.npz": (folder / name / "rtl.npz").read_bytes() for name in ("analysis", "synthesis")}


def all_kinds(work: Path) -> list[SampleFiles]:
    """Every kind; what they need besides is made in the folder `work`."""
    photograph, codec = work / "photograph.png", work / "codec"
    Image.fromarray(picture()).save(photograph)
    shutil.copytree(GOLDEN / "codec", codec)
    files = codec_files()

    def encode(folder: Path, name: str, out: Path) -> int:
        load_codec.cache_clear()
        return sapm("encode", photograph, "--codec", folder, "-o", out / "a.sapm", "--force")

    def pack(folder: Path, name: str, out: Path) -> int:
        arguments = "--codec", codec, "-o", out / "a.sapm", "--force", "--latents", folder / name
        return sapm("encode", photograph, *arguments)

    def compare(folder: Path, name: str, out: Path) -> int:
        return sapm("compare", codec, folder, "--max-pixels", 4096)

    def encode_picture(folder: Path, name: str, out: Path) -> int:
        return sapm("encode", folder / name, "--codec", codec, "-o", out / "a.sapm", "--force", "--max-pixels", 1 << 20)

    def decode(folder: Path, name: str, out: Path) -> int:
        return sapm("decode", folder / name, "--codec", codec, "-o", out / "a.png", "--force", "--max-pixels", 1 << 20)

    def of_kind(*suffixes: str) -> dict[str, bytes]:
        return {name: data for name, data in files.items() if name.endswith(suffixes)} | files

    recorded = recordings(work / "run")
    coded = {path.name: path.read_bytes() for path in sorted(GOLDEN.glob("*.sapm"))}
    metadata = Metadata(b"II*\0\x08\0\0\0\0\0\0\0\0\0", b"<x:xmpmeta/>")
    coded["sections.sapm"] = with_metadata(next(iter(coded.values())), metadata)
    return [
        SampleFiles("onnx", 20, (of_bytes, of_messages, of_messages), _only(of_kind(".onnx"), ".onnx"), encode),
        SampleFiles(
            "entropy and steps", 15, (of_bytes, of_members, of_members), _only(of_kind(".npz"), ".npz"), encode
        ),
        SampleFiles("latents", 6, (of_bytes, of_members), {"run.npz": recorded["analysis/rtl.npz"]}, pack),
        SampleFiles("recording", 6, (of_bytes, of_members, of_members), recorded, compare),
        SampleFiles("picture", 20, (of_bytes,), pictures(), encode_picture),
        SampleFiles("compressed", 20, (of_bytes, checksum_repaired, checksum_repaired), coded, decode),
        *_settings(work, codec),
        *_trained(work),
    ]


def _only(files: Mapping[str, bytes], suffix: str) -> dict[str, bytes]:
    """The mutated ones first; the others are read beside them (see `choose`)."""
    return dict(sorted(files.items(), key=lambda item: not item[0].endswith(suffix)))


def _settings(work: Path, codec: Path) -> list[SampleFiles]:
    """Project, foldings, curves, results, targets, marks of results."""
    project = work / "project"
    options = "--size", "32x48", "--back-end", "rtl", "--target", "ecp5-85"
    if sapm("generate", codec, "-o", project, *options):
        raise SystemExit("no project could be generated")
    absent = work / "absent.png"
    curve = {"name": "x", "results": {"bpp": [0.1, 0.5, 1.0], "psnr-rgb": [25.0, 30.0, 33.0]}}
    foldings = {"analysis": {"first": [1, 3, 1], "sapm1.adder": [2, 2]}, "synthesis": {"last": [1, 1]}}
    target = b'name = "board"\nfamily = "ecp5"\npart = "x"\nlookup_tables = 80000\nblock_rams = 200\nclock_mhz = 100\n'
    marks = {name: (project / name).read_bytes() for name in (".sapm-written.json",)}

    def load_project(folder: Path, name: str, out: Path) -> int:
        shutil.copyfile(folder / name, project / "project.json")
        return sapm("cosim", project, absent, "-o", out / "run")

    def fold(folder: Path, name: str, out: Path) -> int:
        from sapm.plan import read_foldings  # noqa: PLC0415

        return called(lambda: read_foldings(folder / name))

    def published(folder: Path, name: str, out: Path) -> int:
        from evaluation import read_published  # noqa: PLC0415

        return called(lambda: read_published(folder))

    def described(folder: Path, name: str, out: Path) -> int:
        from sapm.targets import open_target  # noqa: PLC0415

        return called(lambda: open_target(str(folder / name)))

    def marked(folder: Path, name: str, out: Path) -> int:
        from ops.files import check_folder  # noqa: PLC0415

        return called(lambda: check_folder(folder, "codec", False, []))

    def queued(folder: Path, name: str, out: Path) -> int:
        from model.recipe import read_queue  # noqa: PLC0415

        return called(lambda: read_queue(folder / name))

    json_ways, toml_ways = (of_bytes, of_fields, of_fields, of_fields), (of_bytes, of_lines, of_lines)
    queues = {path.name: path.read_bytes() for path in sorted((ROOT / "queues").glob("*.toml"))}
    return [
        SampleFiles("project", 5, json_ways, {"project.json": (project / "project.json").read_bytes()}, load_project),
        SampleFiles("foldings", 2, json_ways, {"foldings.json": json.dumps(foldings).encode()}, fold),
        SampleFiles("curves", 2, json_ways, {"curve.json": json.dumps(curve).encode()}, published),
        SampleFiles("target", 2, toml_ways, {"board.toml": target}, described),
        SampleFiles("mark", 2, json_ways, marks, marked),
        SampleFiles("queue", 2, toml_ways, queues, queued),
    ]


RUN = {"step": 3, "loss": "mse", "rate_weights": [32.0, 64.0], "seconds": 9, "processes": 2, "device": "cpu"}


def _results(work: Path) -> SampleFiles:
    """Results of an evaluation of the checkpoint."""
    point = {"setting": "q50", "bits_per_pixel": 0.5, "psnr": 30.0, "ms_ssim": None}
    names = ("tiny", "other")
    rates = {"percent": -3.0, "low": 25.0, "high": 35.0, "metric": "psnr", "kind": "codec"}
    losses = {"setting": "q50", "loss": 3.0, "percent": 1.0, "rate_weight": 32.0, "better": 1, "pictures": 2}
    content = {
        "curves": [{"name": name, "kind": "codec", "points": [point]} for name in names],
        "pictures": [{"name": "a.png"}],
        "bd_rate": [{"codec": names[0], "reference": names[1], **rates}],
        "losses": [{"curve": names[0], "reference": names[1], **losses}],
    }

    def read(folder: Path, name: str, out: Path) -> int:
        return sapm("card", work / "checkpoints", "-o", out / "card.md", "--results", folder / name)

    return SampleFiles(
        "results", 3, (of_bytes, of_fields, of_fields), {"results.json": json.dumps(content).encode()}, read
    )


def _trained(work: Path) -> list[SampleFiles]:
    """Checkpoints."""
    from model.checkpoint import save_checkpoint  # noqa: PLC0415
    from model.codec import Codec  # noqa: PLC0415
    from model.configuration import PRESETS  # noqa: PLC0415

    save_checkpoint(work / "tiny.npz", Codec(PRESETS["tiny"]), RUN | {"start": RUN})

    def read_card(folder: Path, name: str, out: Path) -> int:
        return sapm("card", folder, "-o", out / "card.md", "--force")

    samples = {"tiny.npz": (work / "tiny.npz").read_bytes()}
    (work / "checkpoints").mkdir()
    shutil.copyfile(work / "tiny.npz", work / "checkpoints" / "tiny.npz")
    return [
        SampleFiles("checkpoint", 3, (of_bytes, of_members, of_header, of_header), samples, read_card),
        _results(work),
    ]


@dataclass(frozen=True)
class MutatedFile:
    """A mutated file of a kind."""

    kind: SampleFiles
    name: str
    data: bytes


def choose(kinds: Sequence[SampleFiles], seed: int, index: int) -> MutatedFile:
    """The case of a number: the same for the same seed."""
    rng = random.Random(f"{seed}:{index}")
    (kind,) = rng.choices(kinds, [kind.weight for kind in kinds])
    suffixes = {"onnx": ".onnx", "entropy and steps": ".npz"}
    names = [name for name in kind.samples if name.endswith(suffixes.get(kind.name, ""))]
    name = rng.choice(names)
    data = kind.samples[name]
    try:
        data = rng.choice(kind.mutations)(rng, data)
    except (ValueError, OverflowError, UnicodeError):  # no file can say that: bytes can
        data = of_bytes(rng, data)
    return MutatedFile(kind, name, data)
