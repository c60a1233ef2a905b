"""Boxes of the case in hand: drawn, pulled and deleted as any box is, but kept with the case."""

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.annotations.changes import Change
from whatwhere.annotations.edits import put_box, remove_box
from whatwhere.annotations.values import BoxOrigin, CaseBox, new_id, now
from whatwhere.geometry.boxes import Box, box_rows, iou
from whatwhere.geometry.turned_box import TurnedBox
from whatwhere.scenes.scene import Mesh, SceneObject
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.presenters.annotate_acts import AnnotateActs
from whatwhere_app.presenters.user_boxes import TakeElsewhere
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Drawn, UserBox, UserBoxRef


class SidesView(Protocol):
    """The three side views."""

    def show_points(
        self, points_N3: NDArray[np.float32], colors_N3: NDArray[np.uint8] | None
    ) -> None:
        """The vertices of the scan."""

    def show_box(self, box: TurnedBox | None, *, is_truth: bool = False) -> None:
        """The box that is looked at."""


class AnnotateBoxesPresenter:
    """Between the boxes of the workspace and those of the store.

    Args:
        divert: lets changes of the workspace's boxes come here, or go where they went before.
    """

    def __init__(
        self,
        view: SidesView,
        desk: AnnotateDesk,
        acts: AnnotateActs,
        workspace: Workspace,
        board: TaskBoard,
        *,
        divert: Callable[[TakeElsewhere | None], None],
    ) -> None:
        self._view, self._desk, self._acts = view, desk, acts
        self._workspace, self._board, self._divert = workspace, board, divert
        self._is_on = False
        self._ids: dict[int, str] = {}
        self._next = 1
        desk.said_changed.connect(self._mirror)
        desk.place_changed.connect(self._on_place_changed)
        workspace.scene_changed.connect(self._on_scene_changed)
        workspace.selection_changed.connect(self._show_side)
        workspace.drawn_changed.connect(self._show_side)

    def set_on(self, is_on: bool) -> None:
        """The layout is shown, or no more."""
        if is_on == self._is_on:
            return
        self._is_on = is_on
        self._divert(self._take if is_on else None)
        if is_on:
            self._on_scene_changed()
            self._mirror()

    def on_pulled(self, box: TurnedBox) -> None:
        """A grip was let go in a side view; the ground truth becomes a box of one's own."""
        self._place(box, "drawn")

    def snap(self) -> None:
        """Take the box of the annotated object that the selected box fits best."""
        chosen, scene = self._chosen(), self._workspace.scene
        if chosen is None or scene is None:
            self._board.notice("Draw or select a box first, then snap it.", level="warning")
            return
        known = [item for item in scene.objects if item.box is not None]
        boxes = [item.box for item in known if item.box is not None]
        overlaps = iou(box_rows([chosen.box]), box_rows(boxes))[0] if boxes else np.zeros(0)
        if not len(overlaps) or overlaps.max() == 0:
            self._board.notice(
                "No annotated object is where this box is, so there is nothing to snap to.",
                level="warning",
            )
            return
        best = known[int(overlaps.argmax())]
        self._place(_snapped(chosen.turned, best, scene.mesh), "instance", title="snap box")

    def turn(self, angle_deg: float) -> None:
        """Turn the box that is looked at; the ground truth becomes a box of one's own."""
        looked_at = self._looked_at()
        if looked_at is None:
            self._board.notice("Draw or select a box first, then turn it.", level="warning")
            return
        self._place(looked_at[0].turned_by(math.radians(angle_deg)), "drawn", title="turn box")

    def _place(self, box: TurnedBox, origin: BoxOrigin, *, title: str = "") -> None:
        chosen, drawn = self._chosen(), self._workspace.drawn
        if chosen is None:
            boxes = (*drawn.boxes, UserBox(self._next, box.unturned, yaw_rad=box.yaw_rad))
            self._next += 1
        else:
            boxes = tuple(
                one.placed(box) if one.number == chosen.number else one for one in drawn.boxes
            )
        self._change(Drawn(boxes, drawn.are_alone), origin, title)

    def _take(self, _: str, after: Drawn) -> None:
        """What is drawn is to be this."""
        self._change(after, "drawn", "")

    def _change(self, after: Drawn, origin: BoxOrigin, title: str) -> None:
        """The difference to what is drawn becomes changes of the case."""
        case = self._desk.case
        if case is None:
            self._board.notice(
                "No case is in hand. Choose cases in Diagnose first; then its boxes can be drawn.",
                level="warning",
            )
            return
        held = {box.number: box for box in self._workspace.drawn.boxes}
        wanted = {box.number: box for box in after.boxes}
        for number in held.keys() - wanted.keys():
            self._do(remove_box(self._desk.said, self._ids.pop(number), self._desk.annotator))
        for number, box in wanted.items():
            if held.get(number) == box:
                continue
            box_id = self._ids.setdefault(number, new_id())
            made = CaseBox(
                box_id, case.case_id, self._desk.annotator, "mended",
                box.unturned.center, box.unturned.size, box.yaw_rad, origin, now(),
            )  # fmt: skip
            named = title or _title(held.get(number), box)
            self._do(put_box(self._desk.said, made, title=named))

    def _do(self, change: Change) -> None:
        self._acts.do(change)

    def _mirror(self) -> None:
        """Draw what the store says."""
        if not self._is_on:
            return
        numbers = {box_id: number for number, box_id in self._ids.items()}
        boxes, ids = [], {}
        for box in self._desk.said.boxes:
            number = numbers.get(box.box_id)
            if number is None:
                number, self._next = self._next, self._next + 1
            ids[number] = box.box_id
            boxes.append(UserBox(number, Box(box.center, box.size), yaw_rad=box.yaw_rad))
        # A deleted box keeps its number: undoing brings it back under the same name.
        self._ids = {**{n: i for n, i in self._ids.items() if i not in ids.values()}, **ids}
        self._workspace.set_drawn(Drawn(tuple(boxes), self._workspace.drawn.are_alone))

    def _on_place_changed(self) -> None:
        self._ids, self._next = {}, 1
        self._mirror()
        self._show_side()

    def _on_scene_changed(self) -> None:
        scene = self._workspace.scene
        if self._is_on and scene is not None and scene.mesh is not None:
            self._view.show_points(scene.mesh.vertices, scene.mesh.colors)
            self._mirror()
            self._show_side()

    def _chosen(self) -> UserBox | None:
        """The selected box, else the last one."""
        boxes, selection = self._workspace.drawn.boxes, self._workspace.selection
        if isinstance(selection, UserBoxRef):
            return next((box for box in boxes if box.number == selection.number), None)
        return boxes[-1] if boxes else None

    def _show_side(self) -> None:
        if not self._is_on:
            return
        looked_at = self._looked_at()
        if looked_at is None:
            self._view.show_box(None)
        else:
            self._view.show_box(looked_at[0], is_truth=looked_at[1])

    def _looked_at(self) -> tuple[TurnedBox, bool] | None:
        """The selected box, else the ground truth; and whether it is the ground truth."""
        chosen, truth = self._chosen(), self._truth()
        if chosen is not None:
            return chosen.turned, False
        return None if truth is None else (TurnedBox.of(truth), True)

    def _truth(self) -> Box | None:
        scene, case = self._workspace.scene, self._desk.case
        if scene is None or case is None or case.target_id is None:
            return None
        target = scene.object_by_id(case.target_id)
        return None if target is None else target.box


def _snapped(box: TurnedBox, target: SceneObject, mesh: Mesh | None) -> TurnedBox:
    """The tightest box around an object at the angle of another; without one, its own box."""
    assert target.box is not None
    if not box.yaw_rad or mesh is None or not len(target.vertex_indices):
        return TurnedBox.of(target.box)
    return TurnedBox.around(mesh.vertices[target.vertex_indices], box.yaw_rad)


def _title(before: UserBox | None, after: UserBox) -> str:
    if before is None:
        return "draw box"
    return "change box" if before.yaw_rad == after.yaw_rad else "turn box"
