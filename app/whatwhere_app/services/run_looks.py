"""Training runs as they are gone through: their looks at the probe set, and what each comes to."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from whatwhere.annotations.store import open_store
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.serving.annotated_cases import without_wrong_truth
from whatwhere.training.run_looks import RunLooks, look_steps, open_looks
from whatwhere.training.run_summary import find_runs, summarise
from whatwhere_app.case_values import LOG_P_FLOOR
from whatwhere_app.cases_desk import ListedRun
from whatwhere_app.services.annotation_place import annotation_place
from whatwhere_app.services.case_points import has_log_p, scatter_points


def runs_with_looks() -> tuple[ListedRun, ...]:
    """Every run that has kept a look, the newest first."""
    found = [(run, len(look_steps(run.path))) for run in find_runs()]
    return tuple(ListedRun(run.path, count, run.is_living) for run, count in found if count)


def last_step(run: Path) -> int:
    """That a run ends with, done or to come; 0 where it does not say."""
    summary = summarise(run)
    return summary.steps or (summary.config.steps if summary.config is not None else 0)


def read_looks(run: Path, known: Sequence[StoredCases]) -> RunLooks:
    """The looks of a run, without the cases whose ground truth was annotated as wrong.

    Args:
        run: its folder.
        known: looks that were read before.

    Raises:
        WhatWhereError: there are none, or they are of different sentences.
    """
    found = open_looks(run, RunLooks(run, tuple(known)))
    place = annotation_place()
    if isinstance(place, Path) and not place.is_file():
        return found
    store = open_store(place)
    try:
        looks = tuple(
            look if look in known else without_wrong_truth(look, store) for look in found.looks
        )
    finally:
        store.close()
    return RunLooks(run, looks, found.faults)


def lowest(look: StoredCases) -> float:
    """The least log p(target | class) that the scatter draws of a look."""
    if not has_log_p(look.columns):
        return 0.0
    values = np.concatenate(scatter_points(look.columns, "log_p"))
    known = values[np.isfinite(values)]
    return float(known.min()) if len(known) else LOG_P_FLOOR
