"""Two people in one store: each sees what the other does, and neither overwrites the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.core.annotations.conftest import Server
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import mark_seen, set_note, settle, toggle_tag
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.tag_edits import rename_tag
from whatwhere.annotations.watching import marks_of, news_between

ADA, BEN = "ada", "ben"
CASES = [made_case(row) for row in range(12)]


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[AnnotationStore, AnnotationStore]]:
    """One store, opened by two."""
    place: str | Path = tmp_path / "annotations.db"
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("server")
        place = server.url
    one, two = open_store(place), open_store(place)
    yield one, two
    one.close()
    two.close()


def test_what_one_does_is_seen_by_the_other(pair: tuple[AnnotationStore, AnnotationStore]) -> None:
    ada, ben = pair
    said = CaseAnnotations()
    seen = marks_of(ada)
    assert news_between(seen, marks_of(ada)) is None
    ben.apply(toggle_tag(said, CASES[3].case_id, BEN, DEFAULT_TAGS[0]), [CASES[3]])
    news = news_between(seen, marks_of(ada))
    assert news is not None
    assert news.case_ids == {CASES[3].case_id}
    assert not news.is_everything
    assert news.annotators == {BEN}
    seen = marks_of(ada)
    ben.undo(BEN)
    news = news_between(seen, marks_of(ada))
    assert news is not None
    assert news.case_ids == {CASES[3].case_id}
    seen = marks_of(ada)
    ben.apply(rename_tag(ben.tags(), "unsure", "no idea", BEN))
    news = news_between(seen, marks_of(ada))
    assert news is not None
    assert news.is_everything


def test_both_words_stand_and_both_are_in_the_history(
    pair: tuple[AnnotationStore, AnnotationStore],
) -> None:
    ada, ben = pair
    case, tag = CASES[0], DEFAULT_TAGS[6]
    said = CaseAnnotations()
    ada.apply(toggle_tag(said, case.case_id, ADA, tag), [case])
    # Ben has not seen it, and says the same, and more.
    ben.apply(toggle_tag(said, case.case_id, BEN, tag), [case])
    ben.apply(set_note(said, case.case_id, BEN, "look at the lamp"))
    ada.apply(settle(said, case.case_id, ADA, tag, holds=True))
    ben.apply(settle(said, case.case_id, BEN, tag, holds=False))
    for store in pair:
        found = store.annotations_of([case.case_id])[case.case_id]
        assert {item.annotator for item in found.tags} == {ADA, BEN}
        settled = found.settlement_of(tag.tag_id)
        assert settled is not None
        assert (settled.holds, settled.settled_by) == (False, BEN)
        who = [entry.change.annotator for entry in store.history_of_case(case.case_id)]
        assert who == [ADA, BEN, BEN, ADA, BEN]
    ben.undo(BEN)
    settled = ada.annotations_of([case.case_id])[case.case_id].settlement_of(tag.tag_id)
    assert settled is not None
    assert (settled.holds, settled.settled_by) == (True, ADA)


def test_own_changes_are_no_news_and_what_is_too_much_is_everything(
    store: AnnotationStore,
) -> None:
    said = CaseAnnotations()
    seen = marks_of(store)
    mine = mark_seen(said, CASES[0].case_id, ADA)
    store.apply(mine, [CASES[0]])
    assert news_between(seen, marks_of(store), {mine.change_id}) is None
    seen = marks_of(store, last=4)
    for case in CASES[1:9]:
        store.apply(mark_seen(said, case.case_id, BEN), [case])
    news = news_between(seen, marks_of(store, last=4))
    assert news is not None
    assert news.is_everything
    seen = marks_of(store, last=4)
    store.undo(BEN)
    news = news_between(seen, marks_of(store, last=4))
    assert news is not None
    assert news.case_ids == {CASES[8].case_id}
    assert not news.is_everything
