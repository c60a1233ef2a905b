"""Worked examples of the variants in use, computed by hand."""

import sys

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
from whatwhere.evaluation.meteor import lacking_meteor, meteor_program


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


# Its weights: content words 0.75, function words 0.25; the penalty is 0.6 times the fifth root of
# chunks per match, but nothing where all is one chunk.
WORKED = (
    ("the table", ["the chair"], 0.25 * (1 - 0.6)),
    ("chair red", ["red chair"], 1 - 0.6),
    ("red chair", ["the lamp", "red chair"], 1.0),
    ("", ["red chair"], 0.0),
)


def test_meteor_gives_what_is_worked_out_by_hand():
    if (reason := lacking_meteor()) is not None:
        pytest.skip(reason)
    with meteor_program() as meteor:
        for said, right, expected in WORKED:
            assert meteor.score([said], [right]) == pytest.approx(expected)
        # Of two answers together: content 2 of 3 words and function 1 of 1; what matches whole in
        # one chunk adds none, so that there is 1 for 3 matches.
        together = meteor.score(["red chair", "the table"], [["red chair"], ["the chair"]])
    assert together == pytest.approx(0.7 * (1 - 0.6 * (1 / 3) ** 0.2))


METEOR_STAND_IN = """
import sys
for line in sys.stdin:
    kind, *parts = line.rstrip("\\n").split(" ||| ")
    if kind == "SCORE":
        print(f"{len(parts[-1].split())} {len(parts) - 1}", flush=True)
    else:
        if {dies}:
            break
        for part in parts:
            print(part.split()[0])
        print(sum(float(part.split()[0]) for part in parts), flush=True)
"""


def test_meteor_is_asked_line_by_line_and_gives_the_number_of_the_corpus():
    said = [f"word {number} ||| more\n" for number in range(200)]
    command = [sys.executable, "-c", METEOR_STAND_IN.replace("{dies}", "False")]
    with meteor_program(command) as meteor:
        assert meteor.score(said, [["a", "b"]] * 200) == 600
        assert meteor.score(["one"], [["a"]]) == 1
        assert meteor.fault == ""


def test_meteor_that_fails_costs_one_number():
    command = [sys.executable, "-c", METEOR_STAND_IN.replace("{dies}", "True")]
    with meteor_program(command) as meteor:
        assert meteor.score(["one"], [["a"]]) is None
        assert "java -version" in meteor.fault
    with meteor_program(["no-such-program-here"]) as meteor:
        assert meteor.score(["one"], [["a"]]) is None
        assert meteor.fault


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NotSupportedError, match=r"whatwhere\[qa\]"):
        caption_scores(["a"], [["a"]], "none")
