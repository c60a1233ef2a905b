"""What the store of annotations says of the cases of a diagnosis, for its filters."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.queries import annotators_in
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.values import Tag
from whatwhere.annotations.wanted import NO, YES, Wanted
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.serving.annotation_filters import ByAnnotation, count_wanted, look_up
from whatwhere_app.services.annotation_place import annotation_place, only_annotator

VERDICTS = ("right", "wrong", "unsure")


@dataclass(frozen=True, slots=True)
class SaidCounts:
    """What cases can be filtered by.

    Attributes:
        tags: the set of tags, the retired ones that cases carry included.
        annotators: who annotated.
        counts: how many cases are so.
    """

    tags: tuple[Tag, ...]
    annotators: tuple[str, ...]
    counts: dict[Wanted, int]


def count_said(cases: StoredCases) -> SaidCounts:
    """Count what annotators say of the cases of a diagnosis.

    Raises:
        WhatWhereError: the store cannot be read.
    """
    with _store() as store:
        if store is None:
            return SaidCounts(DEFAULT_TAGS, (), {Wanted("annotated", NO): len(cases.columns)})
        only = only_annotator()
        tags, annotators = store.tags(), annotators_in(store) if only is None else (only,)
        wanted = [Wanted("tag", tag.tag_id) for tag in tags]
        wanted += [Wanted("annotator", name) for name in annotators]
        wanted += [Wanted("verdict", verdict) for verdict in VERDICTS]
        wanted += [Wanted("annotated", YES), Wanted("annotated", NO)]
        return SaidCounts(tags, annotators, dict(count_wanted(wanted, cases, store, only=only)))


def look_up_said(
    filters: Sequence[ByAnnotation], cases: StoredCases, revision: int
) -> tuple[ByAnnotation, ...]:
    """The filters as the store answers them now; see `look_up`.

    Raises:
        WhatWhereError: the store cannot be read.
    """
    with _store() as store:
        return look_up(filters, cases, store, revision=revision, only=only_annotator())


@contextmanager
def _store() -> Iterator[AnnotationStore | None]:
    place = annotation_place()
    if isinstance(place, Path) and not place.is_file():
        yield None
        return
    store = open_store(place)
    try:
        yield store
    finally:
        store.close()
