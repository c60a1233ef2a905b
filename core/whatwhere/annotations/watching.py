"""What others did to a store since one last looked: a glance at the end of the list of changes."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.tables import changes

_LAST = 400


@dataclass(frozen=True, slots=True)
class Mark:
    """A change as far as it can be seen from afar."""

    seq: int
    change_id: str
    annotator: str
    case_id: str
    state: str


@dataclass(frozen=True, slots=True)
class News:
    """What is different.

    Attributes:
        case_ids: of which cases.
        is_everything: of any others besides: the set of tags, an import, or too much to tell.
        annotators: who did it.
    """

    case_ids: frozenset[str]
    is_everything: bool
    annotators: frozenset[str]


def marks_of(store: AnnotationStore, *, last: int = _LAST) -> tuple[Mark, ...]:
    """The last changes, newest first.

    Raises:
        StoreUnavailableError: the store cannot be read just now.
    """
    columns = (changes.c[name] for name in ("seq", "change_id", "annotator", "case_id", "state"))
    query = select(*columns).order_by(changes.c.seq.desc()).limit(last)
    with store.database.reading() as connection:
        return tuple(Mark(*row) for row in connection.execute(query))


def news_between(
    before: tuple[Mark, ...], after: tuple[Mark, ...], own: Collection[str] = ()
) -> News | None:
    """What happened between two looks.

    Args:
        before: the marks of the first.
        after: those of the second.
        own: ids of changes that one made oneself, and knows of.

    Returns:
        None where nothing did.
    """
    known = {mark.seq: mark for mark in before}
    oldest = after[-1].seq if after else 0
    missed = oldest > (before[0].seq if before else 0) + 1
    found = [mark for mark in after if known.get(mark.seq) != mark]
    if before:
        # The look back reaches further after a change was taken out of its end.
        found = [mark for mark in found if mark.seq in known or mark.seq > before[-1].seq]
    found = [mark for mark in found if mark.change_id not in own]
    if not found and not missed:
        return None
    return News(
        frozenset(mark.case_id for mark in found if mark.case_id),
        missed or any(not mark.case_id for mark in found),
        frozenset(mark.annotator for mark in found),
    )
