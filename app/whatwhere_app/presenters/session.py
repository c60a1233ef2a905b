"""What the window was like when it was last used, so that it comes back like that."""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError
from PySide6.QtCore import QObject

from whatwhere_app.render.camera import CameraPose
from whatwhere_app.render.figure_record import CameraRecord
from whatwhere_app.stored import put_aside
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.throttle import Throttle
from whatwhere_app.theme import Layer
from whatwhere_app.workspace import Workspace

_SAVE_MS = 1000


class Layout(BaseModel):
    """Size and place of the window and its panels.

    Attributes:
        version: of the set of panels; Qt refuses another one's.
        geometry: base64 of what Qt says of the window.
        panels: base64 of what Qt says of the panels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    geometry: str
    panels: str


class Session(BaseModel):
    """One file between two starts.

    Attributes:
        schema_version: of this file.
        scene: path of the scene that was open, or None.
        camera: where the eye was, or None without a scene.
        layers: the visible ones.
        layout: of the window, or None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    scene: str | None = None
    camera: CameraRecord | None = None
    layers: tuple[Layer, ...] | None = None
    layout: Layout | None = None


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
        path: the file.
        opened: path of the open scene, or None.
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
    ) -> None:
        self._path = path
        self._window = window
        self._eye = eye
        self._workspace = workspace
        self._board = board
        self._opened = opened
        self._has_told = False

    def keep(self, parent: QObject) -> Throttle:
        """Write down what changes from now on; whatever moves the camera calls what comes back."""
        save = Throttle(self.save, delay_ms=_SAVE_MS, parent=parent)
        self._workspace.scene_changed.connect(save)
        self._workspace.visible_changed.connect(save)
        return save

    def lay_out(self) -> None:
        """Give the window its last layout; one that does not fit leaves the usual one."""
        layout = self._last.layout
        if layout is None:
            return
        geometry, panels = base64.b64decode(layout.geometry), base64.b64decode(layout.panels)
        is_known = layout.version == self._window.layout_version
        if not is_known or not self._window.lay_out(geometry, panels):
            self._board.notice(
                f"{self._path}: the layout is of another version or broken. "
                "The usual layout is used.",
                level="warning",
            )

    def last_scene(self) -> Path | None:
        """The scene to open first; a sentence when it has gone."""
        if self._last.scene is None:
            return None
        path = Path(self._last.scene)
        if path.exists():
            return path
        self._board.notice(
            f"{path}: the scene of last time is no longer there. Open another from the list.",
            level="warning",
        )
        return None

    def look_as_before(self) -> None:
        """Camera and layers of last time, once the scene of last time is open again."""
        if self._last.scene is None or self._opened() != Path(self._last.scene):
            return
        if self._last.layers is not None:
            self._workspace.set_visible(frozenset(self._last.layers))
        if self._last.camera is not None:
            self._eye.look(self._last.camera.pose(), animated=False)

    def save(self) -> None:
        """Write the present session down; what cannot be written is no reason to stop."""
        opened = self._opened()
        geometry, panels = self._window.layout_bytes()
        session = Session(
            scene=None if opened is None else str(opened),
            camera=None if opened is None else CameraRecord.of(self._eye.pose),
            layers=tuple(sorted(self._workspace.visible)),
            layout=Layout(
                version=self._window.layout_version,
                geometry=base64.b64encode(geometry).decode(),
                panels=base64.b64encode(panels).decode(),
            ),
        )
        temporary = self._path.with_suffix(".tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(session.model_dump_json(indent=1) + "\n", encoding="utf-8")
            temporary.replace(self._path)
        except OSError as error:
            if not self._has_told:
                self._board.notice(f"{self._path}: the session could not be saved ({error}).")
            self._has_told = True

    @cached_property
    def _last(self) -> Session:
        """Read when it is first asked for: who restores nothing reads nothing."""
        if not self._path.is_file():
            return Session()
        try:
            session = Session.model_validate(json.loads(self._path.read_bytes()))
            for part in (session.layout.geometry, session.layout.panels) if session.layout else ():
                base64.b64decode(part, validate=True)
        except (OSError, ValueError, RecursionError) as error:
            reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            self._board.notice(
                f"{self._path}: the last session could not be read ({reason}). "
                f"It starts afresh; the file is kept as {self._path.name}.bak.",
                level="warning",
            )
            with suppress(OSError):  # then the next save says so
                put_aside(self._path)
            return Session()
        return session
