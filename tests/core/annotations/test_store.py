"""What the store takes, takes back and refuses."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change, RowChange
from whatwhere.annotations.default_tags import DEFAULT_TAGS, GROUND_TRUTH_WRONG
from whatwhere.annotations.edits import (
    mark_seen,
    put_box,
    put_region,
    remove_box,
    remove_region,
    set_note,
    set_tags,
    set_verdict,
    toggle_tag,
)
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.values import CaseBox, FrameRegion, Tag, now
from whatwhere.errors import ConflictError

CASE = made_case()
ME = "ada"
TAG = {tag.tag_id: tag for tag in DEFAULT_TAGS}


def said_of(store: AnnotationStore) -> CaseAnnotations:
    return store.annotations_of([CASE.case_id]).get(CASE.case_id, CaseAnnotations())


def a_box(x: float = 0.0, *, box_id: str = "b" * 32) -> CaseBox:
    return CaseBox(
        box_id, CASE.case_id, ME, "mended", (x, 1.0, 0.5), (0.6, 0.5, 1.0), 0.1, "drawn", now()
    )


def test_a_tag_is_there_after_the_store_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "annotations.db"
    store = open_store(path)
    store.apply(toggle_tag(CaseAnnotations(), CASE.case_id, ME, TAG["copies-2d"]), [CASE])
    store.close()
    store = open_store(path)
    said = said_of(store)
    assert said.case == CASE
    assert said.tag_ids(ME) == ("copies-2d",)
    store.close()


def test_undo_and_redo_go_through_the_store_and_keep_their_names(store: AnnotationStore) -> None:
    store.apply(toggle_tag(said_of(store), CASE.case_id, ME, TAG["ignores-relation"]), [CASE])
    store.apply(set_note(said_of(store), CASE.case_id, ME, " the lamp is behind it "), [CASE])
    assert [entry.change.title for entry in store.history(ME)] == ["tag 'ignores relation'", "note"]
    undone = store.undo(ME)
    assert undone is not None
    assert undone.title == "note"
    assert said_of(store).notes == ()
    assert [entry.state for entry in store.history(ME)] == ["done", "undone"]
    store.redo(ME)
    note = said_of(store).note_of(ME)
    assert note is not None
    assert note.text == "the lamp is behind it"
    store.undo(ME)
    store.undo(ME)
    assert store.undo(ME) is None
    assert said_of(store).tags == ()


def test_a_new_change_takes_the_undone_ones_out_of_reach_but_not_out_of_history(
    store: AnnotationStore,
) -> None:
    for tag_id in ("wrong-class", "loose-box"):
        store.apply(toggle_tag(said_of(store), CASE.case_id, ME, TAG[tag_id]), [CASE])
    store.undo(ME)
    store.apply(set_verdict(said_of(store), CASE.case_id, ME, "unsure"), [CASE])
    assert store.redo(ME) is None
    titles = [entry.change.title for entry in store.history(ME)]
    assert titles == ["tag 'wrong class'", "ground truth unsure"]
    states = [entry.state for entry in store.history_of_case(CASE.case_id)]
    assert states == ["done", "dropped", "done"]


def test_a_change_that_is_sent_twice_is_made_once(store: AnnotationStore) -> None:
    change = toggle_tag(CaseAnnotations(), CASE.case_id, ME, TAG["unsure"])
    assert store.apply(change, [CASE]) == store.apply(change, [CASE])
    assert store.undo(ME, change.change_id) == change
    assert store.undo(ME, change.change_id) == change
    assert said_of(store).tags == ()


def test_each_annotator_undoes_her_own(store: AnnotationStore) -> None:
    store.apply(toggle_tag(said_of(store), CASE.case_id, ME, TAG["unsure"]), [CASE])
    store.apply(toggle_tag(said_of(store), CASE.case_id, "ben", TAG["loose-box"]), [CASE])
    store.undo(ME)
    said = said_of(store)
    assert (said.tag_ids(ME), said.tag_ids("ben")) == ((), ("loose-box",))


def test_what_another_window_changed_is_not_overwritten(store: AnnotationStore) -> None:
    seen_here = said_of(store)
    store.apply(set_note(seen_here, CASE.case_id, ME, "first"), [CASE])
    with pytest.raises(ConflictError, match="somebody else"):
        store.apply(set_note(seen_here, CASE.case_id, ME, "second"), [CASE])
    note = said_of(store).note_of(ME)
    assert note is not None
    assert note.text == "first"
    assert len(store.history(ME)) == 1


def test_undo_of_another_change_than_the_last_is_refused(store: AnnotationStore) -> None:
    first = toggle_tag(said_of(store), CASE.case_id, ME, TAG["unsure"])
    store.apply(first, [CASE])
    store.apply(set_note(said_of(store), CASE.case_id, ME, "later"), [CASE])
    with pytest.raises(ConflictError, match="'note'"):
        store.undo(ME, first.change_id)


def test_a_change_is_all_or_nothing(store: AnnotationStore) -> None:
    good = toggle_tag(said_of(store), CASE.case_id, ME, TAG["unsure"]).rows[0]
    stale = RowChange(a_box(), None)  # such a box was never put
    with pytest.raises(ConflictError):
        store.apply(Change("both", ME, (good, stale), CASE.case_id), [CASE])
    assert said_of(store) == CaseAnnotations()
    assert store.history(ME) == ()


def test_ground_truth_wrong_is_tag_and_verdict_in_one_step(store: AnnotationStore) -> None:
    tag = TAG[GROUND_TRUTH_WRONG]
    store.apply(toggle_tag(said_of(store), CASE.case_id, ME, tag), [CASE])
    assert said_of(store).truth_is_wrong
    store.undo(ME)
    assert not said_of(store).truth_is_wrong
    store.redo(ME)
    store.apply(toggle_tag(said_of(store), CASE.case_id, ME, tag), [CASE])
    said = said_of(store)
    assert not said.truth_is_wrong
    assert said.tags == ()


def test_boxes_and_regions_come_back_as_they_were(store: AnnotationStore) -> None:
    box = a_box(0.1 + 0.2)
    store.apply(put_box(said_of(store), box), [CASE])
    store.apply(put_box(said_of(store), a_box(7.0), title="move box"), [CASE])
    store.undo(ME)
    assert said_of(store).boxes == (box,)
    region = FrameRegion(
        "c" * 32,
        CASE.case_id,
        ME,
        "frame-000012",
        ((1.5, 2.0), (30.0, 2.0), (9.0, 40.25)),
        None,
        now(),
    )
    store.apply(put_region(said_of(store), region), [CASE])
    assert said_of(store).regions == (region,)
    store.apply(remove_region(said_of(store), region.region_id, ME))
    store.apply(remove_box(said_of(store), box.box_id, ME))
    said = said_of(store)
    assert not said.boxes
    assert not said.regions


def test_a_tag_that_leaves_the_set_stays_on_its_cases(store: AnnotationStore) -> None:
    store.apply(toggle_tag(said_of(store), CASE.case_id, ME, TAG["unsure"]), [CASE])
    wanted = [Tag("mirror", "seen in a mirror", 1)]
    store.apply(set_tags(store.tags(), wanted, ME))
    held = {tag.tag_id: tag for tag in store.tags()}
    assert held["mirror"].digit == 1
    assert held["unsure"].is_retired
    assert said_of(store).tag_ids(ME) == ("unsure",)
    store.undo(ME)
    assert [tag.digit for tag in store.tags()] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
    assert not any(tag.is_retired for tag in store.tags())


def test_what_leaves_all_as_it_is_says_so(store: AnnotationStore) -> None:
    store.apply(set_note(said_of(store), CASE.case_id, ME, "x"), [CASE])
    assert set_note(said_of(store), CASE.case_id, ME, " x ").is_empty
    store.apply(put_box(said_of(store), a_box()), [CASE])
    assert put_box(said_of(store), a_box()).is_empty
    assert set_verdict(said_of(store), CASE.case_id, ME, None).is_empty
    store.apply(mark_seen(said_of(store), CASE.case_id, ME), [CASE])
    assert mark_seen(said_of(store), CASE.case_id, ME).is_empty


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=st.lists(st.sampled_from(["tag", "note", "box", "wrong", "undo", "redo"]), max_size=14))
def test_undoing_everything_leads_back_and_redoing_leads_forth(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    store = open_store(tmp_path_factory.mktemp("store") / "s.db")
    for number, act in enumerate(acts):
        said = said_of(store)
        if act == "undo":
            store.undo(ME)
        elif act == "redo":
            store.redo(ME)
        else:
            change = {
                "tag": toggle_tag(said, CASE.case_id, ME, DEFAULT_TAGS[number % 3]),
                "note": set_note(said, CASE.case_id, ME, f"note {number}"),
                "box": put_box(said, a_box(float(number))),
                "wrong": toggle_tag(said, CASE.case_id, ME, TAG[GROUND_TRUTH_WRONG]),
            }[act]
            store.apply(change, [CASE])
            assert _rest(said_of(store)) == _rest(said.after(change.rows))
    end = said_of(store)
    count = 0
    while store.undo(ME) is not None:
        count += 1
    assert _rest(said_of(store)) == _rest(CaseAnnotations())
    for _ in range(count):
        store.redo(ME)
    assert _rest(said_of(store)) == _rest(end)
    store.close()


def _rest(said: CaseAnnotations) -> tuple[object, ...]:
    by_key = [tuple(sorted(items, key=repr)) for items in (said.tags, said.notes, said.seen)]
    return (*by_key, said.verdicts, said.boxes, said.regions)
