"""The set of tags is edited: each act a named change that can be undone, shared by everybody."""

from collections.abc import Callable

import pytest
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change
from whatwhere.annotations.default_tags import DEFAULT_TAGS, GROUND_TRUTH_WRONG
from whatwhere.annotations.edits import settle, toggle_tag
from whatwhere.annotations.queries import CaseQuery, count_by_tag, count_cases
from whatwhere.annotations.store import AnnotationStore
from whatwhere.annotations.tag_edits import (
    TAG_COLORS,
    add_tag,
    give_digit,
    move_tag,
    recolor_tag,
    rename_tag,
    restore_tag,
    retire_tag,
)
from whatwhere.annotations.values import Tag
from whatwhere.errors import ConfigError, ConflictError

ME, BEN = "ada", "ben"
LOOSE = DEFAULT_TAGS[4]


def captions(store: AnnotationStore) -> list[str]:
    return [tag.caption for tag in store.tags() if not tag.is_retired]


def named(store: AnnotationStore, tag_id: str) -> Tag:
    return next(tag for tag in store.tags() if tag.tag_id == tag_id)


def test_every_act_is_undone_by_its_name(store: AnnotationStore) -> None:
    before = store.tags()
    acts: list[Callable[[], Change]] = [
        lambda: retire_tag(store.tags(), "unsure", ME),
        lambda: add_tag(store.tags(), " seen  in a mirror ", ME),
        lambda: rename_tag(store.tags(), "seen-in-a-mirror", "mirror", ME),
        lambda: recolor_tag(store.tags(), "seen-in-a-mirror", TAG_COLORS[3], ME),
        lambda: move_tag(store.tags(), "seen-in-a-mirror", -20, ME),
        lambda: restore_tag(store.tags(), "unsure", ME),
    ]
    for act in acts:
        store.apply(act())
    assert captions(store)[0] == "mirror"
    mirror = named(store, "seen-in-a-mirror")
    assert (mirror.digit, mirror.color) == (0, TAG_COLORS[3])
    assert named(store, "unsure").digit is None
    titles = [entry.change.title for entry in store.history(ME)]
    assert titles[2] == "rename the tag 'seen in a mirror' to 'mirror'"
    for _ in acts:
        assert store.undo(ME) is not None
    assert store.tags() == before


def test_a_digit_is_exchanged_with_the_tag_that_had_it(store: AnnotationStore) -> None:
    store.apply(give_digit(store.tags(), "copies-2d", 1, ME))
    digits = {tag.tag_id: tag.digit for tag in store.tags()}
    assert (digits["copies-2d"], digits["wrong-class"]) == (1, 7)
    store.apply(give_digit(store.tags(), "copies-2d", None, ME))
    assert named(store, "copies-2d").digit is None
    assert named(store, "wrong-class").digit == 7


def test_cases_keep_a_retired_tag(store: AnnotationStore) -> None:
    case = made_case()
    store.apply(toggle_tag(CaseAnnotations(), case.case_id, ME, LOOSE), [case])
    store.apply(retire_tag(store.tags(), LOOSE.tag_id, ME))
    assert named(store, LOOSE.tag_id).is_retired
    assert count_by_tag(store) == {LOOSE.tag_id: 1}


def test_what_cannot_be_is_refused_with_a_sentence() -> None:
    with pytest.raises(ConfigError, match="needs a name"):
        add_tag(DEFAULT_TAGS, "  ", ME)
    with pytest.raises(ConfigError, match="another tag is called 'loose box'"):
        add_tag(DEFAULT_TAGS, "Loose Box", ME)
    with pytest.raises(ConfigError, match="81 letters"):
        rename_tag(DEFAULT_TAGS, "unsure", "x" * 81, ME)
    with pytest.raises(ConfigError, match="out of every figure"):
        retire_tag(DEFAULT_TAGS, GROUND_TRUTH_WRONG, ME)
    with pytest.raises(ConfigError, match="no colour"):
        recolor_tag(DEFAULT_TAGS, "unsure", "red", ME)
    assert rename_tag(DEFAULT_TAGS, "unsure", "unsure", ME).is_empty
    assert move_tag([Tag("a", "a", place=1), Tag("b", "b", place=2)], "a", -1, ME).is_empty


def test_ids_hold_in_any_script(store: AnnotationStore) -> None:
    for caption in ("椅子", "门", "loose-box!"):
        store.apply(add_tag(store.tags(), caption, ME))
    ids = {tag.caption: tag.tag_id for tag in store.tags()}
    assert ids["loose-box!"] == "loose-box-2"
    assert ids["椅子"].startswith("tag-")
    assert ids["椅子"] != ids["门"]


def test_of_two_who_edit_the_set_the_last_word_holds_and_both_are_in_the_history(
    store: AnnotationStore,
) -> None:
    old = store.tags()
    store.apply(rename_tag(old, "unsure", "do not know", ME))
    store.apply(rename_tag(old, "unsure", "no idea", BEN))
    assert named(store, "unsure").caption == "no idea"
    assert len(store.history_of_case("")) == 2
    with pytest.raises(ConflictError):  # Ada's own word no longer stands
        store.undo(ME)
    store.undo(BEN)
    assert named(store, "unsure").caption == "do not know"
    store.undo(ME)
    assert store.tags() == old


def test_a_tag_that_somebody_gave_is_not_taken_back(store: AnnotationStore) -> None:
    store.apply(add_tag(store.tags(), "mirror", ME))
    case = made_case()
    given = toggle_tag(CaseAnnotations(), case.case_id, BEN, named(store, "mirror"))
    store.apply(given, [case])
    with pytest.raises(ConflictError, match="was given to cases"):
        store.undo(ME)
    assert count_by_tag(store) == {"mirror": 1}


def test_what_is_settled_decides_whether_the_truth_holds(store: AnnotationStore) -> None:
    case, wrong = made_case(), named(store, GROUND_TRUTH_WRONG)
    query = CaseQuery(truth_is_wrong=True)

    def said() -> CaseAnnotations:
        return store.annotations_of([case.case_id])[case.case_id]

    store.apply(toggle_tag(CaseAnnotations(), case.case_id, ME, wrong), [case])
    assert said().truth_is_wrong
    assert count_cases(store, query) == 1
    store.apply(settle(said(), case.case_id, BEN, wrong, holds=False))
    assert not said().truth_is_wrong
    assert said().tags_that_hold == frozenset()
    assert count_cases(store, query) == 0
    assert said().tag_ids(ME) == (GROUND_TRUTH_WRONG,)
    store.apply(settle(said(), case.case_id, ME, wrong, holds=True))
    assert said().truth_is_wrong
    assert count_cases(store, query) == 1
    settled = said().settlement_of(GROUND_TRUTH_WRONG)
    assert settled is not None
    assert settled.settled_by == ME
    titles = [entry.change.title for entry in store.history_of_case(case.case_id)]
    assert titles[1:] == [
        "settle: 'ground truth wrong' does not hold",
        "settle: 'ground truth wrong' holds",
    ]
    store.undo(ME)
    assert not said().truth_is_wrong
    store.apply(settle(said(), case.case_id, BEN, wrong, holds=None))
    assert said().truth_is_wrong
