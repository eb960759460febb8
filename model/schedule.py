"""Learning-rate schedules over the share of the budget that is spent, from 0 to 1."""

import math

SCHEDULES = ("paper", "short")
FIRST_RATES = {"paper": 1e-4, "short": 1e-3}
SHORT_FLOOR = 0.01


def rate_factor(schedule: str, spent: float) -> float:
    """What the learning rate is multiplied with.

    `paper`: steps as usual for codecs of this kind (Cheng 2020: 1e-4, and 1e-5 at the end), as arXiv 2206.11599's own
    schedule could not be found: 1 for 80 % of the budget, 0.1 for 15 %, 0.01 for the rest. `short`: a cosine to 0.01.
    """
    if schedule == "paper":
        return 1.0 if spent < 0.8 else 0.1 if spent < 0.95 else 0.01
    return SHORT_FLOOR + (1 - SHORT_FLOOR) * 0.5 * (1 + math.cos(math.pi * min(1.0, spent)))
