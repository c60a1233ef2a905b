"""What is looked for among annotated cases: store and memory give the same answer."""

import numpy as np
import pytest
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.edits import mark_seen, set_note, set_verdict, toggle_tag
from whatwhere.annotations.queries import find_rows
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.wanted import NO, YES, Wanted, all_hold

SAID = CaseAnnotations()
NUM_CASES = 7
ALL = frozenset(range(NUM_CASES))

EXPECTED = {
    Wanted("tag", "copies-2d"): {0, 1},
    Wanted("tag", "unsure"): {1},
    Wanted("annotator", "ada"): {0, 2, 4},
    Wanted("annotator", "ben"): {1, 3},
    Wanted("verdict", "wrong"): {3},
    Wanted("annotated", YES): {0, 1, 2, 3, 4},
    Wanted("annotated", NO): {5, 6},
}


@pytest.fixture
def filled(store: AnnotationStore) -> AnnotationStore:
    """Seven cases, of which five are annotated, one was, and one is not known."""
    tags = {tag.tag_id: tag for tag in store.tags()}
    ids = [made_case(row).case_id for row in range(NUM_CASES)]
    for row, change in (
        (0, toggle_tag(SAID, ids[0], "ada", tags["copies-2d"])),
        (1, toggle_tag(SAID, ids[1], "ben", tags["copies-2d"])),
        (1, toggle_tag(SAID, ids[1], "ben", tags["unsure"])),
        (2, set_note(SAID, ids[2], "ada", "far")),
        (3, set_verdict(SAID, ids[3], "ben", "wrong")),
        (4, mark_seen(SAID, ids[4], "ada")),
        (5, set_note(SAID, ids[5], "ada", "near")),
    ):
        store.apply(change, [made_case(row)])
    store.undo("ada")
    other = made_case(6, model="cured")
    store.apply(mark_seen(SAID, other.case_id, "ada"), [other])
    return store


def rows_of(store: AnnotationStore, wanted: Wanted, annotator: str | None) -> set[int]:
    found = set(find_rows(store, wanted.query(annotator)).tolist()) - {6}
    return set(ALL - found) if wanted.is_none_of else found


def in_memory(store: AnnotationStore, *wanted: Wanted) -> set[int]:
    ids = [made_case(row).case_id for row in range(NUM_CASES)]
    said = store.annotations_of(ids)
    return {row for row, case_id in enumerate(ids) if all_hold(wanted, said.get(case_id, SAID))}


@pytest.mark.parametrize("wanted", EXPECTED, ids=str)
def test_the_store_and_memory_agree(filled: AnnotationStore, wanted: Wanted) -> None:
    assert rows_of(filled, wanted, None) == EXPECTED[wanted]
    assert in_memory(filled, wanted) == EXPECTED[wanted]


def test_an_annotator_makes_the_others_mean_hers(filled: AnnotationStore) -> None:
    tag, ada = Wanted("tag", "copies-2d"), Wanted("annotator", "ada")
    assert in_memory(filled, tag, ada) == {0}
    assert rows_of(filled, tag, "ada") & rows_of(filled, ada, "ada") == {0}


def test_rows_are_numbers_of_the_split(filled: AnnotationStore) -> None:
    found = find_rows(filled, Wanted("tag", "copies-2d").query(None))
    assert found.dtype == np.int64
    assert sorted(found.tolist()) == [0, 1]
