"""Which cases are looked at: frozen values, each with a caption for its chip, joined by AND.

A filter on what a diagnosis does not have (a modality, a relation) keeps none.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import NO_ANSWER, CaseColumns
from whatwhere.evaluation.cases.quadrants import (
    QUADRANTS,
    Quadrant,
    is_right,
    is_wrong,
    quadrant_codes,
)

Kept = NDArray[np.bool_]

Find = Callable[[str], NDArray[np.int64]]
"""From words to cases: `StoredCases.find`."""

SHORT_NAMES = {"2d": "2D", "3d": "3D", "2d-frame": "2D frame"}
"""Of modalities, as captions write them."""

_QUADRANT_CAPTIONS: dict[Quadrant, str] = {
    "both_right": "fused and 2D right",
    "only_fused": "only fused right",
    "only_2d": "only 2D right",
    "both_wrong": "fused and 2D wrong",
}
_RANGE_CAPTIONS = {
    "num_lookalikes": "look-alikes",
    "num_candidates": "candidates",
    "lookalike_m": "m to a look-alike",
    "visibility": "of the target seen",
}

Ranged = Literal["num_lookalikes", "num_candidates", "lookalike_m", "visibility"]


class Filter(Protocol):
    """What a case must be."""

    @property
    def caption(self) -> str:
        """For its chip, a few words."""

    def kept(self, columns: CaseColumns) -> Kept:
        """(n,) which cases are so."""


@dataclass(frozen=True, slots=True)
class OfRelation:
    """The sentence speaks of this relation."""

    relation: str

    @property
    def caption(self) -> str:
        """The relation."""
        return self.relation

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        if self.relation not in columns.relations:
            return np.zeros(len(columns), bool)
        return np.asarray(columns.has_relation[:, columns.relations.index(self.relation)])


@dataclass(frozen=True, slots=True)
class OfLabel:
    """The target is of this category."""

    label: str

    @property
    def caption(self) -> str:
        """The category."""
        return self.label

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        return _named(columns.label_codes, columns.labels, self.label)


@dataclass(frozen=True, slots=True)
class OfSkill:
    """It takes this skill to find the target."""

    skill: str

    @property
    def caption(self) -> str:
        """The skill."""
        return f"skill {self.skill}"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        return _named(columns.skill_codes, columns.skills, self.skill)


@dataclass(frozen=True, slots=True)
class OfScene:
    """The sentence is about this scan."""

    scene_id: str

    @property
    def caption(self) -> str:
        """The scan."""
        return self.scene_id

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        return _named(columns.scenes, columns.scene_ids, self.scene_id)


@dataclass(frozen=True, slots=True)
class InQuadrant:
    """Fused and 2D are right or wrong in this way.

    Attributes:
        quadrant: which.
        threshold: IoU from which an answer is right.
    """

    quadrant: Quadrant
    threshold: float = 0.25

    @property
    def caption(self) -> str:
        """The quadrant and its IoU."""
        return f"{_QUADRANT_CAPTIONS[self.quadrant]} @{self.threshold:g}"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        codes = quadrant_codes(columns, self.threshold)
        return np.asarray(codes == QUADRANTS.index(self.quadrant))


@dataclass(frozen=True, slots=True)
class Answered:
    """A modality's answer is right, or wrong.

    Attributes:
        modality: which.
        right: whether it is right.
        threshold: IoU from which an answer is right.
    """

    modality: str
    right: bool
    threshold: float = 0.25

    @property
    def caption(self) -> str:
        """The modality, right or wrong, and the IoU."""
        name = SHORT_NAMES.get(self.modality, self.modality)
        return f"{name} {'right' if self.right else 'wrong'} @{self.threshold:g}"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        return (is_right if self.right else is_wrong)(columns, self.modality, self.threshold)


@dataclass(frozen=True, slots=True)
class Copies:
    """Fused chooses what 2D chooses.

    Attributes:
        wrongly: only where that is wrong.
        threshold: IoU from which an answer is right.
    """

    wrongly: bool = False
    threshold: float = 0.25

    @property
    def caption(self) -> str:
        """What is copied."""
        return f"fused = 2D, wrong @{self.threshold:g}" if self.wrongly else "fused = 2D"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        fused, flat = columns.modalities.get("fused"), columns.modalities.get("2d")
        if fused is None or flat is None:
            return np.zeros(len(columns), bool)
        same = (fused.chosen == flat.chosen) & (fused.chosen != NO_ANSWER)
        return np.asarray(
            same & is_wrong(columns, "fused", self.threshold) if self.wrongly else same
        )


@dataclass(frozen=True, slots=True)
class Unique:
    """The target is the only one of its class, or one of several."""

    unique: bool

    @property
    def caption(self) -> str:
        """ScanRefer's words."""
        return "unique" if self.unique else "multiple"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        count = columns.num_lookalikes
        return np.asarray(count == 1 if self.unique else count > 1)


@dataclass(frozen=True, slots=True)
class Spatial:
    """Some word speaks of place, or none does."""

    spatial: bool

    @property
    def caption(self) -> str:
        """Spatial or not."""
        return "spatial" if self.spatial else "not spatial"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        return np.asarray(columns.is_spatial == self.spatial)


