"""Proofs of the library's modules by Yosys' SAT solver: what is stated beside each module, for the sizes it names."""

from hls.proofs.proof import Proof, check_not_vacuous, prove
from hls.proofs.stated import SIMULATION_ONLY, proofs_of, stated_proofs

__all__ = ["SIMULATION_ONLY", "Proof", "check_not_vacuous", "proofs_of", "prove", "stated_proofs"]
