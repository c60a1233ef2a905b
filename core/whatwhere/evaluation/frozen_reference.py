"""A frozen 2D-only model that every checkpoint is held against. Shapes: n cases."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import ConfigError
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts
from whatwhere.evaluation.choices import ReferenceAnswers, places_in_class

_REMEDY = "Diagnose the reference on the same sentences with the same candidates"


class Diagnosed(Protocol):
    """The cases of a diagnosis, as `cases.store.open_cases` returns them."""

    @property
    def columns(self) -> CaseColumns:
        """One row per case."""

    @property
    def facts(self) -> DiagnosisFacts:
        """What was asked of whom."""


def reference_answers(
    columns: CaseColumns, facts: DiagnosisFacts, reference: Diagnosed, iou_threshold: float
) -> ReferenceAnswers:
    """What the reference's 2D chose for each of our cases.

    Args:
        columns: ours.
        facts: ours.
        reference: another diagnosis of the same split.
        iou_threshold: from here on an answer is right.

    Raises:
        ConfigError: it is of other sentences or other candidates, or has no 2D answers.
    """
    theirs = reference.facts
    named = f'the reference "{theirs.name}"'
    if theirs.split_hash != facts.split_hash:
        raise ConfigError(
            f"{named} was asked other sentences (split hash {theirs.split_hash}, "
            f"here {facts.split_hash})",
            remedy=_REMEDY,
        )
    if theirs.box_source != facts.box_source:
        raise ConfigError(
            f"{named} chose among other candidates ({theirs.box_source}, here {facts.box_source})",
            remedy=_REMEDY,
        )
    if "2d" not in reference.columns.modalities:
        raise ConfigError(f"{named} has no 2D answers", remedy=_REMEDY)
    found, asked = cases_of_rows(columns, reference.columns)
    if not asked.any():
        raise ConfigError(f"{named} has none of these cases", remedy=_REMEDY)
    is_other = columns.num_candidates[asked] != reference.columns.num_candidates[found[asked]]
    if is_other.any() or chose_among_others(columns, facts, reference):
        raise ConfigError(f"{named} chose among other candidates", remedy=_REMEDY)
    asked &= reference.columns.counts[found]
    places = places_in_class(reference.columns, "2d", iou_threshold)[found]
    return ReferenceAnswers(np.where(asked, places, -1), asked)


def chose_among_others(columns: CaseColumns, facts: DiagnosisFacts, other: Diagnosed) -> bool:
    """Whether two diagnoses of the same scans are known to have had other candidates.

    Args:
        columns: ours.
        facts: ours.
        other: another diagnosis of the same split.
    """
    hashes = {facts.candidates_hash, other.facts.candidates_hash}
    are_same_scans = set(columns.scene_ids) == set(other.columns.scene_ids)
    return are_same_scans and "" not in hashes and len(hashes) > 1


def cases_of_rows(
    ours: CaseColumns, theirs: CaseColumns
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Which of their cases asks the same sentence: (n,) index, and (n,) whether there is one."""
    if not len(theirs):
        return np.zeros(len(ours), np.int64), np.zeros(len(ours), bool)
    order = np.argsort(theirs.rows, kind="stable")
    places = np.searchsorted(theirs.rows[order], ours.rows).clip(max=len(theirs) - 1)
    found = order[places]
    return found, np.asarray(theirs.rows[found] == ours.rows)