@dataclass(frozen=True, slots=True)
class ViewDependent:
    """Whether it is true depends on where one stands, or does not."""

    dependent: bool

    @property
    def caption(self) -> str:
        """View-dependent or not."""
        return "view-dependent" if self.dependent else "view-independent"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        return np.asarray(columns.is_view_dependent == self.dependent)


@dataclass(frozen=True, slots=True)
class NamesLooks:
    """Some word speaks of colour, material, shape or size, or none does."""

    named: bool

    @property
    def caption(self) -> str:
        """Whether looks are named."""
        return "looks named" if self.named else "no looks named"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        return np.asarray(columns.names_looks == self.named)


@dataclass(frozen=True, slots=True)
class Within:
    """A number of the case lies in [low, high); unknown ones do not.

    Attributes:
        column: which number.
        low: None for no bound.
        high: None for no bound.
    """

    column: Ranged
    low: float | None = None
    high: float | None = None

    @property
    def caption(self) -> str:
        """The bounds and the number."""
        name = _RANGE_CAPTIONS[self.column]
        if self.low is None or self.high is None:
            return f"< {self.high:g} {name}" if self.low is None else f"{self.low:g} or more {name}"
        return f"{self.low:g} to {self.high:g} {name}"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        values = getattr(columns, self.column)
        known = ~np.isnan(values) if values.dtype.kind == "f" else values > 0
        if self.low is not None:
            known = known & (values >= self.low)
        if self.high is not None:
            known = known & (values < self.high)
        return np.asarray(known)


@dataclass(frozen=True, slots=True)
class Moved:
    """In the twin the answer went over to the other place of the pair.

    Attributes:
        kind: what was exchanged.
        modality: whose answer.
    """

    kind: str = "appearance"
    modality: str = "fused"

    @property
    def caption(self) -> str:
        """Whose answer follows what."""
        return f"{SHORT_NAMES.get(self.modality, self.modality)} follows {self.kind}"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        found = np.zeros(len(columns), bool)
        twin, asked = columns.twins.get(self.kind), columns.modalities.get(self.modality)
        if twin is None or asked is None or self.modality not in twin.twin:
            return found
        original, after = asked.chosen[twin.cases], twin.twin[self.modality]
        one, two = twin.pair[:, 0], twin.pair[:, 1]
        went = ((original == one) & (after == two)) | ((original == two) & (after == one))
        found[twin.cases[went]] = True
        return found


@dataclass(frozen=True, slots=True)
class Excluded:
    """The case is left out of all figures.

    Attributes:
        reason: why; None for any reason.
    """

    reason: str | None = None

    @property
    def caption(self) -> str:
        """Why it is left out."""
        return "left out" if self.reason is None else f"left out: {self.reason}"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        if self.reason is None:
            return ~columns.counts
        return _named(columns.excluded, columns.reasons, self.reason)


@dataclass(frozen=True, slots=True, eq=False)
class InSet:
    """The sentence is one of a set: a pinned one, or what a lasso has caught.

    Attributes:
        name: of the set.
        rows: (k,) rows of the split, so that it holds for every model's cases.
    """

    name: str
    rows: NDArray[np.integer]

    @property
    def caption(self) -> str:
        """The set and its size."""
        return f"{self.name} ({len(self.rows):,})"

    def kept(self, columns: CaseColumns) -> Kept:
        """See `Filter.kept`."""
        last = int(max(columns.rows.max(initial=-1), np.max(self.rows, initial=-1)))
        wanted = np.zeros(last + 1, bool)
        wanted[self.rows] = True
        return np.asarray(wanted[columns.rows])


@dataclass(frozen=True, slots=True)
class WithText:
    """The sentence holds these words, the last one as the beginning of a word."""

    text: str

    @property
    def caption(self) -> str:
        """The words."""
        return f"“{self.text.strip()}”"

    def kept(self, columns: CaseColumns) -> Kept:
        """Words are not among the columns: `apply_filters` looks for them.

        Raises:
            ValueError: it was called all the same.
        """
        raise ValueError("words are found by `apply_filters(..., find=)`")


def apply_filters(
    columns: CaseColumns, filters: Iterable[Filter], *, find: Find | None = None
) -> Kept:
    """(n,) the cases that every filter keeps; without filters all of them, also left-out ones.

    Args:
        columns: the cases.
        filters: what they must be.
        find: `StoredCases.find`, for filters by words.

    Raises:
        ValueError: there is a filter by words and no `find`.
        BrokenFileError: the words cannot be looked up.
    """
    kept = np.ones(len(columns), bool)
    for item in filters:
        if isinstance(item, WithText) and find is not None:
            found = np.zeros(len(columns), bool)
            found[find(item.text)] = True
            kept &= found
        else:
            kept &= item.kept(columns)
    return kept


def _named(codes: NDArray[np.int32], names: tuple[str, ...], name: str) -> Kept:
    if name not in names:
        return np.zeros(len(codes), bool)
    return np.asarray(codes == names.index(name))
