import pytest

from whatwhere.evaluation.probes.phrases import phrases_in, put, with_sides_exchanged


@pytest.mark.parametrize(
    ("text", "words", "opposite"),
    [
        ("the chair nearest the door", "nearest", "farthest from"),
        ("the chair closest to the door", "closest to", "farthest from"),
        ("find the chair that is close to the door", "close to", "far away from"),
        ("the vase farthest from the bed", "farthest from", "nearest to"),
        ("the lamp to the left of the sofa", "to the left of", "to the right of"),
        ("first box on the right of the bed", "on the right of", "on the left of"),
        ("the chair in the corner of the room", "in the corner of the room", None),
        ("the lamp on the table", "on", "under"),
    ],
)
def test_the_phrase_of_place_and_its_opposite(text, words, opposite):
    (phrase,) = phrases_in(text)
    assert phrase.words == words
    if opposite is not None:
        assert phrase.opposite == opposite


def test_between_has_no_opposite_and_other_sides_are_not_on():
    (between,) = phrases_in("the chair between the bed and the desk")
    assert between.opposite is None
    assert [item.words for item in phrases_in("the chair on the left")] == ["on the left"]
    assert phrases_in("the chair on the floor") == ()


def test_several_phrases_come_in_order():
    found = phrases_in("the chair left of the desk near the window")
    assert [item.words for item in found] == ["left of", "near"]


def test_the_opposite_of_the_opposite_is_as_far_away_again():
    text = "the chair nearest to the door"
    there = put(text, phrases_in(text)[0], phrases_in(text)[0].opposite)
    back = put(there, phrases_in(there)[0], phrases_in(there)[0].opposite)
    assert there == "the chair farthest from the door"
    assert back == text


def test_sides_are_exchanged_both_at_once():
    assert with_sides_exchanged("left of the Right door") == "right of the left door"
    assert with_sides_exchanged("the leftmost chair") == "the rightmost chair"
    assert with_sides_exchanged("the chair near the door") is None
    assert with_sides_exchanged("the leftover box") is None
