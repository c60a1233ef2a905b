"""How far two annotators agree, tag by tag, on the cases that both have done with."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from whatwhere.annotations.kappa import Kappa, cohens_kappa
from whatwhere.annotations.rows import from_columns
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.tables import case_tags, cases, seen_cases, settlements
from whatwhere.annotations.values import Case, Settlement, Tag

_FEW = 5
_PART = 500


@dataclass(frozen=True, slots=True)
class TagAgreement:
    """Two annotators and one tag.

    Attributes:
        tag: which.
        num_both: cases to which both gave it.
        num_first: to which the first alone gave it.
        num_second: to which the second alone gave it.
        num_neither: to which neither did.
        kappa: what that comes to.
    """

    tag: Tag
    num_both: int
    num_first: int
    num_second: int
    num_neither: int
    kappa: Kappa

    @property
    def caution(self) -> str:
        """Why the figure says little, as a sentence; "" where nothing speaks against it."""
        given, num_cases = 2 * self.num_both + self.num_first + self.num_second, self.num_cases
        if not num_cases:
            return "No case was judged by both."
        if self.kappa.kappa is None:
            word = "never" if not self.num_both else "always"
            return f"Both {word} gave it, so there is no kappa: chance alone explains that."
        if min(given, 2 * num_cases - given) < 2 * _FEW:
            word = "given" if given < num_cases else "left out"
            return f"It was {word} fewer than {_FEW} times on average: kappa hangs on single cases."
        if self.kappa.interval is None:
            return "Full agreement: the standard error is 0, and says nothing of further cases."
        return ""

    @property
    def num_cases(self) -> int:
        """That both judged."""
        return self.num_both + self.num_first + self.num_second + self.num_neither


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A tag that one of two gave to a case.

    Attributes:
        case: which.
        tag: which.
        given_by: who gave it; the other did not.
        settled: what holds in the end; None while that is open.
    """

    case: Case
    tag: Tag
    given_by: str
    settled: Settlement | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two annotators.

    Attributes:
        first: a name.
        second: another.
        num_both: cases that both have done with; all figures are of these.
        num_first: cases that the first alone has done with.
        num_second: cases that the second alone has done with.
        tags: in the order of the set; retired tags where one of the two gave them.
        disagreements: by case, then by tag; settled ones too.
    """

    first: str
    second: str
    num_both: int
    num_first: int
    num_second: int
    tags: tuple[TagAgreement, ...]
    disagreements: tuple[Disagreement, ...]

    @property
    def num_open(self) -> int:
        """Disagreements that nobody settled."""
        return sum(item.settled is None for item in self.disagreements)


def agreement_of(
    store: AnnotationStore,
    first: str,
    second: str,
    *,
    model: str | None = None,
    case_ids: Collection[str] | None = None,
) -> Agreement:
    """Compare what two annotators said; what was settled afterwards does not change a figure.

    Args:
        store: holds it.
        first: a name.
        second: another.
        model: only cases of this model.
        case_ids: only these cases.

    Raises:
        ValueError: the two are one.
        StoreUnavailableError: the store cannot be read just now.
    """
    if first == second:
        raise ValueError("agreement is of two annotators")
    tags = store.tags()
    with store.database.reading() as connection:
        done = [
            {
                row.case_id
                for row in connection.execute(_seen_by(name, model))
                if case_ids is None or row.case_id in case_ids
            }
            for name in (first, second)
        ]
        both = done[0] & done[1]
        given = [_given_by(connection, name, both) for name in (first, second)]
        open_ids = {case_id for case_id, _ in given[0] ^ given[1]}
        known = {
            row["case_id"]: from_columns(Case, row) for row in _rows_of(connection, cases, open_ids)
        }
        settled = {
            (row["case_id"], row["tag_id"]): from_columns(Settlement, row)
            for row in _rows_of(connection, settlements, open_ids)
        }
    used = {tag_id for _, tag_id in given[0] | given[1]}
    shown = [tag for tag in tags if not tag.is_retired or tag.tag_id in used]
    return Agreement(
        first,
        second,
        num_both=len(both),
        num_first=len(done[0] - both),
        num_second=len(done[1] - both),
        tags=tuple(_of_tag(tag, given[0], given[1], len(both)) for tag in shown),
        disagreements=_disagreements(shown, known, settled, {first: given[0], second: given[1]}),
    )


_Given = set[tuple[str, str]]
"""(case, tag) of those that one annotator gave."""


def _seen_by(annotator: str, model: str | None) -> Any:
    found = select(seen_cases.c.case_id).where(seen_cases.c.annotator == annotator)
    return found if model is None else found.join(cases).where(cases.c.model == model)


def _given_by(connection: Connection, annotator: str, among: Collection[str]) -> _Given:
    found = select(case_tags.c.case_id, case_tags.c.tag_id)
    rows = connection.execute(found.where(case_tags.c.annotator == annotator))
    return {(row.case_id, row.tag_id) for row in rows if row.case_id in among}


def _rows_of(connection: Connection, table: Any, case_ids: Collection[str]) -> Iterable[Any]:
    wanted = sorted(case_ids)
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        yield from connection.execute(select(table).where(table.c.case_id.in_(part))).mappings()


def _of_tag(tag: Tag, first: _Given, second: _Given, num_cases: int) -> TagAgreement:
    one = {case_id for case_id, tag_id in first if tag_id == tag.tag_id}
    two = {case_id for case_id, tag_id in second if tag_id == tag.tag_id}
    both, neither = len(one & two), num_cases - len(one | two)
    counts = [[both, len(one - two)], [len(two - one), neither]]
    return TagAgreement(tag, both, len(one - two), len(two - one), neither, cohens_kappa(counts))


def _disagreements(
    tags: Iterable[Tag],
    known: Mapping[str, Case],
    settled: Mapping[tuple[str, str], Settlement],
    given: Mapping[str, _Given],
) -> tuple[Disagreement, ...]:
    order = {tag.tag_id: (place, tag) for place, tag in enumerate(tags)}
    (first, one), (second, two) = given.items()
    found = []
    for case_id, tag_id in one ^ two:
        who = first if (case_id, tag_id) in one else second
        item = Disagreement(known[case_id], order[tag_id][1], who, settled.get((case_id, tag_id)))
        found.append(((item.case.model, item.case.row, case_id, order[tag_id][0]), item))
    return tuple(item for _, item in sorted(found, key=lambda pair: pair[0]))
