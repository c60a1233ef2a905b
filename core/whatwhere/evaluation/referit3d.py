"""ReferIt3D's numbers: choosing the right one among annotated objects.

Its "Det" setting, a box of one's own, is `boxes.accuracy_at_thresholds` with the same axes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.metric import Facts, Metric, measured
from whatwhere.language.expressions import Expression
from whatwhere.language.referit3d import MAX_TOKENS
from whatwhere.language.row_values import is_true
from whatwhere.language.tags import tags_of


def official_rows(expressions: Sequence[Expression]) -> NDArray[np.bool_]:
    """(n,) rows of the official evaluation: the class is mentioned, and at most 24 words."""
    return np.array(
        [
            is_true(item.extra.get("mentions_target_class")) is not False
            and len(item.tokens) <= MAX_TOKENS
            for item in expressions
        ],
        bool,
    )


def axes_of(expressions: Sequence[Expression]) -> dict[str, NDArray[np.str_]]:
    """Axis -> (n,) parts: easy or hard, view-dependent or not.

    An axis that a sentence has no place on, for nobody knows how many look-alikes there are, is
    left out.
    """
    tags = [tags_of(item) for item in expressions]
    dependent = ["view-dependent" if tag.is_view_dependent else "view-independent" for tag in tags]
    axes = {"view": np.array(dependent, np.str_)}
    if tags and all(tag.is_hard is not None for tag in tags):
        difficulty = ["hard" if tag.is_hard else "easy" for tag in tags]
        axes = {"difficulty": np.array(difficulty, np.str_), **axes}
    return axes


def choice_accuracy(
    chosen_ids: Sequence[int | None],
    expressions: Sequence[Expression],
    scenes: NDArray[np.integer],
    facts: Facts,
) -> Metric:
    """The share of rows whose target was chosen; no choice is a wrong one.

    Args:
        chosen_ids: n objectIds, None where nothing was chosen.
        expressions: the n rows.
        scenes: (n,) which scene.
        facts: what the number depends on.
    """
    hits = np.array(
        [
            chosen is not None and chosen == item.target_id
            for chosen, item in zip(chosen_ids, expressions, strict=True)
        ],
        bool,
    )
    return measured("referit3d.accuracy", hits, scenes, facts, axes_of(expressions))
