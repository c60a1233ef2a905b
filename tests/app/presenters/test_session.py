"""What comes back at the next start, and what rubbish in any file does not stop."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Candidate, Grounding
from whatwhere.models.load_settings import LoadSettings
from whatwhere.scenes.opening import open_scene
from whatwhere_app.presenters.session import SessionPresenter
from whatwhere_app.render.camera import CameraPose
from whatwhere_app.settings import Settings, SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, CandidateRef, ModelsInUse, Replies

POSE = CameraPose((1.0, 2.0, 3.0), (0.0, 0.5, 0.0), (0.0, 0.0, 1.0), 35.0)
RUBBISH = (
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"[]",
    b"null",
    b'{"schema_version": 99}',
    b'{"schema_version": []}',
    b'{"no such name": 1}',
    b'{"camera": {"position": [NaN, 0, 0]}}',
    b"[" * 100_000,
)


class Desk:
    """A window, an eye and a scene to remember, and the sentences that were said."""

    def __init__(
        self, folder: Path, opened: Path | None = None, usual_model: str = "default"
    ) -> None:
        self.path = folder / "session.json"
        self.window = MagicMock(layout_version=1)
        self.window.layout_bytes.return_value = (b"geometry", b"panels")
        self.window.lay_out.return_value = True
        self.eye = SimpleNamespace(pose=POSE, look=MagicMock())
        self.workspace, self.board = Workspace(), TaskBoard()
        self.said: list[str] = []
        self.board.noticed.connect(lambda notice: self.said.append(notice.text))
        self.opened = opened
        self.taken: list[tuple[str, bool, bool | None]] = []
        self.session = SessionPresenter(
            self.path,
            self.window,
            self.eye,
            self.workspace,
            self.board,
            opened=lambda: self.opened,
            take_up=lambda *taken: self.taken.append(taken),
            usual_model=usual_model,
        )


def test_scene_camera_layers_and_layout_come_back(tmp_path: Path) -> None:
    before = Desk(tmp_path, opened=tmp_path)
    before.workspace.set_visible(frozenset({"gt", "3d"}))
    before.session.save()
    after = Desk(tmp_path, opened=tmp_path)
    after.session.lay_out()
    assert after.window.lay_out.call_args.args == (b"geometry", b"panels")
    assert after.session.last_scene() == tmp_path
    after.session.look_as_before()
    assert after.workspace.visible == {"gt", "3d"}
    assert after.eye.look.call_args.args == (POSE,)
    assert after.said == []


@pytest.mark.parametrize(("usual", "comes_back"), [("default", True), ("mine", False)])
def test_both_models_come_back_unless_the_settings_name_another_since(
    tmp_path: Path, usual: str, comes_back: bool
) -> None:
    models = ModelsInUse(
        "cheating", "/models/big", second_settings=LoadSettings(max_frames=16, image_size=(64, 32))
    )
    before = Desk(tmp_path, opened=tmp_path)
    before.workspace.set_models(models)
    before.session.save()
    after = Desk(tmp_path, usual_model=usual)
    assert after.session.last_models() == (models if comes_back else None)
    assert after.said == []


def test_sentence_and_selected_candidate_come_back_once_they_are_answered(
    tmp_path: Path, write_scan: Callable[..., Path]
) -> None:
    scene = open_scene(write_scan(tmp_path / "scans"))
    expression = Expression.typed(scene.scene_id, "the chair")
    box = Box((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    candidates = tuple(Candidate(box, score, n) for n, score in enumerate((-0.1, -3.0)))
    grounding = Grounding("2d", candidates)
    answers = {"default": Answers(expression, {"2d": grounding})}
    before = Desk(tmp_path, opened=tmp_path)
    before.workspace.set_scene(scene)
    before.workspace.set_expression(expression)
    before.workspace.set_answers(answers)
    before.workspace.set_selection(CandidateRef("2d", 1))
    before.workspace.set_frame("100")
    before.session.save()
    after = Desk(tmp_path, opened=tmp_path)
    after.workspace.set_scene(scene)
    after.session.last_scene()
    after.session.look_as_before()
    assert after.taken == [("the chair", True, False)]
    assert after.workspace.selection is None
    after.workspace.set_answers(answers)
    assert after.workspace.selection == CandidateRef("2d", 1)
    assert after.workspace.frame == "100"
    after.workspace.set_selection(None)
    after.workspace.set_answers({})
    after.workspace.set_answers(answers)
    assert after.workspace.selection is None


@pytest.mark.parametrize("asked", ["the table", "the chair"])
def test_the_candidate_of_last_time_is_not_chosen_among_other_answers(
    asked: str, tmp_path: Path, write_scan: Callable[..., Path]
) -> None:
    scene = open_scene(write_scan(tmp_path / "scans"))
    box = Box((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    grounding = Grounding("2d", tuple(Candidate(box, -score, score) for score in range(2)))

    def answers(text: str) -> dict[str, Answers]:
        return {"default": Answers(Expression.typed(scene.scene_id, text), {"2d": grounding})}

    before = Desk(tmp_path, opened=tmp_path)
    before.workspace.set_scene(scene)
    before.workspace.set_expression(Expression.typed(scene.scene_id, "the chair"))
    before.workspace.set_answers(answers("the chair"))
    before.workspace.set_selection(CandidateRef("2d", 1))
    before.session.save()
    after = Desk(tmp_path, opened=tmp_path)
    after.workspace.set_scene(scene)
    after.session.last_scene()
    after.session.look_as_before()
    if asked == "the chair":  # of another scene, that was opened before the answer came
        after.opened = tmp_path / "elsewhere"
    after.workspace.set_answers(answers(asked))
    assert after.workspace.selection is None


def test_a_question_that_was_answered_in_words_comes_back_as_one(
    tmp_path: Path, write_scan: Callable[..., Path]
) -> None:
    scene = open_scene(write_scan(tmp_path / "scans"))
    typed = Expression.typed(scene.scene_id, "name the colour of the chair")
    before = Desk(tmp_path, opened=tmp_path)
    before.workspace.set_scene(scene)
    before.workspace.set_expression(typed)
    before.workspace.set_replies({"default": Replies(typed, {})})
    before.session.save()
    after = Desk(tmp_path, opened=tmp_path)
    after.workspace.set_scene(scene)
    after.session.last_scene()
    after.session.look_as_before()
    assert after.taken == [(typed.text, True, True)]


def test_who_leaves_before_the_scene_is_back_finds_it_next_time(tmp_path: Path) -> None:
    Desk(tmp_path, opened=tmp_path).session.save()
    hasty = Desk(tmp_path)
    hasty.session.begin()
    assert hasty.session.last_scene() == tmp_path
    hasty.session.keep(hasty.workspace)
    hasty.session.end()
    after = Desk(tmp_path)
    assert after.session.begin() == "clean"
    assert after.session.last_scene() == tmp_path


def test_only_a_session_that_was_not_ended_counts_as_crashed(tmp_path: Path) -> None:
    first = Desk(tmp_path, opened=tmp_path)
    assert first.session.begin() == "nothing"
    first.session.keep(first.workspace)
    first.session.save()
    second = Desk(tmp_path)
    assert second.session.begin() == "running"
    first.session.end()
    third = Desk(tmp_path)
    assert third.session.begin() == "clean"
    third.session.keep(third.workspace)
    third.session._lock.unlock()  # as the lock of a dead process gives way
    fourth = Desk(tmp_path, opened=tmp_path)
    assert fourth.session.begin() == "crashed"
    assert tmp_path.name in fourth.session.describe()


def test_a_session_that_is_coming_back_is_not_overwritten_by_half_of_it(tmp_path: Path) -> None:
    Desk(tmp_path, opened=tmp_path).session.save()
    whole = (tmp_path / "session.json").read_bytes()
    after = Desk(tmp_path)
    assert after.session.last_scene() == tmp_path
    after.session.save()
    assert (tmp_path / "session.json").read_bytes() == whole
    after.session.look_as_before()
    after.session.save()
    assert (tmp_path / "session.json").read_bytes() != whole


def test_a_session_of_the_first_version_still_opens_its_scene(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    path.write_text(json.dumps({"schema_version": 1, "scene": str(tmp_path), "layers": ["gt"]}))
    desk = Desk(tmp_path)
    assert desk.session.begin() == "clean"
    assert desk.session.last_scene() == tmp_path
    assert desk.said == []


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    desk = Desk(tmp_path / "file")
    desk.session.save()
    desk.session.save()
    assert len(desk.said) == 1
    assert "could not be saved" in desk.said[0]


def test_another_scene_keeps_its_own_camera(tmp_path: Path) -> None:
    Desk(tmp_path, opened=tmp_path).session.save()
    after = Desk(tmp_path, opened=tmp_path / "other")
    after.session.look_as_before()
    after.eye.look.assert_not_called()


def test_a_scene_that_has_gone_is_said(tmp_path: Path) -> None:
    Desk(tmp_path, opened=tmp_path / "gone").session.save()
    after = Desk(tmp_path)
    assert after.session.last_scene() is None
    assert "gone: the scene of last time is no longer there" in after.said[0]


@pytest.mark.parametrize("fault", ["another version", "refused"])
def test_a_layout_that_does_not_fit_leaves_the_usual_one_and_the_rest(
    fault: str, tmp_path: Path
) -> None:
    Desk(tmp_path, opened=tmp_path).session.save()
    after = Desk(tmp_path, opened=tmp_path)
    after.window.layout_version = 2 if fault == "another version" else 1
    after.window.lay_out.return_value = False
    after.session.lay_out()
    assert "The usual layout is used" in after.said[0]
    assert after.session.last_scene() == tmp_path


@pytest.mark.parametrize("content", RUBBISH)
def test_rubbish_in_the_session_is_kept_aside_and_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "session.json").write_bytes(content)
    said: list[str] = []
    board = TaskBoard()
    board.noticed.connect(lambda notice: said.append(notice.text))
    session = SessionPresenter(
        tmp_path / "session.json",
        MagicMock(layout_version=1),
        SimpleNamespace(pose=POSE, look=MagicMock()),
        Workspace(),
        board,
        opened=lambda: None,
        take_up=MagicMock(),
    )
    assert session.last_scene() is None
    assert "session.json" in said[0]
    assert (tmp_path / "session.json.bak").read_bytes() == content


@pytest.mark.parametrize("content", RUBBISH)
def test_rubbish_in_the_settings_is_kept_aside_at_the_first_change(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    store = SettingsStore(path)
    assert store.value == Settings()
    assert store.fault is not None
    store.change(Settings(theme="dark"))
    assert SettingsStore(path).value.theme == "dark"
    assert (tmp_path / "settings.json.bak").read_bytes() == content


def test_settings_of_the_first_version_are_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"schema_version": 1, "theme": "light", "recent_scenes": ["/a"]}))
    store = SettingsStore(path)
    assert store.fault is None
    assert store.value == Settings(theme="light", recent_scenes=("/a",))
    assert store.value.schema_version == 5


@pytest.mark.usefixtures("qapp")
def test_changes_are_written_down_as_they_come(tmp_path: Path) -> None:
    desk = Desk(tmp_path, opened=tmp_path)

    async def scenario() -> None:
        desk.session.keep(desk.workspace)
        desk.workspace.set_visible(frozenset({"gt"}))

    asyncio.run(scenario())
    assert json.loads(desk.path.read_text())["layers"] == ["gt"]
