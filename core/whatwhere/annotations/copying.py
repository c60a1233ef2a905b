"""All of one store into another, whichever databases they are, and what differs between two."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, func, insert, select

from whatwhere.annotations.rows import KINDS
from whatwhere.annotations.store import AnnotationStore, count_rows
from whatwhere.annotations.tables import changes, tags
from whatwhere.errors import StoreError

_ROWS = 2_000

OnProgress = Callable[[int, int, str], None]
"""Called with (done, total, what is copied)."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy came to.

    Attributes:
        num_cases: that were copied.
        num_annotations: tags, notes, marks, verdicts, what was settled, boxes and regions.
        num_changes: of the history.
        num_different: rows that differ between the two afterwards; 0 unless somebody wrote.
    """

    num_cases: int
    num_annotations: int
    num_changes: int
    num_different: int


def copy_store(
    source: AnnotationStore, target: AnnotationStore, on_progress: OnProgress | None = None
) -> Copied:
    """Copy everything, the history that undo needs included, in one transaction of the target.

    What `on_progress` raises ends it, and nothing was copied; while rows are compared it ends only
    that.

    Raises:
        StoreError: the target holds annotations already; it was not touched.
        StoreUnavailableError: one of the two cannot be used; the target is as it was.
    """
    with source.database.reading() as reading:
        counts = count_rows(reading)
        num_changes = int(reading.execute(select(func.count()).select_from(changes)).scalar_one())
        total = sum(counts.values()) + num_changes
        done = 0
        with target.database.writing() as writing:
            _refuse_full(target, count_rows(writing))
            writing.execute(delete(tags))  # those that a new store offers
            for table in (*(kind.table for kind in KINDS), changes):
                statement = select(table).order_by(*table.primary_key.columns)
                result = reading.execution_options(yield_per=_ROWS).execute(statement)
                for part in result.mappings().partitions(_ROWS):
                    writing.execute(insert(table), [dict(row) for row in part])
                    done += len(part)
                    if on_progress is not None:
                        on_progress(done, total, f"copying {table.name}")
            if writing.dialect.name == "postgresql" and num_changes:
                # Its counter does not see numbers that were given.
                sequence = func.pg_get_serial_sequence("changes", "seq")
                highest = select(func.max(changes.c.seq)).scalar_subquery()
                writing.execute(select(func.setval(sequence, highest)))
    return Copied(
        num_cases=counts["cases"],
        num_annotations=sum(counts.values()) - counts["cases"] - counts["tags"],
        num_changes=num_changes,
        num_different=count_differences(source, target, on_progress),
    )


def count_differences(
    one: AnnotationStore, other: AnnotationStore, on_progress: OnProgress | None = None
) -> int:
    """Rows that are in one of them only, or not the same in both; the history is compared too."""
    different = 0
    tables = (*(kind.table for kind in KINDS), changes)
    with one.database.reading() as left, other.database.reading() as right:
        for place, table in enumerate(tables):
            if on_progress is not None:
                on_progress(place, len(tables), f"comparing {table.name}")
            different += _different(_rows(left, table), _rows(right, table), table)
    return different


def _rows(connection: Any, table: Table) -> Iterator[dict[str, Any]]:
    # Sorted here: databases disagree on the order of capitals and accents.
    key = [column.name for column in table.primary_key.columns]
    found = connection.execute(select(table)).mappings()
    return iter(sorted((dict(row) for row in found), key=lambda row: [row[name] for name in key]))


def _different(
    left: Iterator[dict[str, Any]], right: Iterator[dict[str, Any]], table: Table
) -> int:
    names = [column.name for column in table.primary_key.columns]

    def key(row: dict[str, Any]) -> list[Any]:
        return [row[name] for name in names]

    different = 0
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if b is None or (a is not None and key(a) < key(b)):
            different, a = different + 1, next(left, None)
        elif a is None or key(b) < key(a):
            different, b = different + 1, next(right, None)
        else:
            different += a != b
            a, b = next(left, None), next(right, None)
    return different


def _refuse_full(target: AnnotationStore, counts: dict[str, int]) -> None:
    held = sum(count for name, count in counts.items() if name != "tags")
    if held:
        raise StoreError(
            f"{target.database.name} holds {held} rows already; it was not touched",
            remedy="Copy into an empty store, or import a file of cases into this one",
        )
