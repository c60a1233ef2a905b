"""Presenters against fake views: no window, no files but a tiny scan, no host."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from whatwhere.errors import BrokenFileError, MissingFileError, SceneError
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere.scenes.opening import open_scene, read_whole_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.answer import AnswerPresenter
from whatwhere_app.presenters.appearance import AppearancePresenter
from whatwhere_app.presenters.expressions import ExpressionsPresenter
from whatwhere_app.presenters.frames import FramesPresenter
from whatwhere_app.presenters.labels import labels
from whatwhere_app.presenters.layers import LayersPresenter
from whatwhere_app.presenters.mixer import MixerPresenter
from whatwhere_app.presenters.picking import PickingPresenter
from whatwhere_app.presenters.query import QueryPresenter
from whatwhere_app.presenters.scene_view import ScenePresenter
from whatwhere_app.presenters.scenes import ScenesPresenter
from whatwhere_app.presenters.shown import layer_boxes
from whatwhere_app.presenters.shown_mesh import MeshTools
from whatwhere_app.render.proxy import cluster
from whatwhere_app.services.sentences import SentenceHistory
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.theme import DARK, LAYERS, LIGHT, Theme
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import (
    Answers,
    CandidateRef,
    Drawn,
    ObjectRef,
    UserBox,
    UserBoxRef,
)

CHAIR, OTHER_CHAIR = 1, 5

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
def scene(tiny_scan: Path) -> Scene:
    return open_scene(tiny_scan)


def answers_to(scene: Scene, expression: Expression, **best: int) -> Answers:
    """Each modality's best object id; the others follow."""
    names: dict[str, Modality] = {"fused": "fused", "two": "2d", "three": "3d"}
    groundings = {}
    for name, object_id in best.items():
        proposals = sorted(
            annotation_proposals(scene), key=lambda item: item.object_id != object_id
        )
        candidates = tuple(
            Candidate(item.box, -0.1 - rank, item.proposal, item.object_id, item.label)
            for rank, item in enumerate(proposals)
        )
        groundings[names[name]] = Grounding(names[name], candidates)
    return Answers(expression, groundings)


def opened(
    until: Until, read: Callable[..., Scene], path: Path, settings: SettingsStore
) -> tuple[Workspace, list[Notice], MagicMock]:
    workspace, board, view = Workspace(), TaskBoard(), MagicMock()
    heard: list[Notice] = []
    board.noticed.connect(heard.append)

    async def scenario() -> None:
        presenter = ScenesPresenter(
            view, workspace, board, read=read, demo_rooms={}, settings=settings
        )
        presenter.open(path)
        await until(lambda: not presenter.is_opening)

    asyncio.run(scenario())
    return workspace, heard, view


def test_an_opened_scene_is_remembered(tiny_scan: Path, tmp_path: Path, until: Until) -> None:
    settings = SettingsStore(tmp_path / "settings.json")
    workspace, heard, view = opened(until, read_whole_scene, tiny_scan, settings)
    assert workspace.scene is not None
    assert SettingsStore(tmp_path / "settings.json").value.recent_scenes == (str(tiny_scan),)
    view.show_opened.assert_called_once_with(tiny_scan)
    assert view.show_opening.call_args.args == (None,)
    # One of its three frames lost tracking.
    assert [notice.level for notice in heard] == ["warning"]


@pytest.mark.parametrize(
    "error",
    [MissingFileError("x", what="Scene", remedy="Look"), SceneError("empty", remedy="Look")],
)
def test_a_scene_that_does_not_open_leaves_a_sentence(
    error: Exception, tmp_path: Path, until: Until
) -> None:
    def fail(path: Path, **_: object) -> Scene:
        raise error

    settings = SettingsStore(tmp_path / "settings.json")
    workspace, heard, _ = opened(until, fail, Path("x"), settings)
    assert workspace.scene is None
    assert [notice.text for notice in heard] == [str(error)]


