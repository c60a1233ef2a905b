"""Candidates of every modality as rows, and the verdict over them."""

from collections.abc import Sequence
from math import exp
from typing import Literal, Protocol

from whatwhere.geometry.boxes import Box, box_iou
from whatwhere.models.grounder import Grounding
from whatwhere_app.presenters.shown import candidate_name, groundings_of, target_of
from whatwhere_app.presenters.verdict import verdict
from whatwhere_app.view_values import CandidateRow, ModalityRows
from whatwhere_app.workspace import CandidateRef, Workspace

TOP = 5
_LACKING = "This model has no such answer."
_LAYERS: tuple[Literal["fused", "2d", "3d"], ...] = ("fused", "2d", "3d")


class AnswerView(Protocol):
    """The answer panel."""

    def show_answer(self, verdict: str, modalities: Sequence[ModalityRows]) -> None:
        """Replace everything."""

    def set_current(self, layer: str | None, rank: int) -> None:
        """Mark one candidate."""


class AnswerPresenter:
    """Shows what was answered; a chosen row becomes the selection."""

    def __init__(self, view: AnswerView, workspace: Workspace) -> None:
        self._view = view
        self._workspace = workspace
        for signal in (
            workspace.answers_changed,
            workspace.visible_changed,
            workspace.expression_changed,
            workspace.scene_changed,
        ):
            signal.connect(self._show)
        workspace.selection_changed.connect(self._on_selection_changed)
        self._show()

    def on_candidate_chosen(self, layer: str, rank: int) -> None:
        """A row was clicked."""
        modality = next(m for m in groundings_of(self._workspace) if m == layer)
        self._workspace.set_selection(CandidateRef(modality, rank))

    def _show(self) -> None:
        groundings = groundings_of(self._workspace)
        target = target_of(self._workspace)
        box = None if target is None else target.box
        visible = self._workspace.visible
        shown = [
            ModalityRows(layer, _rows(groundings[layer], box), is_visible=layer in visible)
            if layer in groundings
            else ModalityRows(layer, (), is_visible=False, note=_LACKING)
            for layer in _LAYERS
            if groundings
        ]
        if shown:
            said = verdict(groundings, box, None if target is None else target.label)
        elif self._workspace.scene is None:
            said = "Answers appear here: what each modality chooses, and how sure it is."
        elif self._workspace.expression is None:
            said = "Choose an expression, or type one, to see what each modality answers."
        else:
            said = "Press Enter to ask."
        self._view.show_answer(said, shown)
        self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        selection = self._workspace.selection
        if isinstance(selection, CandidateRef):
            self._view.set_current(selection.modality, selection.rank)
        else:
            self._view.set_current(None, 0)


def _rows(grounding: Grounding, target: Box | None) -> tuple[CandidateRow, ...]:
    rows = []
    for rank, candidate in enumerate(grounding.candidates[:TOP]):
        iou = None if target is None else box_iou(candidate.box, target)
        rows.append(
            CandidateRow(
                rank=rank,
                name=candidate_name(candidate),
                probability=exp(candidate.score),
                log_probability=candidate.score,
                iou=iou,
                is_target=candidate.box == target,
            )
        )
    return tuple(rows)
