"""The frozen values that the workspace holds: what was answered, selected, drawn and pointed at."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.turned_box import TurnedBox
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Answer, Grounding, Modality
from whatwhere.models.load_settings import LoadSettings
from whatwhere.scenes.proposals import BoxSource
from whatwhere_app.theme import Layer


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
        unturned: before it is turned, aligned metres.
        label: what the user calls it; empty for its number.
        yaw_rad: turn about the vertical through its centre, counter-clockwise seen from above.
    """

    number: int
    unturned: Box
    label: str = ""
    yaw_rad: float = 0.0

    @property
    def turned(self) -> TurnedBox:
        """As it is drawn."""
        return TurnedBox.of(self.unturned, self.yaw_rad)

    @property
    def box(self) -> Box:
        """The axis-aligned box around it: what models choose among, and what scores take."""
        return self.turned.hull

    def placed(self, turned: TurnedBox) -> "UserBox":
        """The same box elsewhere, of another size, or turned."""
        return replace(self, unturned=turned.unturned, yaw_rad=turned.yaw_rad)

    @property
    def name(self) -> str:
        """As views and tables call it: "R1", or what the user calls it."""
        return self.label or f"R{self.number}"


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
class Found:
    """Candidates that were found in the geometry of the open scene.

    Attributes:
        boxes: the largest first, aligned metres.
        num_objects: annotated objects with a box; 0 where nothing is annotated.
        num_reached: of these, how many some box overlaps with an IoU of at least 0.25, and 0.5.
    """

    boxes: tuple[Box, ...]
    num_objects: int = 0
    num_reached: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class RecordedModel:
    """The model whose answers a diagnosis kept.

    Attributes:
        name: as people read it.
        asked: name or folder that it can be loaded by.
        weights: their hash; "" for answers that came in a file.
    """

    name: str
    asked: str
    weights: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What one model said to one expression.

    Attributes:
        expression: what was asked.
        groundings: one per modality asked.
        warnings: unknown words, a scene outside the model's training.
        ground_ms: wall time of the query itself, without encoding.
        box_source: where the candidates came from.
        recorded_of: a diagnosis kept it of this model: only what was chosen is known, and nobody
            was asked; None for an answer that was given now.
    """

    expression: Expression
    groundings: Mapping[Modality, Grounding]
    warnings: tuple[str, ...] = ()
    ground_ms: float = 0.0
    box_source: BoxSource = "annotation"
    recorded_of: RecordedModel | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether a diagnosis kept it."""
        return self.recorded_of is not None


@dataclass(frozen=True, slots=True)
class Replies:
    """What one model said to one question, in words.

    Attributes:
        question: what was asked.
        answers: one per modality asked; none from a model that only points.
        warnings: what the user should know.
        answer_ms: wall time on the encoded scene.
        fault: why there is no answer, as a sentence; "" where there is one.
    """

    question: Expression
    answers: Mapping[Modality, Answer]
    warnings: tuple[str, ...] = ()
    answer_ms: float = 0.0
    fault: str = ""


AS_USUAL = LoadSettings()
"""How a model is loaded when nothing else is chosen."""


@dataclass(frozen=True, slots=True)
class ModelsInUse:
    """Which models are asked, each by its name or folder.

    Attributes:
        first: A, whose answers lead unless the user exchanges them.
        second: B, beside it; None while there is one model.
        first_settings: how the first is loaded.
        second_settings: of the second.
    """

    first: str = "default"
    second: str | None = None
    first_settings: LoadSettings = AS_USUAL
    second_settings: LoadSettings = AS_USUAL


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


Arrangement = Literal["explore", "diagnose", "annotate", "train"]
"""Which panels stand around the 3D view."""
