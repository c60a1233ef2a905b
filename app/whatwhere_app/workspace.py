"""The one shared state: frozen values, set by presenters, heard by presenters.

A setter ignores a value equal to the present one, stores, then emits once. No logic, no files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QObject, Signal

from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Grounding, Modality
from whatwhere.scenes.proposals import BoxSource
from whatwhere.scenes.scene import Scene
from whatwhere_app.theme import LAYERS, Layer


@dataclass(frozen=True, slots=True)
class CandidateRef:
    """One candidate of one modality, by its rank (0 is the best)."""

    modality: Modality
    rank: int


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """One annotated object."""

    object_id: int


@dataclass(frozen=True, slots=True)
class PointMark:
    """One point of the scene that every view marks.

    Attributes:
        point: aligned world, metres.
        frame: name of the frame in which it was picked; None from the 3D view.
        note: what was found there, as a sentence; empty from the 3D view.
    """

    point: tuple[float, float, float]
    frame: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class UserBoxRef:
    """One box that the user drew."""

    number: int


Selection = CandidateRef | ObjectRef | UserBoxRef


@dataclass(frozen=True, slots=True)
class UserBox:
    """A box that the user drew around something, to be chosen among the candidates.

    Attributes:
        number: unique among those of the scene, and never used again.
        box: aligned metres.
    """

    number: int
    box: Box

    @property
    def name(self) -> str:
        """As views and tables call it: "R1"."""
        return f"R{self.number}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the user drew in the open scene.

    Attributes:
        boxes: oldest first.
        are_alone: the model chooses among them only, not among the scene's objects too.
    """

    boxes: tuple[UserBox, ...] = ()
    are_alone: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What one model said to one expression.

    Attributes:
        expression: what was asked.
        groundings: one per modality asked.
        warnings: unknown words, a scene outside the model's training.
        ground_ms: wall time of the query itself, without encoding.
        box_source: where the candidates came from.
    """

    expression: Expression
    groundings: Mapping[Modality, Grounding]
    warnings: tuple[str, ...] = ()
    ground_ms: float = 0.0
    box_source: BoxSource = "annotation"


@dataclass(frozen=True, slots=True)
class Mix:
    """What one model answers while geometry is faded in, and how much of it is shown.

    Attributes:
        shares: of the geometry, rising from 0 (`2d`) to 1 (`fused`).
        groundings: one per share.
        place: which of them is shown.
    """

    shares: tuple[float, ...]
    groundings: tuple[Grounding, ...]
    place: int

    @property
    def share(self) -> float:
        """The share that is shown."""
        return self.shares[self.place]

    @property
    def grounding(self) -> Grounding:
        """The answer that is shown."""
        return self.groundings[self.place]


@dataclass(frozen=True, slots=True)
class Labelling:
    """Which boxes carry a name.

    Attributes:
        top: that many candidates of every visible modality, besides what is selected.
        is_on: whether any does.
    """

    top: int = 1
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class Pointed:
    """What is under the mouse pointer.

    Attributes:
        box: aligned metres.
        layer: whose box it is; None for an object's own.
        text: its name.
    """

    box: Box
    layer: Layer | None
    text: str


Arrangement = Literal["explore", "train"]
"""Which panels stand around the 3D view."""


@dataclass
class _State:
    scene: Scene | None = None
    expressions: tuple[Expression, ...] = ()
    expression: Expression | None = None
    answers: Mapping[str, Answers] = field(default_factory=dict)
    lead: str | None = None
    mix: Mix | None = None
    visible: frozenset[Layer] = frozenset(LAYERS)
    selection: Selection | None = None
    drawn: Drawn = field(default_factory=Drawn)
    shows_candidates: bool = False
    frame: str | None = None
    mark: PointMark | None = None
    is_asking: bool = False
    labelling: Labelling = Labelling()
    hovered: Pointed | None = None
    wipe_share: float | None = None
    arrangement: Arrangement = "explore"


class Workspace(QObject):
    """What is open, asked, answered, shown and selected; presenters speak only through it."""

    scene_changed = Signal()
    expressions_changed = Signal()
    expression_changed = Signal()
    answers_changed = Signal()
    mix_changed = Signal()
    visible_changed = Signal()
    selection_changed = Signal()
    drawn_changed = Signal()
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
        self.set_answers({})
        self.set_expression(None)
        self.set_expressions(())
        self.set_frame(None)
        self._state.scene = scene
        self.scene_changed.emit()

    def set_expressions(self, expressions: tuple[Expression, ...]) -> None:
        """What the data set says about the open scene."""
        if expressions == self._state.expressions:
            return
        self._state.expressions = expressions
        self.expressions_changed.emit()

    def set_expression(self, expression: Expression | None) -> None:
        """The expression in hand."""
        if expression == self._state.expression:
            return
        self._state.expression = expression
        self.expression_changed.emit()

    def set_answers(self, answers: Mapping[str, Answers]) -> None:
        """What the models said; an empty mapping while nothing is known."""
        if answers == self._state.answers:
            return
        self._state.answers = answers
        self.answers_changed.emit()

    def set_lead(self, model: str | None) -> None:
        """Let another model's answers lead."""
        if model == self._state.lead:
            return
        self._state.lead = model
        self.answers_changed.emit()

    def set_mix(self, mix: Mix | None) -> None:
        """Answers between `2d` and `fused`, and the one to show."""
        if mix == self._state.mix:
            return
        self._state.mix = mix
        self.mix_changed.emit()

    def set_visible(self, visible: frozenset[Layer]) -> None:
        """The layers to draw."""
        if visible == self._state.visible:
            return
        self._state.visible = visible
        self.visible_changed.emit()

    def set_selection(self, selection: Selection | None) -> None:
        """What every view points at."""
        if selection == self._state.selection:
            return
        self._state.selection = selection
        self.selection_changed.emit()

    def set_mark(self, mark: PointMark | None) -> None:
        """The point to mark."""
        if mark == self._state.mark:
            return
        self._state.mark = mark
        self.mark_changed.emit()

    @property
    def drawn(self) -> Drawn:
        """The boxes that the user drew in the open scene."""
        return self._state.drawn

    def set_drawn(self, drawn: Drawn) -> None:
        """Boxes of the user."""
        if drawn == self._state.drawn:
            return
        self._state.drawn = drawn
        self.drawn_changed.emit()

    @property
    def shows_candidates(self) -> bool:
        """Whether the boxes of all candidates are drawn."""
        return self._state.shows_candidates

    def set_shows_candidates(self, shows: bool) -> None:
        """Draw the boxes of all candidates, or only those that are answers."""
        if shows == self._state.shows_candidates:
            return
        self._state.shows_candidates = shows
        self.shows_candidates_changed.emit()

    def set_frame(self, name: str | None) -> None:
        """The frame that is looked at."""
        if name == self._state.frame:
            return
        self._state.frame = name
        self.frame_changed.emit()

    @property
    def is_asking(self) -> bool:
        """Whether an answer to the expression in hand is awaited."""
        return self._state.is_asking

    def set_asking(self, is_asking: bool) -> None:
        """An answer is awaited, or no longer."""
        if is_asking == self._state.is_asking:
            return
        self._state.is_asking = is_asking
        self.asking_changed.emit()

    @property
    def labelling(self) -> Labelling:
        """Which boxes carry a name."""
        return self._state.labelling

    def set_labelling(self, labelling: Labelling) -> None:
        """Give other boxes a name."""
        if labelling == self._state.labelling:
            return
        self._state.labelling = labelling
        self.labelling_changed.emit()

    @property
    def hovered(self) -> Pointed | None:
        """What is under the mouse pointer in the 3D view."""
        return self._state.hovered

    def set_hovered(self, hovered: Pointed | None) -> None:
        """The mouse pointer has come to something, or left it."""
        if hovered == self._state.hovered:
            return
        self._state.hovered = hovered
        self.hovered_changed.emit()

    @property
    def wipe_share(self) -> float | None:
        """Where the divider between two models stands, 0..1 from the left; None hides it."""
        return self._state.wipe_share

    def set_wipe_share(self, share: float | None) -> None:
        """Move, show or hide the divider."""
        if share == self._state.wipe_share:
            return
        self._state.wipe_share = share
        self.wipe_changed.emit()

    @property
    def arrangement(self) -> Arrangement:
        """Which panels stand around the 3D view."""
        return self._state.arrangement

    def set_arrangement(self, arrangement: Arrangement) -> None:
        """Put other panels around the 3D view."""
        if arrangement != self._state.arrangement:
            self._state.arrangement = arrangement
            self.arrangement_changed.emit()
