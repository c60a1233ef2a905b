"""Cases of a diagnosis by what annotators say of them: filters beside those by columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from whatwhere.annotations.queries import CaseQuery, count_cases, find_rows
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.wanted import Wanted, annotator_of
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.store import StoredCases


@dataclass(frozen=True, slots=True)
class ByAnnotation:
    """A filter (`evaluation.cases.filters.Filter`) that has looked into the store once.

    Attributes:
        wanted: what is said.
        caption: for its chip.
        rows: (k,) rows of the split that are so, or with `is_none_of` those that are not.
        revision: of what was said when it looked; it stands for `rows` in comparisons.
        whose: the annotator whose tags, verdicts and marks were meant; None for anyone's.
    """

    wanted: Wanted
    caption: str
    rows: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(0, np.int64), compare=False, repr=False
    )
    revision: int = -1
    whose: str | None = None

    def kept(self, columns: CaseColumns) -> NDArray[np.bool_]:
        """(n,) which cases are so."""
        last = int(max(columns.rows.max(initial=-1), self.rows.max(initial=-1)))
        marked = np.zeros(last + 1, bool)
        marked[self.rows] = True
        found = np.asarray(marked[columns.rows])
        return ~found if self.wanted.is_none_of else found


def look_up(
    filters: Iterable[ByAnnotation],
    cases: StoredCases,
    store: AnnotationStore | None,
    *,
    revision: int,
    only: str | None = None,
) -> tuple[ByAnnotation, ...]:
    """The same filters as the store answers them now.

    Where one of them names an annotator, the others mean her tags, verdicts and marks.

    Args:
        filters: any.
        cases: the diagnosis: its model and its split are meant.
        store: None where nobody annotated anything yet.
        revision: to know the answers by.
        only: the annotator who judges independently: what others say is as if unsaid.

    Raises:
        StoreUnavailableError: the store cannot be read just now.
    """
    asked = tuple(filters)
    annotator = annotator_of(tuple(item.wanted for item in asked))
    found = []
    for item in asked:
        rows = np.zeros(0, np.int64)
        is_hidden = item.wanted.kind == "annotator" and only not in (None, item.wanted.value)
        if store is not None and not is_hidden:
            rows = find_rows(store, _of(cases, item.wanted.query(only or annotator)))
        found.append(replace(item, rows=rows, revision=revision, whose=annotator))
    return tuple(found)


def count_wanted(
    wanted: Iterable[Wanted],
    cases: StoredCases,
    store: AnnotationStore,
    *,
    only: str | None = None,
) -> Mapping[Wanted, int]:
    """How many cases of a diagnosis are so, each by itself; `only` as in `look_up`.

    Raises:
        StoreUnavailableError: the store cannot be read just now.
    """
    counts = {}
    for item in wanted:
        count = count_cases(store, _of(cases, item.query(only)))
        counts[item] = len(cases.columns) - count if item.is_none_of else count
    return counts


def _of(cases: StoredCases, query: CaseQuery) -> CaseQuery:
    facts = cases.facts
    return replace(
        query, model=facts.model, model_hash=facts.model_hash, split_hash=facts.split_hash
    )