def test_the_scene_view_follows_answers_switches_and_clicks(scene: Scene, until: Until) -> None:
    view, eye, workspace = MagicMock(), MagicMock(), Workspace()
    presenter = ScenePresenter(
        view,
        eye,
        workspace,
        TaskBoard(),
        tools=MeshTools(
            ceiling_height=lambda mesh: 1.5,
            extent=lambda mesh, ceiling_m: Box.from_points(mesh.vertices),
            merge=lambda mesh, num_faces: cluster(mesh, num_faces=num_faces),
            stand_ins=lambda mesh: (),
            picker=lambda mesh: "picker",
        ),
    )

    async def scenario() -> None:
        workspace.set_scene(scene)
        await until(lambda: not presenter.is_busy)

    asyncio.run(scenario())
    assert view.show_mesh.call_args.kwargs["ceiling_m"] == 1.5
    view.set_picker.assert_called_once_with("picker")
    expression = Expression(scene.scene_id, "the chair", target_id=CHAIR)
    workspace.set_expression(expression)
    target = scene.object_by_id(CHAIR)
    assert target is not None
    eye.look_at.assert_called_with(target.box)
    found = answers_to(scene, expression, fused=OTHER_CHAIR, two=OTHER_CHAIR, three=CHAIR)
    workspace.set_answers({"default": found})
    boxes = view.show_boxes.call_args.args[0]
    assert boxes["gt"] == (target.box,)
    assert boxes["3d"] == (target.box,)
    assert boxes["fused"] == boxes["2d"] != boxes["gt"]
    texts = [text for *_, text in view.show_labels.call_args.args[0]]
    assert texts == ["GT · 3D   office chair 1", "Fused · 2D   office chair 5"]
    workspace.set_visible(frozenset({"fused"}))
    assert set(view.show_boxes.call_args.args[0]) == {"fused"}
    picking = PickingPresenter(workspace, object_at=presenter.object_at)
    picking.on_vertex_clicked(int(target.vertex_indices[0]))
    assert workspace.selection == ObjectRef(CHAIR)
    assert view.show_selected.call_args.args == (target.box, None)
    assert view.highlight.call_args.args[0] is target.vertex_indices
    picking.on_box_clicked("2d", 0)
    assert workspace.selection == CandidateRef("2d", 0)
    picking.on_nothing_clicked()
    assert view.show_selected.call_args.args == (None, None)
    small, large = Box((0, 0, 0), (1, 1, 1)), Box((0, 0, 0), (2, 1, 1))
    workspace.set_drawn(Drawn((UserBox(1, small),)))
    workspace.set_selection(UserBoxRef(1))
    workspace.set_drawn(Drawn((UserBox(1, large),)))
    assert view.show_selected.call_args.args == (large, None)


def test_frames_are_ordered_by_how_well_they_see_the_selection(scene: Scene, until: Until) -> None:
    strip, large, caption, workspace = MagicMock(), MagicMock(), MagicMock(), Workspace()

    async def scenario() -> None:
        presenter = FramesPresenter(strip, large, caption, workspace, TaskBoard())
        workspace.set_scene(scene)
        await until(lambda: not presenter.is_busy)
        assert [tile.name for tile in strip.show_tiles.call_args.args[0]] == ["0", "100"]
        # The right chair: frame 100 stands 20 cm further to the right and sees more of it.
        workspace.set_selection(ObjectRef(OTHER_CHAIR))
        await until(lambda: not presenter.is_busy)
        presenter.step(1)
        presenter.step(1)
        await until(lambda: not presenter.is_busy)

    asyncio.run(scenario())
    # Another scene may have frames of the same names: the strip is emptied first.
    assert strip.show_tiles.call_args_list[0].args[0] == []
    names = [tile.name for tile in strip.show_tiles.call_args.args[0]]
    assert names == ["100", "0"]
    assert large.show_frame.call_args.args[0].shape == (48, 64, 3)
    assert large.show_overlays.call_args.args[0][0].segments
    assert workspace.frame == "0"
    text, hint = caption.show_caption.call_args.args
    assert text.startswith("0 · ")
    assert " fills " in hint


def test_a_broken_picture_is_said_where_it_would_be(scene: Scene, until: Until) -> None:
    large, workspace, board, heard = MagicMock(), Workspace(), TaskBoard(), []
    board.noticed.connect(heard.append)
    (scene.folder / "color" / "0.jpg").write_bytes(b"no picture")

    async def scenario() -> None:
        presenter = FramesPresenter(MagicMock(), large, MagicMock(), workspace, board)
        workspace.set_scene(scene)
        await until(lambda: not presenter.is_busy)

    asyncio.run(scenario())
    assert "0.jpg" in large.show_message.call_args.args[0]
    assert "0.jpg" in heard[0].text


def test_a_row_takes_its_expression_and_forgets_old_answers(scene: Scene, until: Until) -> None:
    view, workspace = MagicMock(), Workspace()
    expressions = tuple(Expression(scene.scene_id, text, 1, "chair") for text in ("one", "two"))

    async def scenario() -> None:
        presenter = ExpressionsPresenter(
            view,
            workspace,
            TaskBoard(),
            find=lambda scene_id, folder: (expressions, ()),
            read=lambda scene_id, path: ((), ()),
        )
        workspace.set_scene(scene)
        await until(lambda: not presenter.is_busy)
        presenter.on_chosen(1)
        presenter.step(1)

    asyncio.run(scenario())
    assert [row.text for row in view.show_expressions.call_args.args[0]] == ["one", "two"]
    assert workspace.expression == expressions[1]
    assert view.set_current.call_args.args == (1,)


