"""Candidates of every modality as rows, and the verdict over them."""

from collections.abc import Callable, Sequence
from math import exp
from typing import Protocol

from whatwhere.geometry.boxes import Box, box_iou
from whatwhere.models.grounder import Grounding
from whatwhere_app.presenters.replies import heads_of, rows_of, verdict_of
from whatwhere_app.presenters.shown import (
    MODALITY_LAYERS,
    candidate_name,
    groundings_of,
    is_user_box,
    leading_answers,
    model_tag,
    model_title,
    rival_answers,
    target_of,
)
from whatwhere_app.presenters.verdict import verdict
from whatwhere_app.view_values import CandidateRow, ModalityRows, SaidRow
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, CandidateRef

TOP = 5
TOP_OF_TWO = 3
"""Candidates of each modality, of one model and of each of two, where there is room for them."""
_LACKING = "This model gave no such answer."


class AnswerView(Protocol):
    """The answer panel."""

    def show_answer(self, verdict: str, modalities: Sequence[ModalityRows]) -> None:
        """Replace everything."""

    def show_replies(self, verdict: str, heads: Sequence[str], rows: Sequence[SaidRow]) -> None:
        """Replace everything by answers in words."""

    def set_current(self, layer: str | None, rank: int) -> None:
        """Mark one candidate."""


class AnswerPresenter:
    """Shows what was answered; a chosen row becomes the selection."""

    def __init__(self, view: AnswerView, workspace: Workspace) -> None:
        self._view = view
        self._workspace = workspace
        self._say_first: Callable[[], str] = str
        self._top_of_two = TOP_OF_TWO
        for signal in (
            workspace.answers_changed,
            workspace.replies_changed,
            workspace.visible_changed,
            workspace.expression_changed,
            workspace.asking_changed,
            workspace.scene_changed,
        ):
            signal.connect(self._show)
        workspace.selection_changed.connect(self._on_selection_changed)
        self._show()

    def say_first(self, headline: Callable[[], str]) -> None:
        """Put a sentence above the verdicts, whenever there is one to say."""
        self._say_first = headline

    def on_room_changed(self, num_lines: int) -> None:
        """So many lines stand in the panel: of two models as many candidates as leave B in sight.

        Args:
            num_lines: a modality's name takes one, each of its candidates another.
        """
        num_groups = 2 * len(MODALITY_LAYERS)
        top = min(max(num_lines // num_groups - 1, 1), TOP_OF_TWO)
        if top != self._top_of_two:
            self._top_of_two = top
            self._show()

    def on_candidate_chosen(self, layer: str, rank: int) -> None:
        """A row was clicked."""
        modality = next(m for m in groundings_of(self._workspace) if m == layer)
        self._workspace.set_selection(CandidateRef(modality, rank))

    def _show(self) -> None:
        replies = self._workspace.replies
        if replies:
            self._view.show_replies(verdict_of(replies), heads_of(replies), rows_of(replies))
            return
        target = target_of(self._workspace)
        box = None if target is None else target.box
        label = None if target is None else target.label
        shown = self._sections(box)
        if shown:
            verdicts = (
                self._whose(answers) + _verdict(answers, box, label) for answers in self._in_order()
            )
            said = "\n".join(filter(None, (self._say_first(), *verdicts)))
        elif self._workspace.is_asking:
            said = "Asking…"
        elif self._workspace.scene is None:
            said = "Answers appear here: what each modality chooses, and how sure it is."
        elif self._workspace.expression is None:
            said = "Choose an expression, or type one, to see what each modality answers."
        else:
            said = "Press Enter to ask."
        self._view.show_answer(said, shown)
        self._on_selection_changed()

    def _in_order(self) -> list[Answers]:
        """The model that leads, then the other."""
        both = (leading_answers(self._workspace), rival_answers(self._workspace))
        return [answers for answers in both if answers is not None]

    def _whose(self, answers: Answers) -> str:
        tag, known = model_tag(self._workspace, answers), self._workspace.answers.items()
        names = (model_title(name) for name, item in known if item is answers)
        return f"{tag}({next(names)}): " if tag else ""

    def _sections(self, target: Box | None) -> list[ModalityRows]:
        visible, models = self._workspace.visible, self._in_order()
        top = TOP if len(models) == 1 else self._top_of_two
        return [
            ModalityRows(
                layer,
                _rows(answers.groundings[layer], target, top) if has_it else (),
                is_visible=has_it and layer in visible,
                note="" if has_it else _LACKING,
                model=model_tag(self._workspace, answers).strip(),
                is_rival=number > 0,
            )
            for layer in MODALITY_LAYERS
            for number, answers in enumerate(models)
            for has_it in [layer in answers.groundings]
        ]

    def _on_selection_changed(self) -> None:
        selection = self._workspace.selection
        if isinstance(selection, CandidateRef):
            self._view.set_current(selection.modality, selection.rank)
        else:
            self._view.set_current(None, 0)


def _verdict(answers: Answers, target: Box | None, label: str | None) -> str:
    if answers.is_recorded:  # of the other candidates nothing is known
        return verdict(answers.groundings, target, None, chooses=False)
    return verdict(answers.groundings, target, label, chooses=answers.box_source != "model")


def _rows(grounding: Grounding, target: Box | None, top: int) -> tuple[CandidateRow, ...]:
    rows = []
    for rank, candidate in enumerate(grounding.candidates):
        if rank >= top and not is_user_box(candidate):
            continue
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
