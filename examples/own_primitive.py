"""A primitive of one's own: the folder `absolute` beside this file, from its definition to hardware that is compared.

python examples/own_primitive.py FOLDER
"""

import os
import sys
from pathlib import Path

import numpy as np

HERE = str(Path(__file__).parent)
os.environ["SAPM_PRIMITIVE_MODULES"] = "absolute"  # processes that are started see it, too
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [HERE, os.environ.get("PYTHONPATH")]))
sys.path.insert(0, HERE)

import sapm  # noqa: E402
from ops import REGISTRY, Fixed, GraphBuilder, Requant, TensorType  # noqa: E402
from rtl_sim.primitive_cases import cases, simulate_cases  # noqa: E402


def contrast() -> sapm.Graph:
    """Differences of two maps of 8 bits from their middle, in 6 bits."""
    builder = GraphBuilder("contrast", "x", TensorType.of_format(2, Fixed(8, 0)))
    builder.add("magnitude", REGISTRY["Absolute"](), "x")
    return builder.build(builder.add("y", Requant(1, 6, 0), "magnitude"))


def main(folder: Path) -> bool:
    """Whether its examples pass under stalls, and ONNX Runtime, HLS and RTL equal the golden model on a graph."""
    chosen = [case for case in cases() if case.module == "absolute"]
    failures = [outcome.failure for outcome in simulate_cases(chosen, folder / "cases").values() if outcome.failure]
    project = sapm.generate(contrast(), folder / "project", height=16, width=24)
    sapm.cosimulate(project, np.random.default_rng(7).integers(-128, 128, (2, 12, 20)), folder / "run")
    comparisons = sapm.compare(project, folder / "run")
    print(*failures, *(f"{comparison.level}: {comparison.verdict}" for comparison in comparisons), sep="\n")
    return bool(chosen) and not failures and all(comparison.verdict.identical for comparison in comparisons)


if __name__ == "__main__":
    sys.exit(not main(Path(sys.argv[1])))