def asked(
    until: Until, scene: Scene | None, text: str, ground: Callable[..., Any] | None = None
) -> tuple[Workspace, MagicMock, list[Notice]]:
    view, workspace, board = MagicMock(), Workspace(), TaskBoard()
    heard: list[Notice] = []
    prepared: list[str] = []
    copied: list[str] = []
    board.noticed.connect(heard.append)

    async def answer(
        scene: Scene, expression: Expression, modalities: Sequence[Modality]
    ) -> Answers:
        return answers_to(scene, expression, fused=CHAIR, two=CHAIR, three=OTHER_CHAIR)

    async def prepare(scene: Scene) -> None:
        prepared.append(scene.scene_id)

    async def scenario() -> None:
        presenter = QueryPresenter(
            view,
            workspace,
            board,
            prepare=prepare,
            ground=ground or answer,
            reply=MagicMock(),
            history=SentenceHistory(Path("/dev/null/nowhere")),
            copy=copied.append,
        )
        workspace.set_scene(scene)
        presenter.on_submitted(text)
        await until(lambda: not presenter.is_busy)
        presenter.copy_as_command()

    asyncio.run(scenario())
    assert len(copied) == (0 if scene is None else 1)
    assert prepared == ([] if scene is None else [scene.scene_id])
    return workspace, view, heard


@pytest.mark.usefixtures("qapp")
def test_a_sentence_becomes_answers(scene: Scene, until: Until) -> None:
    workspace, view, heard = asked(until, scene, "  the   chair ")
    assert workspace.expression == Expression.typed(scene.scene_id, "the chair")
    assert workspace.answers["default"].groundings["fused"].best.object_id == CHAIR
    assert [call.args for call in view.set_busy.call_args_list] == [(True,), (False,)]
    assert view.set_history.call_args.args == (("the chair",),)
    assert not heard


@pytest.mark.usefixtures("qapp")
def test_the_panel_says_that_a_question_is_under_way(scene: Scene) -> None:
    workspace, view = Workspace(), MagicMock()
    workspace.set_scene(scene)
    workspace.set_expression(Expression.typed(scene.scene_id, "the chair"))
    presenter = AnswerPresenter(view, workspace)
    said = [call.args[0] for call in view.show_answer.call_args_list]
    workspace.set_asking(True)
    said.append(view.show_answer.call_args.args[0])
    workspace.set_asking(False)
    said.append(view.show_answer.call_args.args[0])
    assert said == ["Press Enter to ask.", "Asking…", "Press Enter to ask."]
    assert presenter is not None


@pytest.mark.usefixtures("qapp")
def test_another_scene_takes_the_old_sentence_away(scene: Scene) -> None:
    workspace, view = Workspace(), MagicMock()
    workspace.set_scene(scene)
    presenter = QueryPresenter(
        view,
        workspace,
        TaskBoard(),
        prepare=MagicMock(),
        ground=MagicMock(),
        reply=MagicMock(),
        history=SentenceHistory(Path("/dev/null/nowhere")),
        copy=MagicMock(),
    )
    workspace.set_expression(Expression.typed(scene.scene_id, "the chair"))
    assert view.set_text.call_args.args == ("the chair",)
    workspace.set_scene(None)
    assert view.set_text.call_args.args == ("",)
    assert view.set_elapsed.call_args.args == (None,)
    assert not presenter.is_busy


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("text", ["", "  ", "?!"])
def test_an_empty_sentence_is_refused_beneath_the_bar(
    scene: Scene, text: str, until: Until
) -> None:
    workspace, view, heard = asked(until, scene, text)
    assert workspace.expression is None
    assert "empty" in view.set_note.call_args_list[-2].args[0]
    assert not heard


@pytest.mark.usefixtures("qapp")
def test_without_a_scene_it_says_what_to_do_first(until: Until) -> None:
    _, view, _ = asked(until, None, "the chair")
    assert "Open a scene first" in view.set_note.call_args.args[0]


@pytest.mark.usefixtures("qapp")
def test_a_fault_on_the_way_frees_the_bar_and_is_told(scene: Scene, until: Until) -> None:
    async def fail(*_: object) -> Answers:
        raise BrokenFileError("weights", "cut short")

    workspace, view, heard = asked(until, scene, "the chair", fail)
    assert view.set_busy.call_args.args == (False,)
    assert "cut short" in heard[0].text
    assert not workspace.answers


