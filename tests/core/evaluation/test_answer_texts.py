"""Worked examples of the variants in use, computed by hand."""

import pytest

from whatwhere.errors import NotSupportedError
from whatwhere.evaluation.answer_texts import (
    cleaned,
    is_exact,
    is_exact_cleaned,
    is_refined,
    question_type,
)
from whatwhere.evaluation.caption_scores import caption_scores, lacking


@pytest.mark.parametrize(
    ("said", "answer", "official", "leo", "refined"),
    [
        ("On the desk.", "on the desk", False, True, True),
        ("desk", "on the desk", False, False, True),
        ("on the desk", "desk", False, False, True),
        ("", "on the desk", False, False, False),
        ("...", "on the desk", False, False, False),
        ("brown", "brown", True, True, True),
        ("2", "two", False, True, True),
        ("a chair", "chair", False, True, True),
        ("bed", "sofa", False, False, False),
    ],
)
def test_the_worked_examples(said, answer, official, leo, refined):
    assert is_exact(said, [answer]) == official
    assert is_exact_cleaned(said, [answer]) == leo
    assert is_refined(said, [answer]) == refined


def test_any_of_the_answers_counts():
    assert is_exact("brown", ["dark brown", "brown"])
    assert not is_exact("brown", [])
    assert not is_refined("brown", ["", "."])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("  The TV  on  the rigth. ", "TV on right"),
        ("3 o' clock", "three o'clock"),
        ("23 chairs behine", "twenty-three chairs behind"),
        ("mat2 backwards", "mat backward"),
        ("None", "zero"),
        ("21", "21"),
        ("Yes!", "yes"),
        ("leftover letters", "leftover letters"),
    ],
)
def test_answers_are_cleaned_as_leo_does(answer, expected):
    assert cleaned(answer) == expected


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What is left?", "what"),
        ("IS it?", "is"),
        ("Whatever?", "others"),
        ("Can I?", "can"),
        ("", "others"),
    ],
)
def test_questions_are_told_by_their_first_word(question, kind):
    assert question_type(question) == kind


def test_a_perfect_corpus_has_full_marks():
    if (reason := lacking("none")) is not None:
        pytest.skip(reason)
    said = ["on the brown desk over there", "next to the large white bed"]
    scores = caption_scores(said, [[said[0], "on it"], [said[1]]], "none")
    assert scores["bleu-1"] == pytest.approx(1)
    assert scores["bleu-4"] == pytest.approx(1)
    assert scores["rouge-l"] == pytest.approx(1)
    assert scores["cider"] > 1
    half = caption_scores([said[0], ""], [[said[0]], [said[1]]], "none")
    assert half["rouge-l"] == pytest.approx(0.5)
    assert half["bleu-1"] < 1


def test_the_official_tokenizer_takes_off_capitals_and_full_stops():
    if (reason := lacking("ptb")) is not None:
        pytest.skip(reason)
    said, right = ["On the brown desk, there."], [["on the brown desk there"]]
    assert caption_scores(said, right, "ptb")["bleu-4"] == pytest.approx(1)
    assert caption_scores(said, right, "none")["bleu-4"] < 0.9


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NotSupportedError, match=r"whatwhere\[qa\]"):
        caption_scores(["a"], [["a"]], "none")
