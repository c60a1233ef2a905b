"""The store of annotations: every change one transaction, undo and redo included.

A call that returned is on the disk. A call that raised changed nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, and_, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import (
    Change,
    ChangeState,
    HistoryEntry,
    RowChange,
    rows_from_json,
)
from whatwhere.annotations.engine import Database, open_database
from whatwhere.annotations.rows import KINDS, as_columns, from_columns, key_of, kind_of
from whatwhere.annotations.schema import bring_up_to_date
from whatwhere.annotations.tables import case_tags, changes
from whatwhere.annotations.tag_edits import in_order
from whatwhere.annotations.values import Case, Row, Tag
from whatwhere.errors import ConflictError

_ROWS_PER_INSERT = 2_000
_LOOKED_BACK = 5_000


class AnnotationStore:
    """An open store; made by `open_store`. May be used from several threads.

    Attributes:
        database: where it lies.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def apply(self, change: Change, cases: Iterable[Case] = ()) -> int:
        """Make a change, and what it is about known where it is not yet.

        What was undone before can no longer be redone by this annotator. A change that was made
        already, by its id, is not made again. Of what all annotators share (the set of tags, what
        was settled) the last writer's word holds, and undo gives back what it replaced.

        Returns:
            Its place in the order of all changes.

        Raises:
            ConflictError: a row is not what the change was made from.
            StoreUnavailableError: the store cannot be written just now.
        """
        with self.database.writing() as connection:
            made = connection.execute(
                select(changes.c.seq).where(changes.c.change_id == change.change_id)
            ).scalar()
            if made is not None:
                return int(made)
            add_missing(connection, list(cases))
            made_rows = [_replace(connection, row, last_wins=True) for row in change.rows]
            change = replace(change, rows=tuple(row for row in made_rows if row is not None))
            connection.execute(
                update(changes)
                .where(changes.c.annotator == change.annotator, changes.c.state == "undone")
                .values(state="dropped")
            )
            result = connection.execute(
                insert(changes).values(**{**change.as_json(), "state": "done"})
            )
            assert result.inserted_primary_key is not None
            return int(result.inserted_primary_key[0])

    def undo(self, annotator: str, change_id: str | None = None) -> Change | None:
        """Take back the annotator's last change that holds.

        Args:
            annotator: whose.
            change_id: which change that is thought to be; None takes whichever it is.

        Returns:
            What was taken back; None where there is nothing.

        Raises:
            ConflictError: somebody else has changed it since, or the last change is another one.
            StoreUnavailableError: the store cannot be written just now.
        """
        return self._step(annotator, change_id, "done", "undone")

    def redo(self, annotator: str, change_id: str | None = None) -> Change | None:
        """Make the change again that was undone last; see `undo`."""
        return self._step(annotator, change_id, "undone", "done")

    def history(self, annotator: str, *, last: int = 500) -> tuple[HistoryEntry, ...]:
        """The annotator's changes that hold or can be redone, oldest first."""
        query = (
            select(changes)
            .where(changes.c.annotator == annotator, changes.c.state != "dropped")
            .order_by(changes.c.seq.desc())
            .limit(last)
        )
        with self.database.reading() as connection:
            found = connection.execute(query).mappings().all()
        return tuple(_entry(row) for row in reversed(found))

    def history_of_others(self, annotator: str, *, last: int = 100) -> tuple[HistoryEntry, ...]:
        """The newest changes that hold of everybody else, oldest first; of the last 5,000."""
        newest = select(func.max(changes.c.seq)).scalar_subquery()
        query = (
            select(changes)
            .where(changes.c.seq > newest - _LOOKED_BACK)
            .where(changes.c.annotator != annotator, changes.c.state == "done")
            .order_by(changes.c.seq.desc())
            .limit(last)
        )
        with self.database.reading() as connection:
            found = connection.execute(query).mappings().all()
        return tuple(_entry(row) for row in reversed(found))

    def history_of_case(self, case_id: str) -> tuple[HistoryEntry, ...]:
        """All that was ever done to one case, by anyone, oldest first."""
        query = select(changes).where(changes.c.case_id == case_id).order_by(changes.c.seq)
        with self.database.reading() as connection:
            return tuple(_entry(row) for row in connection.execute(query).mappings())

    def annotations_of(self, case_ids: Sequence[str]) -> dict[str, CaseAnnotations]:
        """What is said of these cases; those that nobody annotated are left out."""
        return self._read_cases(list(dict.fromkeys(case_ids)))

    def tags(self) -> tuple[Tag, ...]:
        """The set of tags, in their order; those that were never moved as their keys stand."""
        kind = kind_of(Tag)
        with self.database.reading() as connection:
            rows = connection.execute(select(kind.table)).mappings().all()
        found = [from_columns(Tag, row) for row in rows]
        return in_order(found)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def _read_cases(self, case_ids: list[str]) -> dict[str, CaseAnnotations]:
        parts: dict[str, list[Row]] = {case_id: [] for case_id in case_ids}
        with self.database.reading() as connection:
            for kind in KINDS:
                if kind.value is Tag:
                    continue
                for start in range(0, len(case_ids), 500):
                    part = case_ids[start : start + 500]
                    query = select(kind.table).where(kind.table.c.case_id.in_(part))
                    for row in connection.execute(query).mappings():
                        parts[row["case_id"]].append(from_columns(kind.value, row))
        return {case_id: CaseAnnotations.of(rows) for case_id, rows in parts.items() if rows}

    def _step(
        self,
        annotator: str,
        change_id: str | None,
        state: Literal["done", "undone"],
        becomes: ChangeState,
    ) -> Change | None:
        order = changes.c.seq.desc() if state == "done" else changes.c.seq.asc()
        query = (
            select(changes)
            .where(and_(changes.c.annotator == annotator, changes.c.state == state))
            .order_by(order)
            .limit(1)
        )
        with self.database.writing() as connection:
            if change_id is not None:
                named = select(changes).where(changes.c.change_id == change_id)
                asked = connection.execute(named).mappings().first()
                if asked is not None and asked["state"] == becomes:
                    return _entry(asked).change  # it was brought here twice
            found = connection.execute(query).mappings().first()
            if found is None:
                return None
            entry = _entry(found)
            if change_id not in (None, entry.change.change_id):
                raise ConflictError(
                    f"the last change is now {entry.change.title!r}, made in another window",
                    remedy="Look at the history, and undo there",
                )
            rows = entry.change.rows
            for row in [item.inverse() for item in reversed(rows)] if state == "done" else rows:
                _replace(connection, row)
            connection.execute(
                update(changes).where(changes.c.seq == entry.seq).values(state=becomes)
            )
        return entry.change


