"""What a user names, opened: a codec by name or folder, ONNX files, graphs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ops import Graph
from sapm.bundle import Bundle
from sapm.codecs import folder_of
from sapm.networks import SUFFIX, GraphNetworks, Networks


def open_codec(codec: Bundle | str | Path | None = None, threads: int = 1) -> Bundle:
    """A codec: one that comes with the package ("base", "small"; None: the first), or a folder made by `sapm export`.

    Its transforms run on `threads` threads. Raises ValueError, in one line, for whatever is missing or wrong.

    >>> import sapm
    >>> sapm.open_codec("small").multiple
    16
    """
    return codec if isinstance(codec, Bundle) else Bundle.load(folder_of(codec), threads)


def open_networks(networks: Networks | Graph | str | Path | Sequence[Graph] | Sequence[str | Path]) -> Networks:
    """What hardware is generated for: a codec as `open_codec` takes it, ONNX files or graphs, one or several.

    Raises ValueError for what is neither.

    >>> import sapm
    >>> sapm.open_networks("small").names
    ('analysis', 'synthesis')
    """
    if isinstance(networks, Networks):
        return networks
    several = [networks] if isinstance(networks, Graph | str | Path) else list(networks)
    graphs = [graph for graph in several if isinstance(graph, Graph)]
    paths = [Path(path) for path in several if not isinstance(path, Graph)]
    if graphs and paths:
        raise ValueError(f"there must be graphs or files, not {graphs[0].name} beside {paths[0]}")
    if graphs:
        return GraphNetworks.of(graphs)
    if len(paths) == 1 and paths[0].suffix != SUFFIX:
        return open_codec(paths[0])
    others = [path for path in paths if path.suffix != SUFFIX]
    if others:
        raise ValueError(f"networks must be one codec, or ONNX files ({SUFFIX}), not {others[0]} beside others")
    return GraphNetworks.load(paths)
