"""A run as co-simulation leaves it, recorded from the golden model: no simulator is needed."""

from __future__ import annotations

import json
from pathlib import Path

from host import PictureSize, read_picture, write_picture
from host.qualities import position_of
from recordings.comparison import Tensor
from recordings.recording import save_recording
from sapm.cosimulation import COMPRESSED
from sapm.project import Project
from sapm.reporting.files import COSIMULATION, DECODED, DESIGN, ORIGINAL, RUN_DESIGN


def recorded_run(project: Project, photograph: Path, folder: Path, wrong: str | None = None) -> Path:
    """A run's folder whose RTL recordings are those of the golden model, but for one bit of the tensor `wrong`."""
    host, picture = project.bundle.host, read_picture(photograph)
    pixels, timing = host.pixels_of(picture), {"build_seconds": 1.5, "run_seconds": 2.5}
    latents = host.analysis(pixels)
    for name, x in (("analysis", pixels), ("synthesis", latents)):
        tensors = {tensor: values.copy() for tensor, values in project.bundle.graph(name).evaluate(x)}
        if name == "analysis" and wrong is not None:
            tensors[wrong][0, 1, 2] ^= 1
        save_recording(folder / name / "rtl.npz", [(tensor, Tensor(values)) for tensor, values in tensors.items()])
    data = host.pack(latents, PictureSize(*picture.shape[1:]), position_of(60))
    (folder / COMPRESSED).write_bytes(data)
    write_picture(picture, folder / ORIGINAL)
    write_picture(host.decode(data), folder / DECODED)
    (folder / RUN_DESIGN).write_bytes((project.folder / DESIGN).read_bytes())
    cycles = {"rtl": {**timing, "cycles": 7100, "predicted_cycles": 7090}}
    (folder / COSIMULATION).write_text(json.dumps({"analysis": cycles, "synthesis": cycles}))
    return folder
