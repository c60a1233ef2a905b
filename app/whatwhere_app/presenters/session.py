"""What the window was like when it was last used, so that it comes back like that."""

import base64
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

from PySide6.QtCore import QLockFile, QObject

from whatwhere_app.presenters.session_record import (
    Chosen,
    Layout,
    ModelsRecord,
    Session,
    up_to_date,
)
from whatwhere_app.render.camera import CameraPose
from whatwhere_app.render.figure_record import CameraRecord
from whatwhere_app.stored import ASIDE, put_aside, read_value, write_value
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.throttle import Throttle
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import CandidateRef, ModelsInUse, ObjectRef

_SAVE_MS = 1000

Before = Literal["nothing", "clean", "crashed", "running"]
"""How the last session ended; "running" is another window's, which keeps the file."""


class LaidOut(Protocol):
    """The window."""

    layout_version: int

    def layout_bytes(self) -> tuple[bytes, bytes]:
        """Of the window, and of its panels."""

    def lay_out(self, geometry: bytes, panels: bytes) -> bool:
        """Take a layout; False leaves everything as it is."""


class Eye(Protocol):
    """The camera of the 3D view."""

    @property
    def pose(self) -> CameraPose:
        """Where it is."""

    def look(self, pose: CameraPose, *, animated: bool = True) -> None:
        """Go there."""