def open_store(place: Path | str) -> AnnotationStore:
    """Open a store, made new where there is none, brought up to date where it is older.

    Args:
        place: a file, or the URL of a PostgreSQL database.

    Raises:
        StoreError: it is of a newer version, or not ours; it was not touched.
        StoreUnavailableError, BrokenFileError, RefusedPathError, ConfigError, NotSupportedError:
            the database cannot be used.
    """
    database = open_database(place)
    try:
        bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return AnnotationStore(database)


def add_missing(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert those rows, all of one kind, whose keys are not there; the others stay as they are."""
    if not rows:
        return
    kind = kind_of(rows[0])
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(kind.table).on_conflict_do_nothing()
    for start in range(0, len(rows), _ROWS_PER_INSERT):
        part = rows[start : start + _ROWS_PER_INSERT]
        connection.execute(statement, [as_columns(row) for row in part])


def count_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table holds."""
    counts = {}
    for kind in KINDS:
        counts[kind.name] = int(
            connection.execute(select(func.count()).select_from(kind.table)).scalar_one()
        )
    return counts


def _replace(
    connection: Connection, change: RowChange, *, last_wins: bool = False
) -> RowChange | None:
    """Write a row; gives what was done, None where it was so already."""
    kind, key = kind_of(change.row), key_of(change.row)
    here = and_(*(kind.table.c[name] == value for name, value in key.items()))
    found = connection.execute(select(kind.table).where(here)).mappings().first()
    present = None if found is None else from_columns(kind.value, found)
    if present != change.before and last_wins and kind.is_shared:
        if present == change.after:
            return None
        change = RowChange(present, change.after)
    elif present != change.before:
        raise ConflictError(
            "somebody else has changed this in the meantime",
            remedy="Look at what it says now, and change it again",
        )
    if change.after is None:
        _refuse_given(connection, change.row)
        connection.execute(delete(kind.table).where(here))
    elif change.before is None:
        connection.execute(insert(kind.table).values(**as_columns(change.after)))
    else:
        connection.execute(update(kind.table).where(here).values(**as_columns(change.after)))
    return change


def _refuse_given(connection: Connection, row: Row) -> None:
    if not isinstance(row, Tag):
        return
    given = select(func.count()).select_from(case_tags).where(case_tags.c.tag_id == row.tag_id)
    if connection.execute(given).scalar_one():
        raise ConflictError(
            f"the tag '{row.caption}' was given to cases in the meantime",
            remedy="Retire it instead; the cases keep it",
        )


def _entry(row: Any) -> HistoryEntry:
    return HistoryEntry(
        seq=int(row["seq"]),
        change=Change(
            title=row["title"],
            annotator=row["annotator"],
            rows=rows_from_json(row["rows"]),
            case_id=row["case_id"],
            change_id=row["change_id"],
            made_at=row["made_at"],
        ),
        state=row["state"],
    )
