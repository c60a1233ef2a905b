"""The selected case in its scene: opened, its sentence in hand, its recorded answers drawn."""

import asyncio
from collections.abc import Callable
from math import log, nan
from pathlib import Path
from typing import Protocol

import numpy as np

from whatwhere.evaluation.cases.columns import NO_ANSWER
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere.scenes.scene import Scene
from whatwhere_app.cases_desk import CasesDesk
from whatwhere_app.presenters.case_verdict import case_verdict, compared_class
from whatwhere_app.presenters.settled import SETTLED_S
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, RecordedModel

_SHOWN: tuple[Modality, ...] = ("fused", "2d", "3d")


class CaseView(Protocol):
    """Where the selected case is spoken of."""

    def say(self, text: str) -> None:
        """What it shows; "" without one."""


class CaseScenePresenter:
    """Brings the selected case into the 3D view without asking any model.

    Args:
        find_scan: where a scan of some cases lies, or None; called in a thread.
        open_scene: opens a scan.
        stop_asking: what was asked before is awaited no more.
    """

    def __init__(
        self,
        view: CaseView,
        desk: CasesDesk,
        workspace: Workspace,
        board: TaskBoard,
        *,
        find_scan: Callable[[StoredCases, str], Path | None],
        open_scene: Callable[[Path], None],
        stop_asking: Callable[[], None],
    ) -> None:
        self._view, self._desk, self._workspace, self._board = view, desk, workspace, board
        self._find_scan, self._open, self._stop_asking = find_scan, open_scene, stop_asking
        self._latest, self._settling = LatestOnly(board), LatestOnly(board)
        self._awaited: str | None = None
        desk.case_changed.connect(self._on_case_changed)
        desk.cases_changed.connect(self._on_cases_changed)
        desk.lens_changed.connect(self._say)
        workspace.scene_changed.connect(self._on_scene_changed)

    @property
    def is_busy(self) -> bool:
        """Whether a scan is being looked for, or boxes are about to change."""
        return self._latest.is_running or self._settling.is_running

    def rest(self) -> None:
        """The layout is left: what is asked elsewhere is not to be interrupted."""
        self._settling.cancel()

    def _on_cases_changed(self) -> None:
        """Boxes are slow to draw: who goes through the steps of a run sees them where one stays."""
        first, case, scene = self._desk.first, self._desk.case, self._workspace.scene
        if (
            first is None
            or case is None
            or scene is None
            or scene.scene_id != _scene_of(first, case)
        ):
            self._on_case_changed()
            return
        self._say()
        self._settling.run(asyncio.sleep(SETTLED_S), lambda _: self._on_case_changed())

    def _on_case_changed(self) -> None:
        self._say()
        self._settling.cancel()
        self._latest.cancel()
        self._awaited = None
        first, case = self._desk.first, self._desk.case
        if first is None or case is None:
            return
        scene_id = _scene_of(first, case)
        scene = self._workspace.scene
        if scene is not None and scene.scene_id == scene_id:
            self._show(first, case, scene)
            return
        self._awaited = scene_id
        self._latest.run(
            asyncio.to_thread(self._find_scan, first, scene_id),
            lambda path: self._on_found(first, scene_id, path),
        )

    def _on_found(self, first: StoredCases, scene_id: str, path: Path | None) -> None:
        if path is None:
            self._board.notice(
                f"{scene_id}: its scan is not where the data set is ({first.facts.data}). "
                "Open the scan by hand; the case then appears in it.",
                level="warning",
            )
        else:
            self._open(path)

    def _on_scene_changed(self) -> None:
        scene, first, case = self._workspace.scene, self._desk.first, self._desk.case
        if scene is None or first is None or case is None:
            return
        if scene.scene_id == _scene_of(first, case):
            self._awaited = None
            self._show(first, case, scene)
            self._say()  # only now is it known what the annotation calls the target
        elif self._awaited is None:
            self._desk.set_case(None)  # the user has gone elsewhere

    def _show(self, first: StoredCases, case: int, scene: Scene) -> None:
        workspace = self._workspace
        self._stop_asking()
        expression = self._expression(first, case)
        if expression != workspace.expression:
            workspace.set_selection(None)
            workspace.set_answers({})
            workspace.set_expression(expression)
        answers = {first.facts.model: _recorded(first, case, expression, scene)}
        second = self._desk.second
        if second is not None:
            same = np.flatnonzero(second.columns.rows == first.columns.rows[case])
            if len(same):
                model = second.facts.model
                name = model if model not in answers else second.facts.name
                answers[name] = _recorded(second, int(same[0]), expression, scene)
        workspace.set_answers({name: item for name, item in answers.items() if item.groundings})

    def _expression(self, cases: StoredCases, case: int) -> Expression:
        """That of the open scene's list, else one with what the columns know."""
        columns = cases.columns
        text, target = cases.texts([case])[0], int(columns.target_ids[case])
        for known in self._workspace.expressions:
            if known.text == text and known.target_id == target:
                return known
        label, skill = int(columns.label_codes[case]), int(columns.skill_codes[case])
        return Expression(
            _scene_of(cases, case),
            text,
            target_id=target if target >= 0 else None,
            target_label=columns.labels[label] if label >= 0 else None,
            skill=columns.skills[skill] if skill >= 0 else None,
        )

    def _say(self) -> None:
        first, case = self._desk.first, self._desk.case
        if first is None or case is None:
            self._view.say("")
        else:
            columns, scene = first.columns, self._workspace.scene
            compared = compared_class(columns, case, scene)
            threshold = self._desk.lens.threshold
            self._view.say(case_verdict(columns, case, threshold, compared=compared))


def _scene_of(cases: StoredCases, case: int) -> str:
    return cases.columns.scene_ids[int(cases.columns.scenes[case])]


def _recorded(cases: StoredCases, case: int, expression: Expression, scene: Scene) -> Answers:
    """What a diagnosis kept of the answers: of each modality the chosen box."""
    groundings = {}
    for modality in _SHOWN:
        item = cases.columns.modalities.get(modality)
        if (
            item is None
            or item.chosen[case] == NO_ANSWER
            or not np.isfinite(item.boxes[case]).all()
        ):
            continue
        object_id = int(item.object_ids[case])
        known = scene.object_by_id(object_id) if object_id >= 0 else None
        confidence = nan if item.confidence is None else float(item.confidence[case])
        best = Candidate(
            # The scene's own box, where it is one: the target and the answer are then the same.
            known.box if known is not None and known.box is not None else _box(item.boxes[case]),
            log(confidence) if confidence > 0 else nan,
            int(item.chosen[case]),
            object_id if known is not None else None,
            known.label if known is not None else None,
        )
        groundings[modality] = Grounding(modality, (best,))
    return Answers(
        expression,
        groundings,
        ground_ms=float(cases.columns.ground_ms[case]),
        recorded_of=RecordedModel(
            cases.facts.model,
            cases.facts.asked_model or cases.facts.model,
            cases.facts.model_hash,
        ),
    )


def _box(row: np.ndarray) -> Box:
    return Box.from_row(row)
