"""Which cases were answered rightly, in which groups of cases: what every figure is a mean of."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.cure.cases import FOLLOWED, Answers, Cases
from whatwhere.demo.facts import WHERE
from whatwhere.evaluation.bias import TwinAnswers, follow_rates
from whatwhere.evaluation.rates import Rate


def groups_of(cases: Cases) -> dict[str, NDArray[np.bool_]]:
    """Group -> (num_cases,) whether a case belongs to it; a case is in several."""
    where = cases.spatial
    return {
        "all": np.ones_like(where),
        "where": where,
        "what": ~where,
        "unique": cases.num_lookalikes == 1,
        "aligned": where & (cases.aligned == 1),
        "conflict": where & (cases.aligned == 0),
        **{skill: cases.skills == skill for skill in WHERE},
    }


def in_class(cases: Cases, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the chosen candidates, (num_cases,), are of the target's class."""
    inside: NDArray[np.bool_] = cases.of_class[np.arange(len(chosen)), chosen]
    return inside


def over_seeds(hits: Sequence[NDArray[np.bool_]]) -> NDArray[np.float64]:
    """(num_cases,) mean over the seeds, so that a scene counts once in the interval."""
    mean: NDArray[np.float64] = np.mean([np.asarray(h, np.float64) for h in hits], axis=0)
    return mean


def follow_rate(cases: Cases, found: Sequence[Answers], modality: str, name: str) -> Rate:
    """Over all seeds; scenes are kept together, whatever the seed."""
    place = FOLLOWED.index(modality)
    rows = cases.twin_rows
    answers = TwinAnswers(
        scenes=np.tile(cases.scenes[rows], len(found)),
        original=np.concatenate([a.of(modality)[rows] for a in found]),
        twin=np.concatenate([a.twin[place] for a in found]),
        placebo=np.concatenate([a.placebo[place] for a in found]),
        pair=np.tile(cases.pair, (len(found), 1)),
    )
    value: Rate = getattr(follow_rates(answers), name)
    return value
