"""Boxes that the user draws: added, changed, deleted, taken back, and sent to the model."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtGui import QUndoStack

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.turned_box import TurnedBox
from whatwhere.scenes.proposals import Proposal, UserBoxes
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.drawn_change import DrawnChange
from whatwhere_app.presenters.standing_box import Vector, box_over, floor_m, standing_box
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Drawn, UserBox, UserBoxRef

_SKETCH_HEIGHT_M = 0.02

TakeElsewhere = Callable[[str, Drawn], None]
"""Gets what a change is called, and what is drawn after it."""


class UserBoxesView(Protocol):
    """What is drawn over the scan."""

    def show_drawn(
        self, boxes: Sequence[tuple[int, str, TurnedBox]], *, selected: int | None
    ) -> None:
        """Replace the boxes."""

    def show_sketch(self, box: TurnedBox | None) -> None:
        """The box that is being drawn."""

    def show_fields(self, name: str, box: TurnedBox | None) -> None:
        """Numbers of the selected box."""


class Pencil(Protocol):
    """The mouse as a tool."""

    def begin(self, *, floor_m: float) -> None:
        """Let the next left drag draw."""

    def end(self) -> None:
        """Give the mouse back."""


class Kept(Protocol):
    """What was drawn in which scene."""

    @property
    def fault(self) -> str | None:
        """Why it could not be read or saved."""

    def of(self, scene: Path) -> Drawn:
        """What was drawn there."""

    def last_number(self, scene: Path) -> int:
        """The highest number ever given there."""

    def keep(self, scene: Path, drawn: Drawn, last_number: int) -> None:
        """Remember it."""


class UserBoxesPresenter:
    """Keeps what was drawn; every change is one command that can be taken back.

    What was drawn in a scene is there again when the scene is opened again.

    Args:
        kept: remembers it, from one start to the next.
    """

    def __init__(
        self,
        view: UserBoxesView,
        pencil: Pencil,
        workspace: Workspace,
        board: TaskBoard,
        stack: QUndoStack,
        *,
        kept: Kept,
    ) -> None:
        self._view, self._pencil = view, pencil
        self._workspace, self._board = workspace, board
        self._stack = stack
        self._last_number = 0
        self._kept = kept
        self._num_standing = 0
        self._take_elsewhere: TakeElsewhere | None = None
        if kept.fault is not None:
            board.notice(kept.fault, level="warning")
        workspace.drawn_changed.connect(self._show)
        workspace.selection_changed.connect(self._show)
        workspace.scene_changed.connect(self._on_scene_changed)

    def divert(self, take: "TakeElsewhere | None") -> None:
        """Hand every change to `take` from now on; None keeps them here, as the scene's own."""
        self._take_elsewhere = take
        if take is None:
            self._on_scene_changed()

    def begin(self) -> None:
        """Let the next drag in the 3D view draw."""
        scene = self._workspace.scene
        if scene is None:
            self._board.notice("Open a scene first, then draw boxes in it.", level="warning")
            return
        self._pencil.begin(floor_m=floor_m(scene.mesh))

    def cancel(self) -> None:
        """Draw nothing after all."""
        self._pencil.end()
        self._view.show_sketch(None)

    def on_footprint_changed(self, start: Vector, end: Vector) -> None:
        """The drag goes on."""
        self._view.show_sketch(TurnedBox.of(box_over(start, end, _SKETCH_HEIGHT_M)))

    def on_footprint_drawn(self, start: Vector, end: Vector) -> None:
        """The drag has ended: the box takes its height from what stands there."""
        scene = self._workspace.scene
        self.cancel()
        if scene is not None:
            self._board.spawn(self._stand(scene, start, end))

    @property
    def is_busy(self) -> bool:
        """Whether a box is still to come: its height is being looked for."""
        return self._num_standing > 0

    async def _stand(self, scene: Scene, start: Vector, end: Vector) -> None:
        """Add the box, unless another scene has come meanwhile."""
        self._num_standing += 1
        try:
            box = await asyncio.to_thread(standing_box, scene.mesh, start, end)
        finally:
            self._num_standing -= 1
        if scene is self._workspace.scene:
            self._add(box)

    def _add(self, box: Box) -> None:
        self._last_number += 1
        added = UserBox(self._last_number, box)
        drawn = self._workspace.drawn
        self._push(f"box {added.name}", replace(drawn, boxes=(*drawn.boxes, added)))
        self._workspace.set_selection(UserBoxRef(added.number))

    def on_box_clicked(self, number: int) -> None:
        """One of them was clicked."""
        self._workspace.set_selection(UserBoxRef(number))

    def on_edited(self, box: TurnedBox) -> None:
        """The selected one was moved, turned or made of another size."""
        chosen = self._selected()
        if chosen is None or chosen.turned == box:
            return
        drawn = self._workspace.drawn
        boxes = tuple(b.placed(box) if b is chosen else b for b in drawn.boxes)
        self._push(f"change of {chosen.name}", replace(drawn, boxes=boxes), merges=chosen.number)

    def turn(self, angle_deg: float) -> None:
        """Turn the selected one about its vertical axis, counter-clockwise seen from above."""
        chosen = self._selected()
        if chosen is None:
            self._board.notice("Select a box that you drew, then turn it.", level="warning")
            return
        self.on_edited(chosen.turned.turned_by(math.radians(angle_deg)))

    def on_renamed(self, label: str) -> None:
        """The selected one is called otherwise; an empty name is its number again."""
        chosen, drawn = self._selected(), self._workspace.drawn
        label = " ".join(label.split())
        if chosen is None or label == chosen.name:
            return
        renamed = replace(chosen, label="" if label == f"R{chosen.number}" else label)
        boxes = tuple(renamed if box is chosen else box for box in drawn.boxes)
        self._push(f"name of {chosen.name}", replace(drawn, boxes=boxes))

    def delete(self) -> None:
        """Remove the selected one."""
        chosen, drawn = self._selected(), self._workspace.drawn
        if chosen is None:
            self._board.notice("Select a box that you drew, then delete it.", level="warning")
            return
        self._workspace.set_selection(None)
        left = tuple(box for box in drawn.boxes if box is not chosen)
        self._push(f"deletion of {chosen.name}", replace(drawn, boxes=left))

    def set_alone(self, are_alone: bool) -> None:
        """Whether the model chooses among them only."""
        if are_alone and not self._workspace.drawn.boxes:
            self._board.notice(
                "There is no box of yours yet. Until there is (Ask → Draw a box), all candidates "
                "are asked.",
                level="warning",
            )
        self._put(replace(self._workspace.drawn, are_alone=are_alone))

    def _push(self, text: str, after: Drawn, *, merges: int | None = None) -> None:
        if self._take_elsewhere is not None:
            self._take_elsewhere(text, after)
            return
        self._stack.push(DrawnChange(text, self._workspace, after, put=self._put, merges=merges))

    def _put(self, drawn: Drawn) -> None:
        """What is drawn now, and again when this scene is opened again."""
        scene = self._workspace.scene
        self._workspace.set_drawn(drawn)
        if scene is not None:
            self._kept.keep(scene.path, drawn, self._last_number)
            if self._kept.fault is not None:
                self._board.notice(self._kept.fault, level="warning")

    def _selected(self) -> UserBox | None:
        selection = self._workspace.selection
        if not isinstance(selection, UserBoxRef):
            return None
        boxes = self._workspace.drawn.boxes
        return next((box for box in boxes if box.number == selection.number), None)

    def _on_scene_changed(self) -> None:
        scene = self._workspace.scene
        drawn = Drawn() if scene is None else self._kept.of(scene.path)
        self._last_number = 0 if scene is None else self._kept.last_number(scene.path)
        self.cancel()
        if self._take_elsewhere is None:
            self._workspace.set_drawn(drawn)

    def _show(self) -> None:
        chosen = self._selected()
        if chosen is None and isinstance(self._workspace.selection, UserBoxRef):
            self._workspace.set_selection(None)  # it was taken back; this comes here again
            return
        shown = [(box.number, box.name, box.turned) for box in self._workspace.drawn.boxes]
        self._view.show_drawn(shown, selected=None if chosen is None else chosen.number)
        if chosen is None:
            self._view.show_fields("", None)
        else:
            self._view.show_fields(chosen.name, chosen.turned)


def user_boxes_of(workspace: Workspace) -> UserBoxes | None:
    """What the user drew, or had found, as the model takes it; None where there is nothing.

    What was found in the geometry stands in place of the annotation.
    """
    drawn, found = workspace.drawn, workspace.found
    if found is not None and drawn.are_alone and drawn.boxes:
        found = None
    if not drawn.boxes and found is None:
        return None
    boxes = () if found is None else found.boxes
    proposals = [Proposal(index, box, "geometric") for index, box in enumerate(boxes)]
    proposals += [
        Proposal(len(boxes) + index, item.box, "user", label=item.name)
        for index, item in enumerate(drawn.boxes)
    ]
    return UserBoxes(tuple(proposals), are_alone=drawn.are_alone or found is not None)
