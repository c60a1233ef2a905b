"""What was said of a case when a change had just been made."""

from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import mark_seen, set_note, toggle_tag
from whatwhere.annotations.past import said_after
from whatwhere.annotations.store import AnnotationStore

CASE = made_case(0)


def do(store: AnnotationStore, change: Change) -> str:
    store.apply(change, [CASE])
    return change.change_id


def said(store: AnnotationStore) -> CaseAnnotations:
    return store.annotations_of([CASE.case_id]).get(CASE.case_id, CaseAnnotations())


def tags_after(store: AnnotationStore, change_id: str) -> list[str]:
    found = said_after(store.history_of_case(CASE.case_id), change_id)
    assert found is not None
    return [item.tag_id for item in found.tags]


def tag(store: AnnotationStore, which: int, annotator: str = "ada") -> str:
    return do(store, toggle_tag(said(store), CASE.case_id, annotator, DEFAULT_TAGS[which]))


def test_the_changes_of_a_case_are_made_again_up_to_one(store: AnnotationStore) -> None:
    names = [item.tag_id for item in DEFAULT_TAGS]
    first = tag(store, 0)
    other = tag(store, 1, "ben")
    note = do(store, set_note(said(store), CASE.case_id, "ada", "far"))
    gone = tag(store, 0)
    assert tags_after(store, first) == [names[0]]
    assert tags_after(store, other) == [names[0], names[1]]
    assert tags_after(store, gone) == [names[1]]
    then = said_after(store.history_of_case(CASE.case_id), note)
    assert then is not None
    assert [item.text for item in then.notes] == ["far"]
    assert said_after(store.history_of_case(CASE.case_id), "unknown") is None


def test_what_was_undone_before_does_not_count(store: AnnotationStore) -> None:
    names = [item.tag_id for item in DEFAULT_TAGS]
    tag(store, 0)
    store.undo("ada")
    held = tag(store, 1)
    last = tag(store, 2)
    store.undo("ada")
    assert tags_after(store, held) == [names[1]]
    assert tags_after(store, last) == [names[1], names[2]]


def test_others_are_told_of_with_their_names(store: AnnotationStore) -> None:
    tag(store, 0)
    do(store, mark_seen(said(store), CASE.case_id, "ben"))
    tag(store, 1, "ben")
    store.undo("ben")
    found = store.history_of_others("ada")
    assert [(entry.change.annotator, entry.change.title) for entry in found] == [("ben", "done")]
