"""A case and all that is said of it as one plain record: what every form of file carries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pydantic import TypeAdapter

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.queries import CaseQuery, find_cases
from whatwhere.annotations.rows import as_columns
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.values import (
    Case,
    CaseBox,
    CaseTag,
    FrameRegion,
    Note,
    Row,
    Seen,
    Settlement,
    Tag,
    Verdict,
)

FORM = "whatwhere-cases"
VERSION = 1

CASE_COLUMNS: tuple[str, ...] = tuple(item.name for item in fields(Case))
PARTS: Mapping[str, type[Any]] = {
    "tags": CaseTag,
    "notes": Note,
    "seen_by": Seen,
    "verdicts": Verdict,
    "boxes": CaseBox,
    "regions": FrameRegion,
    "settlements": Settlement,
}
"""Key of a record -> what lies under it, each without its `case_id`."""

LATER_PARTS = frozenset({"settlements"})
"""Those that files of earlier programs lack."""

_ATTRIBUTES = {"seen_by": "seen"}

# What comes from elsewhere is checked, type by type, before it comes near the store.
_CASE, _TAG = TypeAdapter(Case), TypeAdapter(Tag)
_PARTS: Mapping[str, TypeAdapter[Any]] = {name: TypeAdapter(part) for name, part in PARTS.items()}

Record = dict[str, Any]
"""`CASE_COLUMNS` and `PARTS`; a JSON object."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What a file carries.

    Attributes:
        records: one per case.
        tags: the set of tags.
    """

    records: tuple[Record, ...]
    tags: tuple[Tag, ...]


def read_store(store: AnnotationStore, query: CaseQuery, *, page: int = 1_000) -> Exchanged:
    """The cases of a store that a query finds, with all that is said of them."""
    return Exchanged(tuple(_records(store, query, page)), store.tags())


def read_cases(store: AnnotationStore, case_ids: Sequence[str]) -> Exchanged:
    """These cases, in this order; those that the store does not know are left out."""
    said = store.annotations_of(case_ids)
    known = (said[case_id] for case_id in case_ids if case_id in said)
    return Exchanged(
        tuple(record_of(item) for item in known if item.case is not None), store.tags()
    )


def record_of(said: CaseAnnotations) -> Record:
    """The record of one case.

    Raises:
        ValueError: nobody has told the store what the case is.
    """
    if said.case is None:
        raise ValueError("annotations of a case that is not known")
    record = as_columns(said.case)
    for name in PARTS:
        rows = getattr(said, _ATTRIBUTES.get(name, name))
        ordered = sorted((as_columns(row) for row in rows), key=lambda row: row["made_at"])
        record[name] = [{key: row[key] for key in row if key != "case_id"} for row in ordered]
    return record


def rows_of(record: Mapping[str, Any]) -> tuple[Case, tuple[Row, ...]]:
    """The inverse of `record_of`.

    Raises:
        KeyError, TypeError, ValueError: it is no record.
    """
    case = _CASE.validate_python({name: record[name] for name in CASE_COLUMNS})
    found: list[Row] = []
    for name, form in _PARTS.items():
        parts = record.get(name, ()) if name in LATER_PARTS else record[name]
        found += [form.validate_python({**part, "case_id": case.case_id}) for part in parts]
    return case, tuple(found)


def _records(store: AnnotationStore, query: CaseQuery, page: int) -> Iterator[Record]:
    last: Case | None = None
    while part := find_cases(store, query, after=last, limit=page):
        said = store.annotations_of([case.case_id for case in part])
        yield from (record_of(said[case.case_id]) for case in part)
        last = part[-1]


def tags_as_json(tags: Iterable[Tag]) -> list[dict[str, Any]]:
    """The set of tags as files carry it."""
    return [as_columns(tag) for tag in tags]


def tags_from_json(values: Iterable[Mapping[str, Any]]) -> tuple[Tag, ...]:
    """The inverse of `tags_as_json`."""
    return tuple(_TAG.validate_python(value) for value in values)
