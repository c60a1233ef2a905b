"""Questions: answers in words of one model and of two, and of models that only point."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from whatwhere.errors import NotSupportedError
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Answer, Modality
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.answer import AnswerPresenter
from whatwhere_app.presenters.compare import ComparePresenter
from whatwhere_app.presenters.query import QueryPresenter
from whatwhere_app.presenters.replies import heads_of, rows_of, verdict_of
from whatwhere_app.presenters.reply_verdict import reply_verdict
from whatwhere_app.services.sentences import SentenceHistory
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Replies

Until = Callable[[Callable[[], bool]], Awaitable[None]]
QUESTION = "What colour is the chair?"


def answers(**texts: str) -> dict[Modality, Answer]:
    names: dict[str, Modality] = {"fused": "fused", "two": "2d", "three": "3d"}
    return {
        names[key]: Answer(names[key], text, tuple(text.split()), (-0.5,) * len(text.split()))
        for key, text in texts.items()
    }


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("red", "Red.", " red "), "Fused, 2D and 3D say the same."),
        (("red", "red", "blue"), "Fused and 2D say the same; 3D says something else."),
        (("blue", "red", "red"), "2D and 3D say the same; fused says something else."),
        (("red", "blue", "red"), "Fused and 3D say the same; 2D says something else."),
        (("a", "b", "c"), "Fused, 2D and 3D say different things."),
        (("a", "a", ""), "Fused and 2D say the same. 3D says nothing."),
        (("", "", ""), "No modality says anything."),
    ],
)
def test_the_verdict_says_who_says_the_same(texts: tuple[str, ...], expected: str) -> None:
    assert reply_verdict(answers(**dict(zip(("fused", "two", "three"), texts, strict=True)))) == (
        expected
    )


class Model:
    """Answers in words, unless it only points."""

    def __init__(self, name: str) -> None:
        self.name, self.num_pointed = name, 0

    async def load(self) -> None:
        """Nothing to do."""

    async def encode(self, scene: Scene) -> None:
        """Nothing to do."""

    async def ground(self, *_: object) -> Any:
        self.num_pointed += 1
        raise NotSupportedError("no boxes here", remedy="Ask in words")

    async def answer(
        self, scene: Scene, question: Expression, modalities: Sequence[Modality]
    ) -> Replies:
        if self.name == "pointer":
            raise NotSupportedError("pointer only points", remedy="Load another")
        return Replies(question, answers(fused=self.name, two=self.name, three="else"))

    async def close(self) -> None:
        """Nothing to do."""


def asked(
    tiny_scan: Path,
    until: Until,
    first: str,
    second: str | None = None,
    then: Callable[[QueryPresenter, Workspace], None] = lambda *_: None,
) -> tuple[Workspace, MagicMock, MagicMock, list[Notice]]:
    workspace, board, line, panel = Workspace(), TaskBoard(), MagicMock(), MagicMock()
    heard: list[Notice] = []
    board.noticed.connect(heard.append)
    model = Model(first)

    def start(name: str, settings: object) -> Model:
        return Model(name)

    async def scenario() -> None:
        query = QueryPresenter(
            line,
            workspace,
            board,
            prepare=model.encode,
            ground=model.ground,
            reply=model.answer,
            history=SentenceHistory(Path("/dev/null/nowhere")),
            copy=MagicMock(),
        )
        compare = ComparePresenter(workspace, board, start=start)
        shown = AnswerPresenter(panel, workspace)
        workspace.set_scene(open_scene(tiny_scan))
        query.on_submitted(QUESTION)
        if second is not None:
            compare.open(second)
        num_models = 1 if second is None else 2
        await until(lambda: len(workspace.replies) == num_models)
        then(query, workspace)
        await until(lambda: not query.is_busy)
        query.copy_as_command()
        await compare.close()
        del shown

    asyncio.run(scenario())
    return workspace, line, panel, heard


@pytest.mark.usefixtures("qapp")
def test_a_question_is_answered_in_words_and_points_at_nothing(
    tiny_scan: Path, until: Until
) -> None:
    workspace, line, panel, heard = asked(tiny_scan, until, "one")
    said, heads, rows = panel.show_replies.call_args.args
    assert said == "Fused and 2D say the same; 3D says something else."
    assert heads == ()
    assert [(row.layer, row.said[0].text) for row in rows] == [
        ("fused", "one"),
        ("2d", "one"),
        ("3d", "else"),
    ]
    assert rows[0].said[0].caption == "61% per token"
    assert workspace.answers == {}
    assert not heard
    assert line.set_history.call_args.args == ((QUESTION,),)
    assert line.set_note.call_args.args[0].startswith("Copied: whatwhere answer --model default")


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(("first", "second"), [("pointer", "two"), ("two", "pointer")])
def test_beside_a_model_that_only_points_the_other_answers(
    tiny_scan: Path, until: Until, first: str, second: str
) -> None:
    def then(query: QueryPresenter, workspace: Workspace) -> None:
        # Before the second model is let go.
        kept.extend(panel_rows(workspace))

    def panel_rows(workspace: Workspace) -> list[str]:
        rows = rows_of(workspace.replies)
        texts = [said.text for row in rows for said in row.said]
        return [verdict_of(workspace.replies), *heads_of(workspace.replies), *texts]

    kept: list[str] = []
    _, _, _, heard = asked(tiny_scan, until, first, second, then)
    assert "pointer only points. Load another." in kept[0]
    assert kept[1:3] == ["A default", f"B {second}"]
    assert sorted(kept[3:]) == sorted(["two", "two", "else", *["\u2013"] * 3])
    assert not heard


@pytest.mark.usefixtures("qapp")
def test_a_question_may_be_pointed_at_all_the_same(tiny_scan: Path, until: Until) -> None:
    def then(query: QueryPresenter, workspace: Workspace) -> None:
        query.on_submitted(QUESTION, "point")
        assert workspace.replies == {}

    _, line, _, heard = asked(tiny_scan, until, "one", then=then)
    assert [notice.text for notice in heard] == ["no boxes here. Ask in words."]
    assert line.set_note.call_args.args[0].startswith("Copied: whatwhere ground")


@pytest.mark.usefixtures("qapp")
def test_a_sentence_comes_back_as_it_was_answered(tiny_scan: Path, until: Until) -> None:
    def then(query: QueryPresenter, workspace: Workspace) -> None:
        workspace.set_replies({})
        query.take_up("name the colour", True, True)
        assert not workspace.answers

    workspace, line, _, heard = asked(tiny_scan, until, "one", then=then)
    assert workspace.replies["default"].question.text == "name the colour"
    assert line.set_note.call_args.args[0].startswith("Copied: whatwhere answer")
    assert not heard


@pytest.mark.usefixtures("qapp")
def test_why_there_is_no_answer_is_said_in_one_place(tiny_scan: Path, until: Until) -> None:
    workspace, line, panel, _ = asked(tiny_scan, until, "pointer")
    assert "pointer only points" in panel.show_replies.call_args.args[0]
    assert not any("only points" in call.args[0] for call in line.set_note.call_args_list)
    assert workspace.replies["default"].fault


@pytest.mark.usefixtures("qapp")
def test_the_button_says_what_it_would_do() -> None:
    view = MagicMock()
    presenter = QueryPresenter(
        view,
        Workspace(),
        TaskBoard(),
        prepare=MagicMock(),
        ground=MagicMock(),
        reply=MagicMock(),
        history=SentenceHistory(Path("/dev/null/nowhere")),
        copy=MagicMock(),
    )
    for text in ("the chair", QUESTION):
        presenter.on_edited(text)
    assert [call.args[0] for call in view.set_way.call_args_list] == ["point", "words"]
