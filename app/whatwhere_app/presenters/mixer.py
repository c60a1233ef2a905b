"""From `2d` to `fused` by one slider: the answers are fetched once, so that dragging is instant."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from math import exp
from typing import Any, Protocol

from whatwhere.geometry.boxes import box_iou
from whatwhere.models.grounder import Grounding
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.shown import candidate_name, leading_answers, target_of
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import MixShown
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, Mix

SHARES = tuple(step / 20 for step in range(21))

FetchMix = Callable[
    [Scene, str, Sequence[float]], Coroutine[Any, Any, tuple[Grounding, ...] | None]
]


class MixerView(Protocol):
    """The slider and the line beside it."""

    def show_mix(self, shown: MixShown) -> None:
        """Replace what is shown."""


class MixerPresenter:
    """Fetches the mixes of every new answer; the slider chooses among them.

    Args:
        fetch: asks a sentence with several shares of the geometry; None when it cannot be mixed.
    """

    def __init__(
        self, view: MixerView, workspace: Workspace, board: TaskBoard, *, fetch: FetchMix
    ) -> None:
        self._view = view
        self._workspace = workspace
        self._fetch = fetch
        self._latest = LatestOnly(board)
        self._mixed: Answers | None = None
        workspace.answers_changed.connect(self._on_answers_changed)
        workspace.mix_changed.connect(self._show)
        workspace.expression_changed.connect(self._show)
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether mixes are on their way."""
        return self._latest.is_running

    def on_slid(self, place: int) -> None:
        """The slider moved."""
        mix = self._workspace.mix
        if mix is not None:
            self._workspace.set_mix(replace(mix, place=place))

    def _on_answers_changed(self) -> None:
        scene = self._workspace.scene
        answers = leading_answers(self._workspace)
        if answers is self._mixed:
            return  # only the other model has answered
        self._mixed = answers
        self._latest.cancel()
        self._workspace.set_mix(None)
        self._show()  # also where there was no mix, but the reason why
        if scene is not None and answers is not None and not answers.is_recorded:
            self._latest.run(self._fetch(scene, answers.expression.text, SHARES), self._on_fetched)

    def _on_fetched(self, groundings: tuple[Grounding, ...] | None) -> None:
        if groundings is None:
            self._view.show_mix(MixShown(text="This model cannot fade geometry in."))
        else:
            self._workspace.set_mix(Mix(SHARES, groundings, len(SHARES) - 1))

    def _show(self) -> None:
        mix = self._workspace.mix
        if mix is None:
            self._view.show_mix(MixShown())
            return
        best = mix.grounding.best
        parts = [candidate_name(best), f"p {exp(best.score):.2f}"]
        target = target_of(self._workspace)
        if target is not None and target.box is not None:
            parts.append(f"IoU {box_iou(best.box, target.box):.2f}")
        self._view.show_mix(MixShown(mix.place, len(mix.shares), mix.share, " · ".join(parts)))