class SessionPresenter:
    """Brings the last session back, and writes the present one down as it goes.

    Args:
        path: the file; a lock lies beside it while the window runs.
        opened: path of the open scene, or None.
        take_up: puts a sentence into the query bar, and asks it if the second argument says so; in
            words or not if the third one knows.
        usual_model: the one of the settings.
    """

    def __init__(
        self,
        path: Path,
        window: LaidOut,
        eye: Eye,
        workspace: Workspace,
        board: TaskBoard,
        *,
        opened: Callable[[], Path | None],
        take_up: Callable[[str, bool, bool | None], None],
        usual_model: str = "default",
    ) -> None:
        self._path = path
        self._window = window
        self._eye = eye
        self._workspace = workspace
        self._board = board
        self._opened = opened
        self._take_up = take_up
        self._usual_model = usual_model
        self._lock = QLockFile(f"{path}.lock")
        self._lock.setStaleLockTime(0)  # a long session is no dead one; a dead process is noticed
        self._is_kept = False
        self._is_coming_back = False
        self._has_ended = False
        self._has_told = False

    def begin(self) -> Before:
        """Take the session over, unless another window has it."""
        with suppress(OSError):  # then saving says so
            self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._lock.tryLock(0) and self._lock.error() == QLockFile.LockError.LockFailedError:
            return "running"
        if self._last == Session():
            return "nothing"
        return "clean" if self._last.is_clean else "crashed"

    def describe(self) -> str:
        """What was open last, for a question about it."""
        scene, sentence = self._last.scene, self._last.sentence
        if scene is None:
            return "No scene was open."
        asked = f", with “{sentence}”" if sentence else ""
        return f"{Path(scene).name} was open{asked}."

    def keep(self, parent: QObject) -> Throttle:
        """Write down what changes from now on; whatever moves the camera calls what comes back."""
        self._is_kept = True
        self._write(self._last.model_copy(update={"is_clean": False}))
        save = Throttle(self.save, delay_ms=_SAVE_MS, parent=parent)
        workspace = self._workspace
        for signal in (
            workspace.scene_changed,
            workspace.expression_changed,
            workspace.answers_changed,
            workspace.selection_changed,
            workspace.frame_changed,
            workspace.visible_changed,
            workspace.arrangement_changed,
            workspace.models_changed,
        ):
            signal.connect(save)
        return save

    def end(self) -> None:
        """The user leaves: the next start needs to ask nothing."""
        if self._is_kept:
            # Who leaves before the last scene is back finds it again next time.
            left = self._last if self._is_coming_back else self._present()
            self._write(left.model_copy(update={"is_clean": True}))
        self._has_ended = True  # what the end itself changes, and a save that was put off
        self._lock.unlock()

    def lay_out(self) -> None:
        """Give the window its last layout; one that does not fit leaves the usual one."""
        self._lay_out_panels()
        # Afterwards: what was written down are the panels of the first arrangement.
        self._workspace.set_arrangement(self._last.arrangement)

    def _lay_out_panels(self) -> None:
        layout = self._last.layout
        if layout is None:
            return
        is_known = layout.version == self._window.layout_version
        try:
            geometry = base64.b64decode(layout.geometry, validate=True)
            panels = base64.b64decode(layout.panels, validate=True)
        except ValueError:
            is_known = False
        if not is_known or not self._window.lay_out(geometry, panels):
            self._board.notice(
                f"{self._path}: the layout is of another version or broken. "
                "The usual layout is used.",
                level="warning",
            )

    def last_models(self) -> ModelsInUse | None:
        """The models that were asked last; None where the settings name another one since."""
        record = self._last.models
        return None if record is None or record.usual != self._usual_model else record.models()

    def last_scene(self) -> Path | None:
        """The scene to open first; a sentence when it has gone."""
        if self._last.scene is None:
            return None
        path = Path(self._last.scene)
        if path.exists():
            self._is_coming_back = True
            return path
        self._board.notice(
            f"{path}: the scene of last time is no longer there. Open another from the list.",
            level="warning",
        )
        return None

    def look_as_before(self) -> None:
        """Layers, sentence, selection and camera, once the scene of last time is open again."""
        last, workspace = self._last, self._workspace
        self._is_coming_back = False
        if not self._is_last_scene:
            return
        if last.layers is not None:
            workspace.set_visible(frozenset(last.layers))
        if last.sentence is not None:
            self._take_up(last.sentence, last.is_asked, last.in_words)
        if last.selection is not None and last.selection.modality is not None:
            workspace.answers_changed.connect(self._on_answers_back)
        else:
            self._select_object(last.selection.object_id if last.selection else None)
        if last.camera is not None:
            self._eye.look(last.camera.pose(), animated=False)

    @property
    def _is_last_scene(self) -> bool:
        return self._last.scene is not None and self._opened() == Path(self._last.scene)

    def save(self) -> None:
        """Write the present session down; what cannot be written is no reason to stop."""
        # Half a session must not take the place of a whole one.
        if not (self._has_ended or self._is_coming_back):
            self._write(self._present())

    def _on_answers_back(self) -> None:
        """The sentence of last time is answered again: choose the candidate that was selected."""
        workspace, chosen = self._workspace, self._last.selection
        if not workspace.answers:
            return
        workspace.answers_changed.disconnect(self._on_answers_back)
        answers = next(iter(workspace.answers.values()))
        is_last = answers.expression.text == self._last.sentence and self._is_last_scene
        if chosen is None or chosen.modality is None or not is_last:
            return
        grounding = answers.groundings.get(chosen.modality)
        if grounding is not None and 0 <= chosen.rank < len(grounding.candidates):
            workspace.set_selection(CandidateRef(chosen.modality, chosen.rank))
        self._show_frame()

    def _select_object(self, object_id: int | None) -> None:
        scene = self._workspace.scene
        if scene is not None and object_id is not None and scene.object_by_id(object_id):
            self._workspace.set_selection(ObjectRef(object_id))
        self._show_frame()

    def _show_frame(self) -> None:
        """The frame of last time; after the selection, which looks for a frame of its own."""
        scene = self._workspace.scene
        if scene is not None and self._last.frame in [frame.name for frame in scene.frames]:
            self._workspace.set_frame(self._last.frame)

    def _present(self) -> Session:
        workspace = self._workspace
        opened, expression = self._opened(), workspace.expression
        geometry, panels = self._window.layout_bytes()
        return Session(
            is_clean=False,
            scene=None if opened is None else str(opened),
            sentence=None if expression is None else expression.text,
            is_asked=bool(workspace.answers or workspace.replies) or workspace.is_asking,
            in_words=self._in_words,
            selection=Chosen.of(self._workspace.selection),
            frame=self._workspace.frame,
            camera=None if opened is None else CameraRecord.of(self._eye.pose),
            layers=tuple(sorted(self._workspace.visible)),
            arrangement=self._workspace.arrangement,
            models=ModelsRecord.of(self._usual_model, workspace.models),
            layout=Layout(
                version=self._window.layout_version,
                geometry=base64.b64encode(geometry).decode(),
                panels=base64.b64encode(panels).decode(),
            ),
        )

    @property
    def _in_words(self) -> bool | None:
        """As the sentence in hand was answered; while it is being asked nobody knows yet."""
        if self._workspace.replies:
            return True
        return False if self._workspace.answers else None

    def _write(self, session: Session) -> None:
        try:
            write_value(session, self._path)
        except OSError as error:
            if not self._has_told:
                self._board.notice(f"{self._path}: the session could not be saved ({error}).")
            self._has_told = True

    @cached_property
    def _last(self) -> Session:
        """Read when it is first asked for: who restores nothing reads nothing."""
        session, reason = read_value(self._path, Session, up_to_date=up_to_date)
        if reason is not None:
            self._board.notice(
                f"{self._path}: the last session could not be read ({reason}). "
                f"It starts afresh; the file is kept as {self._path.name}{ASIDE}.",
                level="warning",
            )
            with suppress(OSError):  # then the next save says so
                put_aside(self._path)
        return session
