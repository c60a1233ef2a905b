"""How an own scan is read: tried while it is chosen, kept when it is accepted."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from whatwhere.errors import Cancelled, ConfigError, WhatWhereError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.import_choices import ImportChoices
from whatwhere.scenes.import_trial import ImportTrial
from whatwhere.scenes.scene import Mesh
from whatwhere_app.import_values import CheckLine, FieldNotes
from whatwhere_app.presenters.import_lines import check_lines, field_notes, offer_text
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.tasks.throttle import Throttle

_PROGRESS_S = 0.05
_PAUSE_MS = 300
"""Numbers are typed digit by digit."""

_STOPPED = "Reading was stopped. Change something to try again."

OnStep = Callable[[int, int, str], None]


class ImportView(Protocol):
    """The import panel."""

    def open_for(self, scene_id: str, path: str) -> None:
        """Come up for another scan."""

    def show_choices(self, choices: ImportChoices, notes: FieldNotes) -> None:
        """How it is read now."""

    def show_checks(self, lines: Sequence[CheckLine]) -> None:
        """What came of it."""

    def show_offer(self, text: str) -> None:
        """What would agree better."""

    def show_work(self, text: str, share: float | None) -> None:
        """What is being done."""

    def set_acceptable(self, is_acceptable: bool) -> None:
        """Whether it opens like that."""

    def close_quietly(self) -> None:
        """Go."""


class ImportMarks(Protocol):
    """Cameras and floor in the 3D view."""

    def show(
        self,
        mesh: Mesh | None,
        cameras: Sequence[tuple[Intrinsics, Matrix4]],
        floor_m: float | None,
    ) -> None:
        """Mark them."""

    def show_floor(self, floor_m: float | None) -> None:
        """Move the floor."""

    def erase(self) -> None:
        """Mark nothing."""


class Ahead(Protocol):
    """Who draws the mesh of a scan that is not open."""

    def prepare(self, trial: ImportTrial) -> Any:
        """What to draw of it, None where there is no mesh; called in a thread."""

    def show_ahead(self, ahead: Any, drawn: Callable[[], None]) -> None:
        """Draw it in place of the open scene."""

    def end_ahead(self) -> None:
        """Back to the open scene."""


class TryScan(Protocol):
    """Reads a scan in some way."""

    def __call__(
        self,
        path: Path,
        choices: ImportChoices,
        *,
        on_step: OnStep,
        is_cancelled: Callable[[], bool],
    ) -> ImportTrial:
        """Read it, or raise `Cancelled` soon after `is_cancelled` says so."""


@dataclass(frozen=True)
class ImportTools:
    """What touches files; called in threads.

    Attributes:
        decided: what was decided about the scan at a path before.
        attempt: reads it in some way.
        keep: remembers the choices about the scan in a folder.
    """

    decided: Callable[[Path], ImportChoices]
    attempt: TryScan
    keep: Callable[[Path, ImportChoices], Path]


class ImportPresenter:
    """Asks about one scan at a time.

    Args:
        ahead: draws its mesh in place of the open scene.
        open_scan: opens a scan as it was decided.
    """

    def __init__(
        self,
        view: ImportView,
        marks: ImportMarks,
        ahead: Ahead,
        board: TaskBoard,
        *,
        tools: ImportTools,
        open_scan: Callable[[Path], None],
    ) -> None:
        self._view, self._marks, self._ahead = view, marks, ahead
        self._board, self._tools, self._open_scan = board, tools, open_scan
        self._latest = LatestOnly(board)
        self._given_up = threading.Event()
        self._path: Path | None = None
        self._chosen = ImportChoices()
        self._trial: ImportTrial | None = None
        self._retry = Throttle(self._try, delay_ms=_PAUSE_MS, at_once=False)

    @property
    def is_busy(self) -> bool:
        """Whether a scan is being read, or about to be."""
        return self._latest.is_running

    @property
    def is_asking(self) -> bool:
        """Whether the panel is up."""
        return self._path is not None

    def ask(self, path: Path) -> None:
        """Show a scan as it would be read, and ask what cannot be known of it."""
        self.give_up()
        self._path, self._chosen, self._trial = path, ImportChoices(), None
        self._view.open_for(path.name, str(path))
        self._view.show_choices(ImportChoices(), FieldNotes())
        self._run(self._first(path))

    def on_edited(self, name: str, value: object) -> None:
        """The user chose something."""
        if self._path is None:
            return
        if name == "floor_m":
            assert isinstance(value, float)
            self._chosen = replace(self._chosen, floor_m=value)
            self._show()
            return
        change: dict[str, Any] = {name: value}
        self._given_up.set()
        self._latest.cancel()  # else what is tried now could be accepted in place of this
        self._view.show_work("", None)
        self._view.set_acceptable(False)
        try:
            self._chosen = replace(self._chosen, **change, floor_m=None)
        except ConfigError as error:
            self._retry.cancel()
            self._view.show_checks([CheckLine("bad", str(error))])
            return
        self._retry()

    def find_floor(self) -> None:
        """The floor is where the mesh says."""
        self._chosen = replace(self._chosen, floor_m=None)
        self._show()

    def take_offer(self) -> None:
        """Read poses as agrees better."""
        if self._trial is not None and self._trial.better is not None:
            better, _ = self._trial.better
            up = None if self._trial.is_up_guessed else self._chosen.up
            self._chosen = replace(
                self._chosen, pose=better.pose, axes=better.axes, up=up, floor_m=None
            )
            self._try()

    def accept(self) -> None:
        """Keep what is chosen, and open the scan like that."""
        path, trial = self._path, self._trial
        if path is None or trial is None or self._latest.is_running:
            return
        self._view.set_acceptable(False)
        self._latest.run(self._keep(trial, path), self._on_kept)

    def give_up(self) -> None:
        """Everything is as it was before."""
        if self._leave():
            self._ahead.end_ahead()

    def leave(self) -> None:
        """Another scene takes the 3D view."""
        self._leave()

    def _leave(self) -> bool:
        was_asking, self._path, self._trial = self._path is not None, None, None
        self._retry.cancel()
        self._given_up.set()
        if was_asking:
            self._latest.cancel()
            self._marks.erase()
            self._view.show_work("", None)
            self._view.close_quietly()
        return was_asking

    def _try(self) -> None:
        self._retry.cancel()  # what waits there is tried now
        if self._path is not None:
            self._run(self._attempt(self._path, self._chosen))

    def _run(self, work: Any) -> None:
        self._latest.run(work, self._on_tried, ended=lambda: self._view.show_work("", None))

    async def _first(self, path: Path) -> "ImportTrial | WhatWhereError":
        try:
            self._chosen = await asyncio.to_thread(self._tools.decided, path)
        except WhatWhereError as error:
            return error
        return await self._attempt(path, self._chosen)

    async def _attempt(self, path: Path, choices: ImportChoices) -> "ImportTrial | WhatWhereError":
        loop = asyncio.get_running_loop()
        self._given_up.set()
        given_up = self._given_up = threading.Event()
        with self._board.job(f"Reading {path.name} as chosen", cancel=given_up.set) as progress:
            told_s = 0.0

            def tell(done: int, total: int, what: str) -> None:
                progress(done, total, what)
                if not given_up.is_set():
                    share = done / total if total else None
                    self._view.show_work(f"{what[:1].upper()}{what[1:]}…", share)

            def on_step(done: int, total: int, what: str) -> None:
                nonlocal told_s
                if time.monotonic() - told_s > _PROGRESS_S:
                    told_s = time.monotonic()
                    loop.call_soon_threadsafe(tell, done, total, what)

            def work() -> tuple[ImportTrial, Any]:
                trial = self._tools.attempt(
                    path, choices, on_step=on_step, is_cancelled=given_up.is_set
                )
                return trial, self._ahead.prepare(trial)

            try:
                trial, prepared = await asyncio.to_thread(work)
            except asyncio.CancelledError:
                given_up.set()
                raise
            except WhatWhereError as error:
                return error
        if prepared is not None:
            self._ahead.show_ahead(prepared, lambda: None)
        return trial

    async def _keep(self, trial: ImportTrial, path: Path) -> "Path | OSError":
        try:
            await asyncio.to_thread(self._tools.keep, trial.folder, self._final(trial))
        except OSError as error:
            return error
        return path

    def _on_tried(self, found: "ImportTrial | WhatWhereError") -> None:
        if isinstance(found, WhatWhereError):
            said = _STOPPED if isinstance(found, Cancelled) else str(found)
            self._view.show_checks([CheckLine("bad", said)])
            self._view.show_offer("")
            return
        self._trial = found
        self._marks.show(found.mesh, found.cameras, self._floor_m)
        self._show()

    def _on_kept(self, kept: "Path | OSError") -> None:
        if isinstance(kept, OSError):
            self._view.show_checks([CheckLine("bad", f"What was chosen cannot be kept: {kept}.")])
            self._view.set_acceptable(True)
            return
        self._leave()
        self._open_scan(kept)

    @property
    def _floor_m(self) -> float | None:
        if self._chosen.floor_m is not None or self._trial is None:
            return self._chosen.floor_m
        return self._trial.choices.floor_m

    def _show(self) -> None:
        trial = self._trial
        if trial is None:
            return
        shown = replace(trial.choices, floor_m=self._floor_m)
        self._marks.show_floor(self._floor_m)
        self._view.show_choices(shown, field_notes(trial, self._chosen))
        self._view.show_checks(check_lines(trial, self._floor_m))
        self._view.show_offer(offer_text(trial))
        self._view.set_acceptable(bool(trial.cameras) or trial.mesh is not None)

    def _final(self, trial: ImportTrial) -> ImportChoices:
        """What is kept: what was shown, but cameras only where no file tells or somebody chose."""
        camera = self._chosen.camera
        if camera is None and trial.is_camera_assumed:
            camera = trial.choices.camera
        return replace(trial.choices, camera=camera, floor_m=self._floor_m)
