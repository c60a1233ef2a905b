"""All boxes that the model chooses among, on request: their number, and where they came from."""

from collections.abc import Sequence
from typing import Protocol

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.proposals import BoxSource, box_source_of
from whatwhere_app.presenters.shown import leading_answers
from whatwhere_app.presenters.user_boxes import user_boxes_of
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Drawn, Found

_SOURCES: dict[BoxSource, str] = {
    "annotation": "boxes from the annotation",
    "user": "your boxes only",
    "annotation+user": "boxes from the annotation, and yours",
    "geometric+user": "boxes from geometry, and yours",
    "mask3d": "boxes from Mask3D",
    "detections": "boxes from a detector",
    "geometric": "boxes from geometry",
    "model": "boxes of the model's own",
}
_DRAWING = "Drag across the floor around something. Esc cancels."
_ASK_AGAIN = "Ask again: the candidates have changed."


class CandidatesView(Protocol):
    """What is drawn over the scan."""

    def show_candidates(self, boxes: Sequence[Box]) -> None:
        """Replace the thin boxes."""

    def set_note(self, text: str) -> None:
        """Say something of them."""


class Switches(Protocol):
    """The checkable commands."""

    def set_checked(self, name: str, is_checked: bool) -> None:
        """Show the state of one switch without telling anybody."""


class CandidatesPresenter:
    """Shows the candidates of the last answer, or those of the next one where it is to come."""

    def __init__(self, view: CandidatesView, switches: Switches, workspace: Workspace) -> None:
        self._view = view
        self._switches = switches
        self._workspace = workspace
        self._is_drawing = False
        self._answers, self._asked = workspace.answers, self._own
        for signal in (
            workspace.shows_candidates_changed,
            workspace.drawn_changed,
            workspace.found_changed,
        ):
            signal.connect(self._show)
        workspace.answers_changed.connect(self._on_answers_changed)
        workspace.scene_changed.connect(self._show)

    def set_shown(self, is_shown: bool) -> None:
        """Draw all candidates, or only those that are answers."""
        self._workspace.set_shows_candidates(is_shown)

    def set_drawing(self, is_drawing: bool) -> None:
        """The mouse draws, or no longer."""
        self._is_drawing = is_drawing
        self._say(*self._candidates())

    @property
    def _own(self) -> tuple[Drawn, Found | None]:
        """What there is besides the annotation."""
        return self._workspace.drawn, self._workspace.found

    def _on_answers_changed(self) -> None:
        if self._workspace.answers is not self._answers:  # else only another model leads
            self._answers, self._asked = self._workspace.answers, self._own
        self._show()

    def _show(self) -> None:
        workspace = self._workspace
        self._switches.set_checked("show.candidates", workspace.shows_candidates)
        self._switches.set_checked("box.alone", workspace.drawn.are_alone)
        boxes, source = self._candidates()
        self._view.show_candidates(boxes if workspace.shows_candidates else ())
        self._say(boxes, source)

    def _say(self, boxes: Sequence[Box], source: BoxSource) -> None:
        workspace = self._workspace
        if self._is_drawing:
            text = _DRAWING
        elif workspace.answers and self._own != self._asked:
            text = _ASK_AGAIN
        elif workspace.scene is None or not (
            workspace.shows_candidates or workspace.drawn.boxes or workspace.found
        ):
            text = ""
        elif not boxes:
            text = (
                "No candidates: this scene has no annotated objects. Ask → Candidates from "
                "geometry finds some, Ask → Draw a box adds one."
            )
        else:
            noun = "candidate" if len(boxes) == 1 else "candidates"
            text = f"{len(boxes):,} {noun} · {_SOURCES[source]}{_recall(workspace.found)}"
        self._view.set_note(text)

    def _candidates(self) -> tuple[tuple[Box, ...], BoxSource]:
        """Of the last answer while it still holds, else of the next question."""
        workspace = self._workspace
        leading = leading_answers(workspace)
        if leading is not None and leading.groundings and self._own == self._asked:
            grounding = next(iter(leading.groundings.values()))
            return tuple(item.box for item in grounding.candidates), leading.box_source
        given = user_boxes_of(workspace)
        objects = () if workspace.scene is None else workspace.scene.objects
        are_alone = given is not None and given.are_alone
        own = () if are_alone else tuple(item.box for item in objects if item.box)
        if given is None:
            return own, "annotation"
        source = box_source_of(given.proposals)
        if own and source == "user":
            source = "annotation+user"
        return (*own, *(item.box for item in given.proposals)), source


def _recall(found: Found | None) -> str:
    """How much of the annotation the found boxes reach, where there is some."""
    if found is None or not found.num_objects:
        return ""
    quarter, half = found.num_reached
    count = found.num_objects
    return f" · recall@0.25 {quarter}/{count}, @0.5 {half}/{count}"
