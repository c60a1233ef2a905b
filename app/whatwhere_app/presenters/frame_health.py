"""Every frame of the scene, usable or not, with what is wrong with it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from whatwhere.errors import WhatWhereError
from whatwhere.scenes.health import FrameHealth, health_of
from whatwhere.scenes.scene import FrameHeader, Scene
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import HealthRow
from whatwhere_app.workspace import Workspace


class FrameHealthView(Protocol):
    """The list of frames."""

    def open_with(self, title: str, rows: Sequence[HealthRow]) -> None:
        """Come up with these rows."""

    def set_row(self, row: HealthRow) -> None:
        """Replace the row of the same frame."""

    def clear(self) -> None:
        """Hold no rows; whether the list is on the screen stays as it is."""

    def show_summary(self, text: str) -> None:
        """How many frames are checked, and how many have a fault."""


class FrameHealthPresenter:
    """Lists the frames at once, then reads one after the other and says what it finds."""

    def __init__(self, view: FrameHealthView, workspace: Workspace, board: TaskBoard) -> None:
        self._view = view
        self._workspace = workspace
        self._board = board
        self._checking = LatestOnly(board)
        workspace.scene_changed.connect(self._on_scene_changed)

    @property
    def is_busy(self) -> bool:
        """Whether frames are still being checked."""
        return self._checking.is_running

    def open(self) -> None:
        """Show the list, and begin to check."""
        scene = self._workspace.scene
        if scene is None or not scene.headers:
            self._view.open_with("", ())
            self._view.show_summary(
                "Open a scene to see its frames."
                if scene is None
                else f"{scene.scene_id} has no frames (color, depth and pose folders)."
            )
            return
        self._view.open_with(scene.scene_id, [row_of(header) for header in scene.headers])
        self._checking.run(self._check(scene), lambda _: None)

    def on_frame_chosen(self, name: str) -> None:
        """A row was chosen: look at its frame, if it can be looked at."""
        scene = self._workspace.scene
        if scene is not None and any(header.name == name for header in scene.frames):
            self._workspace.set_frame(name)

    def on_closed(self) -> None:
        """Nobody reads the list any more."""
        self._checking.cancel()

    def _on_scene_changed(self) -> None:
        self._checking.cancel()
        self._view.clear()  # frames of every scene are called 0, 1, 2
        self._view.show_summary("The scene has changed. Open the list again.")

    async def _check(self, scene: Scene) -> None:
        headers = scene.frames
        rows = {header.name: row_of(header) for header in scene.headers}
        with self._board.job("Checking frames", cancel=self._checking.cancel) as progress:
            for done, header in enumerate(headers, start=1):
                try:
                    health = await asyncio.to_thread(health_of, scene, header)
                except WhatWhereError as error:  # the mesh is broken: the frames may be sound
                    self._view.show_summary(str(error))
                    return
                rows[header.name] = row_of(header, health)
                self._view.set_row(rows[header.name])
                progress(done, len(headers), f"frame {done} of {len(headers)}")
                self._view.show_summary(_summary(list(rows.values()), done, len(headers)))


def row_of(header: FrameHeader, health: FrameHealth | None = None) -> HealthRow:
    """One frame, before or after its pixels were read."""
    if header.fault is not None:
        return HealthRow(header.name, "left out", _sentence(header.fault))
    if health is None:
        return HealthRow(header.name, "usable")
    if health.fault is not None:
        return HealthRow(header.name, "left out", f"It cannot be read ({health.fault}).")
    faults = health.faults
    return HealthRow(
        header.name,
        "faulty" if faults else "usable",
        " ".join(faults),
        health.measured_share,
        health.depth_error_m,
    )


def _summary(rows: Sequence[HealthRow], done: int, total: int) -> str:
    left_out = sum(row.state == "left out" for row in rows)
    faulty = sum(row.state == "faulty" for row in rows)
    checked = f"{done} of {total} frames checked" if done < total else f"{total} frames checked"
    return f"{checked}: {left_out} of {len(rows)} left out, {faulty} faulty."


def _sentence(fault: str) -> str:
    return f"{fault[0].upper()}{fault[1:].rstrip('.')}."
