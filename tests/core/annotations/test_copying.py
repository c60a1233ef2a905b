"""A store in another database is the same store."""

from pathlib import Path

import pytest
from tests.core.annotations.conftest import Server
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.copying import copy_store, count_differences
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import mark_seen, put_box, set_note, set_tags, toggle_tag
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.values import CaseBox, Tag, now
from whatwhere.errors import Cancelled, ConfigError, StoreError

ME = "ada"


def fill(store: AnnotationStore) -> None:
    for row in range(9):
        case, said = made_case(row), CaseAnnotations()
        store.apply(toggle_tag(said, case.case_id, ME, DEFAULT_TAGS[row % 3]), [case])
        store.apply(set_note(said, case.case_id, "Zoë", f"naïve 椅子 {row}"), [case])
        store.apply(mark_seen(said, case.case_id, ME), [case])
    box = CaseBox(
        "d" * 32,
        made_case().case_id,
        ME,
        "mended",
        (0.1, 1 / 3, 2e-9),
        (1, 2, 3),
        0.1,
        "drawn",
        now(),
    )
    store.apply(put_box(CaseAnnotations(), box))
    store.apply(set_tags(store.tags(), [*DEFAULT_TAGS[:2], Tag("own", "my own", 3)], ME))
    store.undo(ME)


def test_a_copy_of_a_file_differs_in_nothing_and_can_be_undone_further(
    store: AnnotationStore, tmp_path: Path
) -> None:
    fill(store)
    other = open_store(tmp_path / "other.db")
    copied = copy_store(store, other)
    assert (copied.num_cases, copied.num_annotations, copied.num_different) == (9, 28, 0)
    assert other.history(ME) == store.history(ME)
    assert other.redo(ME) is not None
    assert count_differences(store, other) > 0
    store.redo(ME)
    assert count_differences(store, other) == 0
    other.close()


def test_there_and_back_through_a_server(
    store: AnnotationStore, server: Server, tmp_path: Path
) -> None:
    fill(store)
    served = open_store(server.url)
    assert copy_store(store, served).num_different == 0
    back = open_store(tmp_path / "back.db")
    assert copy_store(served, back).num_different == 0
    assert count_differences(store, back) == 0
    # The server goes on counting behind what was copied.
    case = made_case(20)
    served.apply(toggle_tag(CaseAnnotations(), case.case_id, ME, DEFAULT_TAGS[0]), [case])
    assert served.history(ME)[-1].change.title == "tag 'wrong class'"
    served.close()
    back.close()


def test_a_store_that_holds_something_is_not_copied_into(
    store: AnnotationStore, tmp_path: Path
) -> None:
    fill(store)
    other = open_store(tmp_path / "other.db")
    fill(other)
    before = other.history(ME)
    with pytest.raises(StoreError, match="not touched"):
        copy_store(store, other)
    assert other.history(ME) == before
    other.close()


@pytest.mark.parametrize("place", ["mysql://host/db", "://", "oracle://host"])
def test_places_that_are_no_database_are_refused(place: str) -> None:
    with pytest.raises(ConfigError):
        open_store(place)


def test_a_copy_that_is_cancelled_leaves_nothing_behind(
    store: AnnotationStore, tmp_path: Path
) -> None:
    fill(store)
    other = open_store(tmp_path / "other.db")

    def stop(done: int, total: int, what: str) -> None:
        assert 0 <= done <= total
        if what == "copying notes":
            raise Cancelled

    with pytest.raises(Cancelled):
        copy_store(store, other, stop)
    assert other.history(ME) == ()
    assert copy_store(store, other).num_different == 0
    other.close()