def test_candidates_come_with_iou_once_the_target_is_known(scene: Scene) -> None:
    view, workspace = MagicMock(), Workspace()
    presenter = AnswerPresenter(view, workspace)
    workspace.set_scene(scene)
    expression = Expression(scene.scene_id, "the chair", target_id=CHAIR)
    workspace.set_expression(expression)
    workspace.set_answers({"m": answers_to(scene, expression, fused=CHAIR, two=OTHER_CHAIR)})
    said, groups = view.show_answer.call_args.args
    assert said == "Right; 2D alone chooses office chair 5."
    assert [(row.name, row.iou, row.is_target) for row in groups[0].rows] == [
        ("office chair 1", pytest.approx(1.0), True),
        ("office chair 5", pytest.approx(0.0), False),
    ]
    assert [(group.layer, bool(group.note)) for group in groups] == [
        ("fused", False),
        ("2d", False),
        ("3d", True),
    ]
    presenter.on_candidate_chosen("2d", 1)
    assert workspace.selection == CandidateRef("2d", 1)
    assert view.set_current.call_args.args == ("2d", 1)


def test_the_mixer_moves_a_box_of_its_own_until_it_rests_on_fused(
    scene: Scene, until: Until
) -> None:
    view, workspace = MagicMock(), Workspace()
    expression = Expression(scene.scene_id, "the chair", target_id=CHAIR)
    at_ends = answers_to(scene, expression, fused=CHAIR).groundings["fused"]
    between = answers_to(scene, expression, fused=OTHER_CHAIR).groundings["fused"]

    async def fetch(_: Scene, text: str, shares: Sequence[float]) -> tuple[Grounding, ...]:
        assert text == "the chair"
        return tuple(between if 0 < share < 1 else at_ends for share in shares)

    async def scenario() -> None:
        presenter = MixerPresenter(view, workspace, TaskBoard(), fetch=fetch)
        workspace.set_scene(scene)
        workspace.set_expression(expression)
        workspace.set_answers({"m": answers_to(scene, expression, fused=CHAIR)})
        await until(lambda: not presenter.is_busy)
        assert "mix" not in layer_boxes(workspace)
        presenter.on_slid(7)
        shown = view.show_mix.call_args.args[0]
        assert shown.share == pytest.approx(0.35)
        assert shown.text == "office chair 5 · p 0.90 · IoU 0.00"
        assert layer_boxes(workspace)["mix"] == (between.best.box,)
        assert "mix 0.35   office chair 5" in [text for *_, text in labels(workspace)]
        workspace.set_answers({})
        assert view.show_mix.call_args.args[0].num_places == 0
        assert "mix" not in layer_boxes(workspace)

    asyncio.run(scenario())


def test_a_model_that_cannot_mix_is_said_so(scene: Scene, until: Until) -> None:
    view, workspace = MagicMock(), Workspace()

    async def fetch(*_: object) -> None:
        return None

    async def scenario() -> None:
        presenter = MixerPresenter(view, workspace, TaskBoard(), fetch=fetch)
        workspace.set_scene(scene)
        expression = Expression(scene.scene_id, "the chair")
        workspace.set_answers({"m": answers_to(scene, expression, two=CHAIR)})
        await until(lambda: not presenter.is_busy)

    asyncio.run(scenario())
    assert "cannot fade" in view.show_mix.call_args.args[0].text


def test_switches_and_workspace_stay_in_step() -> None:
    view, workspace = MagicMock(), Workspace()
    presenter = LayersPresenter(view, workspace)
    presenter.on_toggled("2d", False)
    assert workspace.visible == set(LAYERS) - {"2d"}
    view.set_checked.assert_any_call("show.2d", False)
    presenter.show_all()
    assert "2d" in workspace.visible


@pytest.mark.parametrize(("is_light", "expected"), [(True, LIGHT), (False, DARK)])
def test_the_look_follows_the_system_until_one_is_chosen(
    tmp_path: Path, is_light: bool, expected: Theme
) -> None:
    applied: list[Theme] = []
    switches, settings = MagicMock(), SettingsStore(tmp_path / "settings.json")
    presenter = AppearancePresenter(
        switches, settings, apply=applied.append, is_system_light=lambda: is_light
    )
    assert applied == [expected]
    switches.set_checked.assert_any_call("theme.system", True)
    presenter.choose("light")
    presenter.on_system_changed()
    assert applied[1:] == [LIGHT]
    assert SettingsStore(tmp_path / "settings.json").value.theme == "light"
