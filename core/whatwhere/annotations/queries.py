"""Which cases carry what: counts and lists from indexes, whole stores of a million cases too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_, union_all

from whatwhere.annotations.default_tags import GROUND_TRUTH_WRONG
from whatwhere.annotations.rows import from_columns
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.tables import (
    case_boxes,
    case_tags,
    cases,
    frame_regions,
    notes,
    seen_cases,
    settlements,
    verdicts,
)
from whatwhere.annotations.values import Case, TruthVerdict


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """What is looked for; what is None does not matter.

    Attributes:
        tag_id: it carries this tag.
        model: it is of this model.
        split_hash: it is of this split.
        scene_id: it is of this scan.
        annotator: whose tags, notes and marks are meant; None takes anyone's.
        state: whether somebody has done with it, or not yet.
        has_note: somebody wrote something.
        truth_is_wrong: whether the ground truth is held for wrong.
        model_hash: it is of these weights.
        verdict: somebody holds this of the ground truth.
        is_annotated: whether anything is said of it, be it only that somebody has done with it.
    """

    tag_id: str | None = None
    model: str | None = None
    split_hash: str | None = None
    scene_id: str | None = None
    annotator: str | None = None
    state: Literal["seen", "unseen"] | None = None
    has_note: bool | None = None
    truth_is_wrong: bool | None = None
    model_hash: str | None = None
    verdict: TruthVerdict | None = None
    is_annotated: bool | None = None


def find_cases(
    store: AnnotationStore, query: CaseQuery, *, after: Case | None = None, limit: int = 1_000
) -> tuple[Case, ...]:
    """A page of the cases, by model, split and row.

    Args:
        store: to look in.
        query: what is looked for.
        after: the last case of the page before; None begins.
        limit: cases per page.
    """
    order = (cases.c.model, cases.c.split_hash, cases.c.row, cases.c.case_id)
    statement = _where(select(cases), query).order_by(*order).limit(limit)
    if after is not None:
        place = (after.model, after.split_hash, after.row, after.case_id)
        statement = statement.where(tuple_(*order) > tuple_(*place))
    with store.database.reading() as connection:
        return tuple(from_columns(Case, row) for row in connection.execute(statement).mappings())


def count_cases(store: AnnotationStore, query: CaseQuery) -> int:
    """How many there are."""
    statement = _where(select(func.count()).select_from(cases), query)
    with store.database.reading() as connection:
        return int(connection.execute(statement).scalar_one())


def find_rows(store: AnnotationStore, query: CaseQuery) -> NDArray[np.int64]:
    """(k,) which rows of their split the cases are; meant for queries that name a split."""
    statement = _where(select(cases.c.row), query)
    with store.database.reading() as connection:
        return np.fromiter(connection.execute(statement).scalars(), np.int64)


def count_by_tag(store: AnnotationStore, *, model: str | None = None) -> Mapping[str, int]:
    """Tag -> cases that carry it, whoever gave it."""
    distinct = func.count(func.distinct(case_tags.c.case_id))
    statement = select(case_tags.c.tag_id, distinct).group_by(case_tags.c.tag_id)
    if model is not None:
        statement = statement.join(cases).where(cases.c.model == model)
    with store.database.reading() as connection:
        return {row[0]: int(row[1]) for row in connection.execute(statement)}


def models_in(store: AnnotationStore) -> tuple[str, ...]:
    """Names of the models of which there are cases."""
    with store.database.reading() as connection:
        found = connection.execute(select(cases.c.model).distinct().order_by(cases.c.model))
        return tuple(row[0] for row in found)


def annotators_in(store: AnnotationStore) -> tuple[str, ...]:
    """Everyone who gave a tag or has done with a case."""
    names: set[str] = set()
    with store.database.reading() as connection:
        for table in (case_tags, seen_cases):
            names |= {row[0] for row in connection.execute(select(table.c.annotator).distinct())}
    return tuple(sorted(names))


_SAID = (case_tags, notes, seen_cases, verdicts, case_boxes, frame_regions)


def _where(statement: Select[Any], query: CaseQuery) -> Select[Any]:
    for column, wanted in (
        (cases.c.model, query.model),
        (cases.c.split_hash, query.split_hash),
        (cases.c.scene_id, query.scene_id),
        (cases.c.model_hash, query.model_hash),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if query.tag_id is not None:
        statement = statement.where(_any(case_tags, query, case_tags.c.tag_id == query.tag_id))
    if query.state is not None:
        seen = _any(seen_cases, query)
        statement = statement.where(seen if query.state == "seen" else ~seen)
    if query.has_note is not None:
        noted = _any(notes, query)
        statement = statement.where(noted if query.has_note else ~noted)
    if query.truth_is_wrong is not None:
        wrong = _wrong(query)
        statement = statement.where(wrong if query.truth_is_wrong else ~wrong)
    if query.verdict is not None:
        held = _any(verdicts, query, verdicts.c.verdict == query.verdict)
        statement = statement.where(held)
    if query.is_annotated is not None:
        said = cases.c.case_id.in_(union_all(*(_cases_of(table, query) for table in _SAID)))
        statement = statement.where(said if query.is_annotated else ~said)
    return statement


def _wrong(query: CaseQuery) -> ColumnElement[bool]:
    # As `CaseAnnotations.truth_is_wrong` has it.
    about = settlements.c.tag_id == GROUND_TRUTH_WRONG
    settled = select(settlements.c.case_id).where(about)
    said = _any(verdicts, query, verdicts.c.verdict == "wrong")
    return and_(said, cases.c.case_id.not_in(settled)) | cases.c.case_id.in_(
        settled.where(settlements.c.holds)
    )


def _any(table: Any, query: CaseQuery, *also: ColumnElement[bool]) -> ColumnElement[bool]:
    # Not a correlated "exists": few cases carry a tag, and databases begin with those few.
    return cases.c.case_id.in_(_cases_of(table, query, *also))


def _cases_of(table: Any, query: CaseQuery, *also: ColumnElement[bool]) -> Select[Any]:
    found = select(table.c.case_id).where(*also)
    return found if query.annotator is None else found.where(table.c.annotator == query.annotator)
