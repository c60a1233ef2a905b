import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from unittest.mock import MagicMock, patch

from whatwhere.errors import ExpressionError, ModelError, NotSupportedError, WorkerDiedError
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.answer import AnswerPresenter
from whatwhere_app.presenters.compare import ComparePresenter
from whatwhere_app.presenters.labels import labels
from whatwhere_app.presenters.shown import layer_boxes, rival_boxes
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, ModelsInUse, Replies

CHAIR, OTHER_CHAIR = 1, 5

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def answers_of(scene: Scene, expression: Expression, object_id: int) -> Answers:
    proposals = sorted(annotation_proposals(scene), key=lambda item: item.object_id != object_id)
    candidates = tuple(
        Candidate(item.box, -0.1 - rank, item.proposal, item.object_id, item.label)
        for rank, item in enumerate(proposals)
    )
    return Answers(expression, {"fused": Grounding("fused", candidates)})


class SecondModel:
    """Chooses the other chair; "broken" cannot be loaded, "stored" has no answer to this."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_closed = self.has_died = False

    async def load(self) -> None:
        """Nothing to do."""

    async def answer(
        self, scene: Scene, question: Expression, modalities: Sequence[Modality]
    ) -> Replies:
        raise NotSupportedError(f"{self.name} only points", remedy="Load another")

    async def encode(self, scene: Scene) -> None:
        if self.name == "broken":
            raise ModelError("there are no weights in it", remedy="Choose another")

    async def ground(
        self, scene: Scene, expression: Expression, modalities: Sequence[Modality]
    ) -> Answers:
        await self.encode(scene)
        if self.name == "mortal" and not self.has_died:
            self.has_died = True
            raise WorkerDiedError("The program", "exit status 7")
        if self.name == "stored":
            raise ExpressionError("stored has no answer to that", remedy="Ask another sentence")
        return answers_of(scene, expression, OTHER_CHAIR)

    async def close(self) -> None:
        self.is_closed = True


def compared(
    tiny_scan: Path,
    until: Until,
    model: str,
    then: Callable[[ComparePresenter, Workspace, MagicMock], None],
    *,
    num_models: int = 0,
) -> tuple[list[SecondModel], list[Notice], Workspace]:
    """Opens a second model after an answer of the first, and plays on."""
    workspace, board, view = Workspace(), TaskBoard(), MagicMock()
    started: list[SecondModel] = []
    heard: list[Notice] = []
    board.noticed.connect(heard.append)

    def start(name: str, settings: object) -> SecondModel:
        started.append(SecondModel(name))
        return started[-1]

    async def scenario() -> None:
        presenter = ComparePresenter(workspace, board, start=start)
        workspace.set_models(ModelsInUse("first"))
        panel = AnswerPresenter(view, workspace)
        scene = open_scene(tiny_scan)
        workspace.set_scene(scene)
        expression = Expression(scene.scene_id, "the chair", target_id=CHAIR)
        workspace.set_expression(expression)
        workspace.set_answers({"first": answers_of(scene, expression, CHAIR)})
        presenter.open(model)
        await until(lambda: bool(heard) or len(workspace.answers) == 2)
        then(presenter, workspace, view)
        await until(lambda: len(started) >= num_models and not presenter.is_busy)
        await presenter.close()
        del panel

    asyncio.run(scenario())
    return started, heard, workspace


def test_the_second_model_is_asked_the_same_and_either_can_lead(
    tiny_scan: Path, until: Until
) -> None:
    def then(presenter: ComparePresenter, workspace: Workspace, view: MagicMock) -> None:
        said, sections = view.show_answer.call_args.args
        assert said == (
            "A (first): Right.\nB (second): Fused chooses office chair 5, which is wrong."
        )
        of_fused = [(s.model, s.is_rival) for s in sections if s.layer == "fused"]
        assert of_fused == [("A", False), ("B", True)]
        first, second = layer_boxes(workspace)["fused"], rival_boxes(workspace)["fused"]
        assert first != second
        assert [text for *_, text in labels(workspace)] == [
            "GT · A Fused   office chair 1",
            "B Fused   office chair 5",
        ]
        presenter.exchange()
        assert layer_boxes(workspace)["fused"] == second
        assert rival_boxes(workspace)["fused"] == first
        assert view.show_answer.call_args.args[0].startswith("B ")
        presenter.exchange()
        assert layer_boxes(workspace)["fused"] == first

    (second,), heard, workspace = compared(tiny_scan, until, "second", then)
    assert second.is_closed
    assert list(workspace.answers) == ["first"]
    assert not heard


def test_a_second_model_that_cannot_be_used_is_named_and_let_go(
    tiny_scan: Path, until: Until
) -> None:
    def then(presenter: ComparePresenter, workspace: Workspace, view: MagicMock) -> None:
        presenter.exchange()

    (second,), heard, workspace = compared(tiny_scan, until, "broken", then)
    assert second.is_closed
    assert "no weights" in heard[0].text
    assert "one model" in heard[1].text
    assert list(workspace.answers) == ["first"]


def test_a_second_model_without_an_answer_to_this_sentence_stays(
    tiny_scan: Path, until: Until
) -> None:
    def then(presenter: ComparePresenter, workspace: Workspace, view: MagicMock) -> None:
        assert not started_with[0].is_closed

    started_with: list[SecondModel] = []
    made, init = SecondModel.__init__, started_with.append

    def keep(self: SecondModel, name: str) -> None:
        made(self, name)
        init(self)

    with patch.object(SecondModel, "__init__", keep):
        _, heard, _ = compared(tiny_scan, until, "stored", then)
    assert "no answer to that" in heard[0].text


def test_of_models_opened_in_a_hurry_the_last_one_stays(tiny_scan: Path, until: Until) -> None:
    def then(presenter: ComparePresenter, workspace: Workspace, view: MagicMock) -> None:
        for name in ("third", "fourth"):
            presenter.open(name)

    started, _, workspace = compared(tiny_scan, until, "second", then, num_models=3)
    assert [model.name for model in started] == ["second", "third", "fourth"]
    assert all(model.is_closed for model in started)
    assert list(workspace.answers) == ["first"]


def test_a_second_model_that_died_is_asked_again_when_the_user_wants_to(
    tiny_scan: Path, until: Until
) -> None:
    asked: list[list[str]] = []

    def then(presenter: ComparePresenter, workspace: Workspace, view: MagicMock) -> None:
        workspace.answers_changed.connect(lambda: asked.append(list(workspace.answers)))
        presenter.ask_again()

    started, heard, _ = compared(tiny_scan, until, "mortal", then)
    assert heard[0].restart
    assert ["first", "mortal"] in asked
    assert len(started) == 1


def test_where_there_is_little_room_the_second_model_stays_in_sight(
    tiny_scan: Path,
) -> None:
    workspace, view = Workspace(), MagicMock()
    scene = open_scene(tiny_scan)
    expression = Expression(scene.scene_id, "the chair", target_id=CHAIR)
    panel = AnswerPresenter(view, workspace)
    workspace.set_scene(scene)
    workspace.set_expression(expression)
    workspace.set_answers(
        {
            "first": answers_of(scene, expression, CHAIR),
            "second": answers_of(scene, expression, OTHER_CHAIR),
        }
    )

    def shown() -> list[tuple[str, str, int]]:
        return [(s.layer, s.model, len(s.rows)) for s in view.show_answer.call_args.args[1]][:2]

    assert shown() == [("fused", "A", 2), ("fused", "B", 2)]
    panel.on_room_changed(13)
    assert shown() == [("fused", "A", 1), ("fused", "B", 1)]
    panel.on_room_changed(18)
    assert shown() == [("fused", "A", 2), ("fused", "B", 2)]


def test_the_model_in_use_is_not_compared_with_itself(tiny_scan: Path, until: Until) -> None:
    started, heard, _ = compared(tiny_scan, until, "first", lambda *_: None)
    assert not started
    assert "in use" in heard[0].text


def test_a_second_model_that_is_being_let_go_when_the_program_ends_is_ended(until: Until) -> None:
    class Slow(SecondModel):
        num_closings = 0

        async def close(self) -> None:
            self.num_closings += 1
            if self.num_closings == 1:
                await asyncio.Event().wait()
            self.is_closed = True

    second = Slow("second")

    async def scenario() -> None:
        board = TaskBoard()
        presenter = ComparePresenter(Workspace(), board, start=lambda *_: second)
        presenter.open("second")
        await until(lambda: not presenter.is_busy)
        presenter.unload()
        await until(lambda: second.num_closings == 1)
        await board.close()
        await presenter.close()

    asyncio.run(scenario())
    assert second.is_closed
