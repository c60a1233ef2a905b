"""What the states of one diagnosis say, in one document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.states.read_outs import OnStep, ReadOut, read_outs
from whatwhere.evaluation.states.similarity import linear_cka
from whatwhere.evaluation.states.stored import StoredStates

CAVEAT = (
    "A state is that of the target's candidate after the last layer. In models whose candidates "
    "hear the sentence it may hold the class because the sentence names it: only what is read "
    "beyond the blind states, and beyond the control, was seen."
)


@dataclass(frozen=True, slots=True)
class StatesSummary:
    """Similarity and read-outs of a diagnosis.

    Attributes:
        num_cases: with states, over which CKA is taken.
        cka: "fused-2d", "fused-3d" -> debiased linear CKA; NaN where it is not defined.
        read_outs: class and position from every modality.
    """

    num_cases: int
    cka: dict[str, float]
    read_outs: tuple[ReadOut, ...]

    def as_json(self) -> dict[str, Any]:
        """The `states` of the `diagnose` document; a number that is not there is null."""
        return {
            "num_cases": self.num_cases,
            "cka": {name: None if np.isnan(v) else v for name, v in self.cka.items()},
            "read_outs": [item.as_json() for item in self.read_outs],
            "caveat": CAVEAT,
        }


def states_summary(
    columns: CaseColumns,
    stored: StoredStates,
    *,
    seed: int = 0,
    on_step: OnStep | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> StatesSummary:
    """CKA of fused with 2D and 3D, and what is read from every modality.

    Args:
        columns: the cases; those that are left out of figures are left out here.
        stored: their states.
        seed: of what is drawn.
        on_step: told of every read-out.
        is_cancelled: polled between two of them.

    Raises:
        Cancelled: `is_cancelled` returned True.
    """
    used = np.flatnonzero(columns.counts & stored.has[columns.rows])
    rows = columns.rows[used]
    states = {name: stored.of(name, rows) for name in stored.modalities}
    cka = {
        f"fused-{name}": linear_cka(states["fused"], states[name])
        for name in ("2d", "3d")
        if "fused" in states and name in states
    }
    found = read_outs(
        states,
        columns.label_codes[used],
        stored.centers_m[rows],
        columns.scenes[used],
        seed=seed,
        on_step=on_step,
        is_cancelled=is_cancelled,
    )
    return StatesSummary(len(used), cka, found)
