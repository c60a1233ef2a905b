"""The one shared state: frozen values, set by presenters, heard by presenters.

A setter ignores a value equal to the present one, stores, then emits once. No logic, no files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal, SignalInstance

from whatwhere.language.expressions import Expression
from whatwhere.scenes.scene import Scene
from whatwhere_app.theme import LAYERS, Layer
from whatwhere_app.workspace_values import (
    Answers,
    Arrangement,
    Drawn,
    Found,
    Labelling,
    Mix,
    ModelsInUse,
    Pointed,
    PointMark,
    Replies,
    Selection,
)


@dataclass(frozen=True, slots=True)
class _State:
    scene: Scene | None = None
    expressions: tuple[Expression, ...] = ()
    expression: Expression | None = None
    answers: Mapping[str, Answers] = field(default_factory=dict)
    replies: Mapping[str, Replies] = field(default_factory=dict)
    models: ModelsInUse = field(default_factory=ModelsInUse)
    lead: str | None = None
    mix: Mix | None = None
    visible: frozenset[Layer] = frozenset(LAYERS)
    selection: Selection | None = None
    drawn: Drawn = field(default_factory=Drawn)
    found: Found | None = None
    shows_candidates: bool = False
    frame: str | None = None
    mark: PointMark | None = None
    is_asking: bool = False
    labelling: Labelling = field(default_factory=Labelling)
    hovered: Pointed | None = None
    wipe_share: float | None = None
    arrangement: Arrangement = "explore"


class Workspace(QObject):
    """What is open, asked, answered, shown and selected; presenters speak only through it."""

    scene_changed = Signal()
    expressions_changed = Signal()
    expression_changed = Signal()
    answers_changed = Signal()
    replies_changed = Signal()
    models_changed = Signal()
    mix_changed = Signal()
    visible_changed = Signal()
    selection_changed = Signal()
    drawn_changed = Signal()
    found_changed = Signal()
    shows_candidates_changed = Signal()
    frame_changed = Signal()
    mark_changed = Signal()
    asking_changed = Signal()
    labelling_changed = Signal()
    hovered_changed = Signal()
    wipe_changed = Signal()
    arrangement_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = _State()

    @property
    def scene(self) -> Scene | None:
        """The open scene."""
        return self._state.scene

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """What the data set says about the open scene."""
        return self._state.expressions

    @property
    def expression(self) -> Expression | None:
        """The expression in hand; its target is the ground truth that is shown."""
        return self._state.expression

    @property
    def answers(self) -> Mapping[str, Answers]:
        """By model name, so that two models can stand side by side; empty before an answer."""
        return self._state.answers

    @property
    def lead(self) -> str | None:
        """The model whose answers lead, once it has some; None takes the first."""
        return self._state.lead

    @property
    def mix(self) -> Mix | None:
        """Answers between `2d` and `fused`; None while they are not known."""
        return self._state.mix

    @property
    def visible(self) -> frozenset[Layer]:
        """The layers that are drawn."""
        return self._state.visible

    @property
    def selection(self) -> Selection | None:
        """The candidate or object that every view points at."""
        return self._state.selection

    @property
    def frame(self) -> str | None:
        """Name of the frame that is looked at."""
        return self._state.frame

    @property
    def mark(self) -> PointMark | None:
        """The point that every view marks."""
        return self._state.mark

    def set_scene(self, scene: Scene | None) -> None:
        """Another scene: what belonged to the old one is cleared, in this order."""
        if scene is self._state.scene:
            return
        self.set_selection(None)
        self.set_mark(None)
        self.set_drawn(Drawn())
        self.set_found(None)
        self.set_answers({})
        self.set_replies({})
        self.set_expression(None)
        self.set_expressions(())
        self.set_frame(None)
        self._state = replace(self._state, scene=scene)
        self.scene_changed.emit()

    def set_expressions(self, expressions: tuple[Expression, ...]) -> None:
        """What the data set says about the open scene."""
        self._change(replace(self._state, expressions=expressions), self.expressions_changed)

    def set_expression(self, expression: Expression | None) -> None:
        """The expression in hand."""
        self._change(replace(self._state, expression=expression), self.expression_changed)

    def set_answers(self, answers: Mapping[str, Answers]) -> None:
        """What the models said; an empty mapping while nothing is known."""
        self._change(replace(self._state, answers=answers), self.answers_changed)

    @property
    def replies(self) -> Mapping[str, Replies]:
        """Answers in words, by model name; empty unless a question is in hand and was asked."""
        return self._state.replies

    def set_replies(self, replies: Mapping[str, Replies]) -> None:
        """What the models said in words."""
        self._change(replace(self._state, replies=replies), self.replies_changed)

    @property
    def models(self) -> ModelsInUse:
        """The models that are asked, loaded or not."""
        return self._state.models

    def set_models(self, models: ModelsInUse) -> None:
        """Ask other models from now on."""
        self._change(replace(self._state, models=models), self.models_changed)

    def set_lead(self, model: str | None) -> None:
        """Let another model's answers lead."""
        self._change(replace(self._state, lead=model), self.answers_changed)

    def set_mix(self, mix: Mix | None) -> None:
        """Answers between `2d` and `fused`, and the one to show."""
        self._change(replace(self._state, mix=mix), self.mix_changed)

    def set_visible(self, visible: frozenset[Layer]) -> None:
        """The layers to draw."""
        self._change(replace(self._state, visible=visible), self.visible_changed)

    def set_selection(self, selection: Selection | None) -> None:
        """What every view points at."""
        self._change(replace(self._state, selection=selection), self.selection_changed)

    def set_mark(self, mark: PointMark | None) -> None:
        """The point to mark."""
        self._change(replace(self._state, mark=mark), self.mark_changed)

    @property
    def drawn(self) -> Drawn:
        """The boxes that the user drew in the open scene."""
        return self._state.drawn

    def set_drawn(self, drawn: Drawn) -> None:
        """Boxes of the user."""
        self._change(replace(self._state, drawn=drawn), self.drawn_changed)

    @property
    def found(self) -> Found | None:
        """The candidates that were found in the geometry, in place of the annotation."""
        return self._state.found

    def set_found(self, found: Found | None) -> None:
        """Choose among these, or among the annotated objects again."""
        self._change(replace(self._state, found=found), self.found_changed)

    @property
    def shows_candidates(self) -> bool:
        """Whether the boxes of all candidates are drawn."""
        return self._state.shows_candidates

    def set_shows_candidates(self, shows: bool) -> None:
        """Draw the boxes of all candidates, or only those that are answers."""
        self._change(replace(self._state, shows_candidates=shows), self.shows_candidates_changed)

    def set_frame(self, name: str | None) -> None:
        """The frame that is looked at."""
        self._change(replace(self._state, frame=name), self.frame_changed)

    @property
    def is_asking(self) -> bool:
        """Whether an answer to the expression in hand is awaited."""
        return self._state.is_asking

    def set_asking(self, is_asking: bool) -> None:
        """An answer is awaited, or no longer."""
        self._change(replace(self._state, is_asking=is_asking), self.asking_changed)

    @property
    def labelling(self) -> Labelling:
        """Which boxes carry a name."""
        return self._state.labelling

    def set_labelling(self, labelling: Labelling) -> None:
        """Give other boxes a name."""
        self._change(replace(self._state, labelling=labelling), self.labelling_changed)

    @property
    def hovered(self) -> Pointed | None:
        """What is under the mouse pointer in the 3D view."""
        return self._state.hovered

    def set_hovered(self, hovered: Pointed | None) -> None:
        """The mouse pointer has come to something, or left it."""
        self._change(replace(self._state, hovered=hovered), self.hovered_changed)

    @property
    def wipe_share(self) -> float | None:
        """Where the divider between two models stands, 0..1 from the left; None hides it."""
        return self._state.wipe_share

    def set_wipe_share(self, share: float | None) -> None:
        """Move, show or hide the divider."""
        self._change(replace(self._state, wipe_share=share), self.wipe_changed)

    @property
    def arrangement(self) -> Arrangement:
        """Which panels stand around the 3D view."""
        return self._state.arrangement

    def set_arrangement(self, arrangement: Arrangement) -> None:
        """Put other panels around the 3D view."""
        self._change(replace(self._state, arrangement=arrangement), self.arrangement_changed)

    def _change(self, state: _State, changed: SignalInstance) -> None:
        if state != self._state:
            self._state = state
            changed.emit()
