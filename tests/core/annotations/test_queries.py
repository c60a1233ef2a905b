"""Which cases carry what."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.backups import back_up, backups_of
from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import mark_seen, set_note, set_verdict, toggle_tag
from whatwhere.annotations.queries import (
    CaseQuery,
    annotators_in,
    count_by_tag,
    count_cases,
    find_cases,
    models_in,
)
from whatwhere.annotations.store import AnnotationStore, open_store


@pytest.fixture
def filled(store: AnnotationStore) -> AnnotationStore:
    """Ten cases of two models: every second tagged by ada, every fifth by ben."""
    said = CaseAnnotations()
    for row in range(10):
        case = made_case(row, model="cheating" if row < 6 else "cured")
        store.apply(mark_seen(said, case.case_id, "ada"), [case])
        if row % 2 == 0:
            store.apply(toggle_tag(said, case.case_id, "ada", DEFAULT_TAGS[0]))
        if row % 5 == 0:
            store.apply(toggle_tag(said, case.case_id, "ben", DEFAULT_TAGS[0]))
    store.apply(set_note(said, made_case(3).case_id, "ben", "odd"))
    store.apply(set_verdict(said, made_case(4).case_id, "ben", "wrong"))
    return store


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (CaseQuery(), range(10)),
        (CaseQuery(tag_id="wrong-class"), [0, 2, 4, 5, 6, 8]),
        (CaseQuery(tag_id="wrong-class", model="cheating"), [0, 2, 4, 5]),
        (CaseQuery(tag_id="wrong-class", annotator="ben"), [0, 5]),
        (CaseQuery(state="unseen"), []),
        (CaseQuery(state="unseen", annotator="ben"), range(10)),
        (CaseQuery(has_note=True), [3]),
        (CaseQuery(truth_is_wrong=True), [4]),
        (CaseQuery(truth_is_wrong=False, scene_id="scene0001_00"), [5, 6, 7]),
    ],
)
def test_cases_are_found_by_what_is_said_of_them(
    filled: AnnotationStore, query: CaseQuery, rows: range | list[int]
) -> None:
    assert [case.row for case in find_cases(filled, query)] == list(rows)
    assert count_cases(filled, query) == len(rows)


def test_pages_follow_on_each_other(filled: AnnotationStore) -> None:
    first = find_cases(filled, CaseQuery(), limit=4)
    second = find_cases(filled, CaseQuery(), after=first[-1], limit=4)
    third = find_cases(filled, CaseQuery(), after=second[-1], limit=4)
    assert [case.row for case in (*first, *second, *third)] == list(range(10))


def test_counts(filled: AnnotationStore) -> None:
    assert count_by_tag(filled) == {"wrong-class": 6}
    assert count_by_tag(filled, model="cured") == {"wrong-class": 2}
    assert models_in(filled) == ("cheating", "cured")
    assert annotators_in(filled) == ("ada", "ben")


def test_a_backup_an_hour_for_seven_days(tmp_path: Path) -> None:
    path = tmp_path / "annotations.db"
    store = open_store(path)
    case = made_case()
    store.apply(toggle_tag(CaseAnnotations(), case.case_id, "ada", DEFAULT_TAGS[0]), [case])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    first = back_up(path, start)
    assert first is not None
    assert back_up(path, start + timedelta(minutes=59)) is None
    assert back_up(path, start + timedelta(hours=1)) is not None
    assert len(backups_of(path)) == 2
    assert back_up(path, start + timedelta(days=7, minutes=61)) is not None
    assert next(made for made, _ in backups_of(path)) == start + timedelta(days=7, minutes=61)
    copy = open_store(backups_of(path)[-1][1])
    assert count_by_tag(copy) == {"wrong-class": 1}
    copy.close()
    store.close()
