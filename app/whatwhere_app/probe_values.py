"""What the probes panel and the relation ruler are given to show."""

from dataclasses import dataclass
from typing import Literal

from whatwhere.geometry.boxes import Box
from whatwhere_app.theme import Layer

Point = tuple[float, float, float]
Mark = Literal["✓", "✗", "·", "-", ""]
"""As it should, not so, either may happen, not asked; nothing before the probe was run."""


@dataclass(frozen=True, slots=True)
class ProbeLine:
    """One probe.

    Attributes:
        name: of the probe.
        mark: whether the answer did what it should.
        title: of the probe.
        answer: what was chosen after the edit; "" before.
        change: of the overlap with the target, e.g. "+0.50"; "" where there is no target.
        verdict: what it means, or why nothing was asked.
        hint: what the probe does.
    """

    name: str
    mark: Mark
    title: str
    answer: str = ""
    change: str = ""
    verdict: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """Where an answer was and where it is after an edit.

    Attributes:
        before: box, aligned metres.
        after: box, in the room as it is; the same one where the answer stayed.
    """

    before: Box
    after: Box


@dataclass(frozen=True, slots=True)
class ProbeWork:
    """What is being done.

    Attributes:
        text: e.g. "Probing: mirror left and right".
        share: 0..1, or None while unknown.
    """

    text: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class RuledLine:
    """One relation of the sentence, measured on one box.

    Attributes:
        layer: whose box it is.
        arrows: from the anchors, aligned metres; none where nothing could be measured.
        place: where the text stands.
        text: e.g. "nearest: 1.21 m, holds".
        holds: None where that cannot be told.
    """

    layer: Layer
    arrows: tuple[tuple[Point, Point], ...]
    place: Point
    text: str
    holds: bool | None
