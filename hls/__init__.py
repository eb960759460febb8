"""From an integer graph to hardware: targets, folding, the HLS project and the RTL top with its streams.

Importing this package makes hls4ml know our back ends, whether the project is installed (and so found through its entry
points) or not; hls4ml itself, which takes seconds to import, is left alone.
"""

import importlib
import os
import sys

_PLUGIN = "hls.hls4ml.plugin"
"""Module that hls4ml loads when it is imported."""

if "hls4ml" in sys.modules:
    importlib.import_module(_PLUGIN).register()
else:
    _plugins = os.environ.get("HLS4ML_BACKEND_PLUGINS", "").split(os.pathsep)
    os.environ["HLS4ML_BACKEND_PLUGINS"] = os.pathsep.join(dict.fromkeys([*filter(None, _plugins), _PLUGIN]))
