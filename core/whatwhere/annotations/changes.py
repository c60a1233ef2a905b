"""A change: a named set of rows, each with what it was and what it becomes.

Because both are kept, undoing is the same act with the two exchanged, and a row that somebody
else has changed in between is noticed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from whatwhere.annotations.rows import as_columns, from_columns, key_of, kind_named, kind_of
from whatwhere.annotations.values import Row, new_id, now

ChangeState = Literal["done", "undone", "dropped"]


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row replaced, made (`before` is None) or taken away (`after` is None)."""

    before: Row | None
    after: Row | None

    def __post_init__(self) -> None:
        if self.before is None and self.after is None:
            raise ValueError("a change of no row")
        if self.before is not None and self.after is not None and self._keys_differ():
            raise ValueError("before and after are not the same row")

    def _keys_differ(self) -> bool:
        before, after = self.before, self.after
        assert before is not None
        assert after is not None
        return type(before) is not type(after) or key_of(before) != key_of(after)

    @property
    def row(self) -> Row:
        """Either of the two, for what they have in common."""
        found = self.after if self.after is not None else self.before
        assert found is not None
        return found

    def inverse(self) -> "RowChange":
        """What undoes it."""
        return RowChange(self.after, self.before)

    def as_json(self) -> dict[str, Any]:
        """As the table of changes keeps it."""
        return {
            "table": kind_of(self.row).name,
            "before": None if self.before is None else as_columns(self.before),
            "after": None if self.after is None else as_columns(self.after),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "RowChange":
        """The inverse of `as_json`."""
        kind = kind_named(value["table"]).value
        return cls(
            None if value["before"] is None else from_columns(kind, value["before"]),
            None if value["after"] is None else from_columns(kind, value["after"]),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What one act of an annotator does, all of it or nothing.

    Attributes:
        title: as the undo menu says it: "tag 'ignores relation'".
        annotator: who.
        rows: what changes.
        case_id: of the case it is about; "" for the set of tags.
        change_id: unique, so that a change that is sent twice is made once.
        made_at: when.
    """

    title: str
    annotator: str
    rows: tuple[RowChange, ...]
    case_id: str = ""
    change_id: str = field(default_factory=new_id)
    made_at: str = field(default_factory=now)

    @property
    def is_empty(self) -> bool:
        """Whether it leaves everything as it is."""
        return all(item.before == item.after for item in self.rows)

    def as_json(self) -> dict[str, Any]:
        """As a journal keeps it."""
        return {
            "title": self.title,
            "annotator": self.annotator,
            "rows": [item.as_json() for item in self.rows],
            "case_id": self.case_id,
            "change_id": self.change_id,
            "made_at": self.made_at,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Change":
        """The inverse of `as_json`."""
        return cls(
            title=str(value["title"]),
            annotator=str(value["annotator"]),
            rows=rows_from_json(value["rows"]),
            case_id=str(value["case_id"]),
            change_id=str(value["change_id"]),
            made_at=str(value["made_at"]),
        )


def rows_from_json(values: Iterable[Mapping[str, Any]]) -> tuple[RowChange, ...]:
    """The rows of a change as the table of changes keeps them."""
    return tuple(RowChange.from_json(item) for item in values)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A change that was made.

    Attributes:
        seq: its place in the order of all changes of the store.
        change: what it did.
        state: whether it holds, was undone, or was undone and overtaken.
    """

    seq: int
    change: Change
    state: ChangeState
