"""Cases of a file into a store: one change, which can be undone; what is there stays."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change, RowChange
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.exchange.files import form_of
from whatwhere.annotations.exchange.records import PARTS, rows_of
from whatwhere.annotations.rows import key_of, kind_of
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.tag_edits import in_order
from whatwhere.annotations.values import Case, CaseTag, Row, Settlement, Tag
from whatwhere.errors import BrokenFileError, NotSupportedError


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an import came to.

    Attributes:
        num_cases: in the file.
        num_new: tags, notes, marks, verdicts, boxes and regions that are new to the store.
        num_known: those that the store held just so.
        num_kept: those of which the store says something else, which stays.
    """

    num_cases: int
    num_new: int
    num_known: int
    num_kept: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """What an import would do to a store as it is now.

    Attributes:
        taken: what it would come to.
        new: kind of annotation, as `PARTS` names them -> how many are new.
        num_new_cases: cases that the store does not know.
        new_tags: captions of tags that the set of tags does not have.
        kept: what the store says otherwise, which would stay: (kind, annotator, sentence of the
            case).
    """

    taken: TakenIn
    new: Mapping[str, int]
    num_new_cases: int
    new_tags: tuple[str, ...]
    kept: tuple[tuple[str, str, str], ...]


def look_into(store: AnnotationStore, path: Path) -> Incoming:
    """Say what `take_in` would do, and do nothing.

    Raises:
        MissingFileError, BrokenFileError, NotSupportedError: there is no such file.
        StoreUnavailableError: the store cannot be read just now.
    """
    return _compared(store, path).incoming


def take_in(store: AnnotationStore, path: Path, annotator: str) -> TakenIn:
    """Import a file or folder.

    Args:
        store: to import into.
        path: of a form that carries everything.
        annotator: who does it; she can undo it.

    Raises:
        MissingFileError, BrokenFileError, NotSupportedError: there is no such file; the store was
            not touched.
        StoreUnavailableError: the store cannot be written just now.
    """
    found = _compared(store, path)
    if found.rows or found.incoming.num_new_cases:
        store.apply(Change(f"import {path.name}", annotator, found.rows), found.cases)
    return found.incoming.taken


@dataclass(frozen=True, slots=True)
class _Compared:
    incoming: Incoming
    rows: tuple[RowChange, ...]
    cases: tuple[Case, ...]


def _compared(store: AnnotationStore, path: Path) -> _Compared:
    form = form_of(path)
    if form.read is None:
        raise NotSupportedError(
            f"{path}: files of the form {form.name} do not carry all that is said of cases",
            remedy="Import JSON lines, CSV, Parquet or the COCO-like form",
        )
    exchanged = form.read(path)
    said: list[tuple[Case, tuple[Row, ...]]] = []
    for number, record in enumerate(exchanged.records, start=1):
        try:
            said.append(rows_of(record))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BrokenFileError(path, f"case {number} is no annotated case ({error})") from error
    used = {row.tag_id for _, rows in said for row in rows if isinstance(row, CaseTag | Settlement)}
    tag_rows = _tag_rows(store.tags(), exchanged.tags, used)
    held = store.annotations_of([case.case_id for case, _ in said])
    new: list[Row] = []
    kept: list[tuple[str, str, str]] = []
    known = 0
    for case, rows in said:
        present = _by_key(held.get(case.case_id, CaseAnnotations()))
        for row in rows:
            ours = present.get(_key(row))
            if ours is None:
                new.append(row)
            elif ours == row:
                known += 1
            else:
                who = getattr(row, "annotator", getattr(row, "settled_by", ""))
                kept.append((_PART_NAMES[type(row)], who, case.expression))
    return _Compared(
        Incoming(
            TakenIn(len(said), len(new), known, len(kept)),
            Counter(_PART_NAMES[type(row)] for row in new),
            sum(case.case_id not in held for case, _ in said),
            tuple(
                row.after.caption
                for row in tag_rows
                if row.before is None and isinstance(row.after, Tag)
            ),
            tuple(kept),
        ),
        (*tag_rows, *(RowChange(None, row) for row in new)),
        tuple(case for case, _ in said),
    )


def _tag_rows(held: tuple[Tag, ...], offered: tuple[Tag, ...], used: set[str]) -> list[RowChange]:
    """What an import does to the set of tags: one that nobody touched gives way, else it grows."""
    known, theirs = {tag.tag_id: tag for tag in held}, {tag.tag_id: tag for tag in offered}
    if held == in_order(DEFAULT_TAGS):
        found = [RowChange(known.get(tag.tag_id), tag) for tag in offered]
    else:
        place = max((tag.place for tag in held), default=0) + 1
        # Digits stay as they are here: the same key must not come to mean two tags.
        found = [
            RowChange(None, replace(tag, digit=None, place=place + number))
            for number, tag in enumerate(tag for tag in offered if tag.tag_id not in known)
        ]
    unnamed = sorted(used - {*known, *theirs})
    found += [RowChange(None, Tag(tag_id, tag_id)) for tag_id in unnamed]
    return [row for row in found if row.before != row.after]


def _by_key(said: CaseAnnotations) -> dict[tuple[Any, ...], Row]:
    held: list[Row] = [
        *said.tags, *said.notes, *said.seen, *said.verdicts, *said.boxes, *said.regions,
        *said.settlements,
    ]  # fmt: skip
    return {_key(row): row for row in held}


def _key(row: Row) -> tuple[Any, ...]:
    return (kind_of(row).name, *key_of(row).values())


_PART_NAMES: Mapping[type[Any], str] = {part: name for name, part in PARTS.items()}
