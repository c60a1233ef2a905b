"""Cases of a file into a store: one change, which can be undone; what is there stays."""

from dataclasses import dataclass, replace
from pathlib import Path

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change, RowChange
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.exchange.files import form_of
from whatwhere.annotations.exchange.records import rows_of
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
    form = form_of(path)
    if form.read is None:
        raise NotSupportedError(
            f"{path}: files of the form {form.name} do not carry all that is said of cases",
            remedy="Import JSON lines, CSV, Parquet or the COCO-like form",
        )
    exchanged = form.read(path)
    cases: list[Case] = []
    rows: list[Row] = []
    for number, record in enumerate(exchanged.records, start=1):
        try:
            case, said = rows_of(record)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BrokenFileError(path, f"case {number} is no annotated case ({error})") from error
        cases.append(case)
        rows += said
    return _add(store, path, annotator, cases, rows, exchanged.tags)


def _add(
    store: AnnotationStore,
    path: Path,
    annotator: str,
    cases: list[Case],
    rows: list[Row],
    tags: tuple[Tag, ...],
) -> TakenIn:
    used = {row.tag_id for row in rows if isinstance(row, CaseTag | Settlement)}
    tag_rows = _tag_rows(store.tags(), tags, used)
    new: list[Row] = []
    held = store.annotations_of([case.case_id for case in cases])
    known = kept = 0
    for row in rows:
        said = held.get(getattr(row, "case_id", ""), CaseAnnotations())
        present = _present(said, row)
        if present is None:
            new.append(row)
        elif present == row:
            known += 1
        else:
            kept += 1
    change = Change(
        f"import {path.name}", annotator, (*tag_rows, *(RowChange(None, row) for row in new))
    )
    if change.rows or any(case.case_id not in held for case in cases):
        store.apply(change, cases)
    return TakenIn(len(cases), len(new), known, kept)


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


def _present(said: CaseAnnotations, row: Row) -> Row | None:
    key, kind = key_of(row), kind_of(row)
    held: list[Row] = [
        *said.tags, *said.notes, *said.seen, *said.verdicts, *said.boxes, *said.regions,
        *said.settlements,
    ]  # fmt: skip
    return next((one for one in held if kind_of(one) is kind and key_of(one) == key), None)
