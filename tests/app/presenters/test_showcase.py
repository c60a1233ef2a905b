"""The example of the first start, with answers made by hand."""

from math import log
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from whatwhere.demo.showcase import CHEATING, CURED, Answered, Showcase
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.answer import AnswerPresenter
from whatwhere_app.presenters.showcase import ShowcasePresenter
from whatwhere_app.theme import LAYERS
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers

TARGET, RIVAL = 1, 5
CASE = Showcase(
    room="kitchen",
    sentence="the office chair next to the wall",
    label="office chair",
    target=TARGET,
    target_colour="grey",
    rival=RIVAL,
    rival_colour="red",
    cheating=Answered(fused=RIVAL, appearance=RIVAL, geometry=TARGET, exchanged=TARGET, weights=""),
    cured=Answered(fused=TARGET, appearance=RIVAL, geometry=TARGET, exchanged=TARGET, weights=""),
)
MODALITIES: tuple[Modality, ...] = ("fused", "2d", "3d")


def answers(scene: Scene, expression: Expression, *chosen: int) -> Answers:
    found = {}
    for modality, best in zip(MODALITIES, chosen, strict=True):
        order = sorted(annotation_proposals(scene), key=lambda p: p.object_id != best)
        found[modality] = Grounding(
            modality,
            tuple(
                Candidate(p.box, log(0.9 if rank == 0 else 0.05), p.proposal, p.object_id, p.label)
                for rank, p in enumerate(order)
            ),
        )
    return Answers(expression, found)


class Stage:
    """A workspace with the example in it, and what was said."""

    def __init__(self, scan: Path) -> None:
        self.workspace, self.hint, self.panel = Workspace(), MagicMock(), MagicMock()
        self.asked: list[str] = []
        self.presenter = ShowcasePresenter(
            self.hint, self.workspace, CASE, submit=self.asked.append
        )
        self.answer_presenter = AnswerPresenter(self.panel, self.workspace)
        self.answer_presenter.say_first(self.presenter.headline)
        self.presenter.announce()
        self.scene = open_scene(scan)
        self.workspace.set_scene(self.scene)
        self.presenter.begin()

    @property
    def hinted(self) -> str:
        return str(self.hint.ask.call_args.args[0])

    @property
    def verdict(self) -> str:
        return str(self.panel.show_answer.call_args.args[0])

    def answer(self, cheating: tuple[int, int, int], cured: tuple[int, int, int]) -> None:
        expression = self.workspace.expression
        assert expression is not None
        both = {CHEATING: cheating, CURED: cured}
        self.workspace.set_answers(
            {name: answers(self.scene, expression, *ids) for name, ids in both.items()}
        )


@pytest.fixture
def stage(tiny_scan: Path) -> Stage:
    return Stage(tiny_scan)


def test_it_asks_with_the_target_known(stage: Stage) -> None:
    expression = stage.workspace.expression
    assert stage.asked == [CASE.sentence]
    assert expression is not None
    assert expression.target_id == TARGET
    assert CASE.sentence in stage.hinted


def test_both_answers_are_summed_up_in_one_sentence(stage: Stage) -> None:
    stage.answer((RIVAL, RIVAL, TARGET), (TARGET, RIVAL, TARGET))
    first, cheating, cured = stage.verdict.splitlines()
    assert first.startswith("A follows the colour, B the place")
    assert cheating.startswith("A (cheating)")
    assert cured.startswith("B (cured): Right.")
    assert stage.hinted.startswith("Model A (cheating) points at the red office chair")
    assert "When the two office chairs exchange colours" in stage.hinted


def test_layers_come_back_after_the_example(stage: Stage) -> None:
    assert stage.workspace.visible == {"gt", "fused"}
    stage.workspace.set_expression(Expression.typed(stage.scene.scene_id, "the wall"))
    assert stage.workspace.visible == frozenset(LAYERS)


def test_layers_that_the_user_chose_meanwhile_stay(stage: Stage) -> None:
    stage.workspace.set_visible(frozenset(("fused", "2d")))
    stage.workspace.set_expression(Expression.typed(stage.scene.scene_id, "the wall"))
    assert stage.workspace.visible == {"fused", "2d"}


def test_answers_that_were_not_tried_are_not_accused(stage: Stage) -> None:
    """What an exchange of colours does is known of the recorded answers alone."""
    stage.answer((RIVAL, TARGET, TARGET), (TARGET, RIVAL, TARGET))
    assert "colour" not in stage.verdict
    assert "exchange" not in stage.hinted


def test_another_sentence_ends_it(stage: Stage) -> None:
    stage.answer((RIVAL, RIVAL, TARGET), (TARGET, RIVAL, TARGET))
    stage.hint.hide.assert_not_called()
    stage.workspace.set_answers({})
    stage.workspace.set_expression(Expression.typed(stage.scene.scene_id, "the wall"))
    stage.hint.hide.assert_called_once()
    assert "colour" not in stage.verdict


def test_a_hint_that_was_read_does_not_come_back(stage: Stage) -> None:
    stage.presenter.on_read()
    stage.hint.ask.reset_mock()
    stage.answer((RIVAL, RIVAL, TARGET), (TARGET, RIVAL, TARGET))
    stage.hint.ask.assert_not_called()
    assert stage.verdict.startswith("A follows the colour")
