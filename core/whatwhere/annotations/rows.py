"""Values to rows of the tables and back; the one place that knows which value lies where."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar, cast

from sqlalchemy import RowMapping, Table

from whatwhere.annotations import tables
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


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    Attributes:
        name: of its table.
        value: its class.
        table: where it lies.
        is_shared: its rows belong to all annotators, and whoever writes last is right.
    """

    name: str
    value: type[Any]
    table: Table
    is_shared: bool = False

    @property
    def key_names(self) -> tuple[str, ...]:
        """What tells its rows apart."""
        return tuple(column.name for column in self.table.primary_key.columns)


# In an order in which rows may be written: what is pointed at comes first.
KINDS: tuple[Kind, ...] = (
    Kind("cases", Case, tables.cases),
    Kind("tags", Tag, tables.tags, is_shared=True),
    Kind("case_tags", CaseTag, tables.case_tags),
    Kind("notes", Note, tables.notes),
    Kind("seen_cases", Seen, tables.seen_cases),
    Kind("verdicts", Verdict, tables.verdicts),
    Kind("settlements", Settlement, tables.settlements, is_shared=True),
    Kind("case_boxes", CaseBox, tables.case_boxes),
    Kind("frame_regions", FrameRegion, tables.frame_regions),
)
_BY_NAME = {kind.name: kind for kind in KINDS}
_BY_VALUE = {kind.value: kind for kind in KINDS}

_T = TypeVar("_T")


def kind_named(name: str) -> Kind:
    """The kind of a table.

    Raises:
        KeyError: there is no such table.
    """
    return _BY_NAME[name]


def kind_of(row: Row | type[Any]) -> Kind:
    """The kind of a value, or of its class."""
    return _BY_VALUE[row if isinstance(row, type) else type(row)]


def key_of(row: Row) -> dict[str, Any]:
    """What tells it apart from other rows of its table."""
    return {name: getattr(row, name) for name in kind_of(row).key_names}


def as_columns(row: Row) -> dict[str, Any]:
    """Column -> value, as both JSON and the database take it."""
    return {item.name: _plain(getattr(row, item.name)) for item in fields(row)}


def from_columns(value: type[_T], columns: Mapping[str, Any] | RowMapping) -> _T:
    """The inverse of `as_columns`; what an older version did not know is as it is by default.

    Raises:
        KeyError: a column is missing.
    """
    given = cast(Mapping[str, Any], columns)
    names = [
        item.name
        for item in fields(cast(Any, value))
        if item.name in given or item.default is MISSING
    ]
    return value(**{name: _frozen(given[name]) for name in names})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
