"""Where the eye goes by itself: to an answer that it would not see."""

from collections.abc import Collection

import pytest

from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Candidate, Grounding
from whatwhere_app.presenters.looking import LookingPresenter
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers

HERE, ELSEWHERE = Box((0, 0, 0), (1, 1, 1)), Box((5, 0, 0), (1, 1, 1))


class FakeEye:
    """Sees some boxes, and remembers what it is sent to."""

    def __init__(self) -> None:
        self.destination = "overview"
        self.is_through_frame = False
        self.sees: Collection[Box] = (HERE,)
        self.went_to: list[Box] = []

    def shows(self, box: Box) -> bool:
        return box in self.sees

    def look_at(self, box: Box) -> None:
        self.went_to.append(box)


class Case:
    """A sentence that is asked, and its answer."""

    def __init__(self) -> None:
        self.eye, self.workspace = FakeEye(), Workspace()
        self.presenter = LookingPresenter(self.eye, self.workspace, object_at=lambda _: None)
        self.expression = Expression.typed("scene", "the chair")
        self.workspace.set_expression(self.expression)

    def ask(self) -> None:
        self.workspace.set_asking(True)

    def answer(self, fused: Box, flat: Box) -> None:
        self.workspace.set_answers(
            {
                "model": Answers(
                    self.expression,
                    {
                        "fused": Grounding("fused", (Candidate(fused, -0.1, 0),)),
                        "2d": Grounding("2d", (Candidate(flat, -0.1, 0),)),
                    },
                )
            }
        )
        self.workspace.set_asking(False)


@pytest.fixture
def case() -> Case:
    return Case()


def test_an_answer_outside_the_picture_is_flown_to_with_the_others(case: Case) -> None:
    case.ask()
    case.answer(HERE, ELSEWHERE)
    (whole,) = case.eye.went_to
    assert whole.center == (2.5, 0, 0)
    assert whole.size == (6, 1, 1)


def test_an_answer_in_the_picture_moves_nothing(case: Case) -> None:
    case.ask()
    case.answer(HERE, HERE)
    assert case.eye.went_to == []


def test_a_hidden_layer_is_not_looked_for(case: Case) -> None:
    case.workspace.set_visible(frozenset({"fused"}))
    case.ask()
    case.answer(HERE, ELSEWHERE)
    assert case.eye.went_to == []


@pytest.mark.parametrize("what", ["moved meanwhile", "looks through a frame"])
def test_who_chose_where_to_look_stays_there(case: Case, what: str) -> None:
    case.ask()
    if what == "moved meanwhile":
        case.eye.destination = "a corner"
    else:
        case.eye.is_through_frame = True
    case.answer(HERE, ELSEWHERE)
    assert case.eye.went_to == []


def test_letting_the_other_model_lead_moves_nothing(case: Case) -> None:
    case.ask()
    case.answer(HERE, HERE)
    case.eye.sees = ()
    case.workspace.set_lead("model")
    assert case.eye.went_to == []
