from math import log

import pytest

from whatwhere.geometry.boxes import Box
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere_app.presenters.plurals import plural
from whatwhere_app.presenters.verdict import verdict

LABELS = ("chair", "chair", "sofa", "table")


def _box(number: int) -> Box:
    return Box((2.0 * number, 0.0, 0.5), (1.0, 1.0, 1.0))


def _answers(
    labels: tuple[str, ...] = LABELS, top: float = 0.7, **chosen: int
) -> dict[Modality, Grounding]:
    answers: dict[Modality, Grounding] = {}
    names: dict[str, Modality] = {"fused": "fused", "two": "2d", "three": "3d"}
    for name, best in chosen.items():
        rest = log((1 - top) / (len(labels) - 1))
        order = sorted(range(len(labels)), key=lambda i: i != best)
        answers[names[name]] = Grounding(
            names[name],
            tuple(
                Candidate(_box(i), log(top) if i == best else rest, i, i, labels[i]) for i in order
            ),
        )
    return answers


@pytest.mark.parametrize(
    ("chosen", "target", "expected"),
    [
        (
            {"fused": 0, "two": 0, "three": 1},
            1,
            "Fused and 2D choose the same wrong chair 0; with two chairs that happens half the "
            "time. 3D alone finds chair 1, the right one.",
        ),
        (
            {"fused": 0, "two": 0, "three": 0},
            1,
            "Fused, 2D and 3D choose the same wrong chair 0; with two chairs that happens a "
            "quarter of the time.",
        ),
        (
            {"fused": 2, "two": 2, "three": 0},
            2,
            "Right, and 2D alone is enough: only one sofa here.",
        ),
        (
            {"fused": 1, "two": 1, "three": 1},
            1,
            "Right, and 2D alone is enough, even among two chairs.",
        ),
        (
            {"fused": 1, "two": 0, "three": 1},
            1,
            "Right. 3D alone finds it too; 2D alone chooses chair 0.",
        ),
        (
            {"fused": 1, "two": 0, "three": 3},
            1,
            "Right, and neither finds it alone: 2D chooses chair 0, 3D table 3.",
        ),
        (
            {"fused": 3, "two": 3, "three": 3},
            1,
            "Fused, 2D and 3D choose the same wrong table 3.",
        ),
        (
            {"fused": 0, "two": 1, "three": 2},
            1,
            "Fused chooses chair 0, which is wrong. 2D alone finds chair 1, the right one. "
            "3D alone chooses sofa 2, wrong too.",
        ),
        (
            {"fused": 0, "two": 1, "three": 1},
            1,
            "Fused chooses chair 0, which is wrong. 2D and 3D each find chair 1, the right one.",
        ),
        (
            {"fused": 0, "two": 2, "three": 3},
            1,
            "Fused chooses chair 0, which is wrong. 2D alone chooses sofa 2, 3D table 3, "
            "wrong too.",
        ),
        (
            {"fused": 0, "two": 2, "three": 0},
            1,
            "Fused and 3D choose the same wrong chair 0. 2D alone chooses sofa 2, wrong too.",
        ),
        (
            {"fused": 1, "two": 2, "three": 2},
            1,
            "Right, and neither finds it alone: 2D and 3D choose sofa 2.",
        ),
        ({"two": 1}, 1, "2D alone is right; this model has no fused answer."),
        ({"fused": 1, "three": 1}, 1, "Right. 3D alone finds it too."),
        ({"two": 0}, 1, "2D chooses chair 0, which is wrong."),
    ],
)
def test_with_a_known_target(chosen: dict[str, int], target: int, expected: str) -> None:
    assert verdict(_answers(**chosen), _box(target), LABELS[target]) == expected


def test_a_target_that_is_no_candidate_is_said_so() -> None:
    far = Box((50.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    said = verdict(_answers(fused=0, two=0, three=0), far, "lamp")
    assert said == (
        "The target is not among the candidates: no candidate reaches 0.25 IoU (best 0.00)."
    )


def test_boxes_of_a_models_own_that_miss_the_target_are_wrong() -> None:
    far = Box((50.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    said = verdict(_answers(fused=0), far, "lamp", chooses=False)
    assert said == "Fused chooses chair 0, which is wrong."


def test_a_single_box_is_not_called_unsure() -> None:
    sure = Candidate(_box(0), 0.0, 0, 0, "chair")
    alone: dict[Modality, Grounding] = {"fused": Grounding("fused", (sure,))}
    assert verdict(alone) == "Fused chooses chair 0."
    assert verdict(alone, _box(0), None, chooses=False) == "Right."


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"fused": 1, "two": 1, "three": 1}, "Fused, 2D and 3D agree on chair 1."),
        ({"fused": 0, "two": 0, "three": 1}, "Fused and 2D choose chair 0; 3D alone chair 1."),
        (
            {"fused": 0, "two": 2, "three": 1},
            "Fused chooses chair 0; 2D alone sofa 2; 3D alone chair 1.",
        ),
        ({"two": 2, "three": 1}, "2D chooses sofa 2; 3D alone chair 1."),
    ],
)
def test_without_a_target_it_only_says_who_agrees(chosen: dict[str, int], expected: str) -> None:
    assert verdict(_answers(**chosen)) == expected


def test_an_answer_near_chance_is_called_so() -> None:
    said = verdict(_answers(fused=0, two=0, three=0, top=0.3))
    assert said == "No candidate stands out: chair 0 is hardly above chance."


@pytest.mark.parametrize(
    ("label", "plural"),
    [
        ("bookshelf", "bookshelves"),
        ("couch", "couches"),
        ("box", "boxes"),
        ("tv", "tvs"),
        ("toy", "toys"),
        ("battery", "batteries"),
        ("curtains", "curtains"),
    ],
)
def test_it_speaks_of_many_in_english(label: str, plural: str) -> None:
    labels = (label, label, "sofa")
    said = verdict(_answers(labels, fused=0, two=0, three=1), _box(1), label)
    assert f"; with two {plural} that happens half the time." in said


def test_an_unsure_answer_is_judged_and_called_unsure() -> None:
    said = verdict(_answers(fused=1, two=1, three=1, top=0.3), _box(1), "chair")
    assert said.endswith("even among two chairs. The fused answer is hardly above chance.")


def test_without_classes_nothing_is_said_of_look_alikes() -> None:
    said = verdict(_answers(fused=0, two=0), _box(1), "lamp")
    assert said == "Fused and 2D choose the same wrong chair 0."
    assert verdict(_answers(fused=1, two=1), _box(1), "lamp") == "Right, and 2D alone is enough."


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("chair", "chairs"),
        ("trash can", "trash cans"),
        ("bookshelf", "bookshelves"),
        ("box", "boxes"),
        ("couch", "couches"),
        ("mattress", "mattresses"),
        ("display case", "display cases"),
        ("tray", "trays"),
        ("pantry", "pantries"),
        ("shelves", "shelves"),
        ("person", "people"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many
