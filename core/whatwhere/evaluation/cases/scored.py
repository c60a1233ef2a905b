"""From probabilities of places to answers that can be judged.

Shapes: n sentences, K places.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import NO_ANSWER
from whatwhere.evaluation.cases.scene_cases import Answers
from whatwhere.evaluation.cases.truth import Places

Choose = Callable[[int, NDArray[np.float32]], int]
"""From a sentence's index and its (K,) log-probabilities to the chosen place."""


def scored_answers(
    log_probs: NDArray[np.float32], places: Places, answered: NDArray[np.bool_], choose: Choose
) -> Answers:
    """What one modality answered.

    Args:
        log_probs: (n, K) natural log-probabilities; -inf for a place that got none.
        places: that were chosen among.
        answered: (n,) whether there is an answer at all.
        choose: breaks ties as the model's own ranking does.
    """
    count = len(answered)
    rows = np.arange(count)
    chosen = np.array(
        [choose(n, log_probs[n]) if answered[n] else NO_ANSWER for n in range(count)], np.int32
    )
    has_target = answered & (places.targets >= 0)
    log_p = np.where(has_target, log_probs[rows, places.targets], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_class = np.where(places.of_class, log_probs, -np.inf)
        top = of_class.max(axis=1, initial=-1e30)
        log_p_class = top + np.log(np.exp(of_class - top[:, None]).sum(axis=1))
        in_class = np.where(has_target, log_p - log_p_class, np.nan)
    confidence = np.where(answered, np.exp(log_probs[rows, chosen]), np.nan)
    return Answers(
        chosen=chosen,
        iou=ious_of(chosen, places),
        class_hits=answered & places.of_class[rows, chosen],
        log_p=np.where(np.isfinite(log_p), log_p, np.nan).astype(np.float32),
        log_p_in_class=np.where(np.isfinite(in_class), np.minimum(in_class, 0.0), np.nan).astype(
            np.float32
        ),
        confidence=confidence.astype(np.float32),
    )


def ious_of(chosen: NDArray[np.int32], places: Places) -> NDArray[np.float32]:
    """(n,) overlap of the chosen place with the target; 0 without an answer, NaN without a box."""
    rows = np.arange(len(chosen))
    found = np.where(chosen >= 0, places.iou[rows, chosen], 0.0) if len(places.boxes) else None
    if found is None:
        return np.full(len(chosen), np.nan, np.float32)
    found[np.isnan(places.iou).all(axis=1)] = np.nan
    return found.astype(np.float32)
