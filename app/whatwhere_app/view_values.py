"""What views show: plain values, made by presenters, so that neither needs to know the other."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere_app.theme import Layer

Side = Literal["left", "right"]
"""Of the divider between two models."""

Segment = tuple[tuple[float, float], tuple[float, float]]


class PartMark(NamedTuple):
    """Something that a scan has or lacks.

    Attributes:
        name: one short word.
        is_there: whether it has it.
    """

    name: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list.

    Attributes:
        key: what the list's owner calls it.
        text: main line; may wrap to two.
        caption: beneath it, secondary.
        hint: on hover; empty takes the text.
        is_faint: what it stands for is not there.
        is_fixed: it always stands in its list.
        is_pinned: the user keeps it in its list.
        is_listed: it lies below one of the user's folders.
        parts: shown in place of the caption, where there are any.
    """

    key: str
    text: str
    caption: str = ""
    hint: str = ""
    is_faint: bool = False
    is_fixed: bool = False
    is_pinned: bool = False
    is_listed: bool = False
    parts: tuple[PartMark, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameTile:
    """One frame of the strip.

    Attributes:
        name: of the frame.
        caption: beneath it, e.g. "1660 · 4.2 %".
        hint: on hover.
        is_faint: it does not see what the others are sorted by.
    """

    name: str
    caption: str
    hint: str = ""
    is_faint: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """The edges of one box in one picture.

    Attributes:
        layer: whose box it is; None for a selected object.
        segments: in sight; in pixels of the picture, pixel centres at integers.
        is_rival: it is the other model's, and drawn thin.
        hidden: what stands behind something that the depth image measured; drawn faint.
    """

    layer: Layer | None
    segments: tuple[Segment, ...]
    is_rival: bool = False
    hidden: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PixelRegion:
    """A part of one picture.

    Attributes:
        mask: (h, w) bool on a grid over the whole picture.
        box_px: left, top, right, bottom around it, pixel centres at integers.
        name: what stands beside it.
    """

    mask: NDArray[np.bool_]
    box_px: tuple[float, float, float, float]
    name: str


@dataclass(frozen=True, slots=True)
class PixelMark:
    """The marked point in one picture.

    Attributes:
        x_px: column in pixels of the picture, pixel centres at integers.
        y_px: row.
        is_hidden: something stands before the point there; drawn hollow.
    """

    x_px: float
    y_px: float
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class HealthRow:
    """One frame in the list of frames.

    Attributes:
        name: of the frame.
        state: "usable", "left out" or "faulty" (usable, but something is odd).
        fault: what is wrong; empty when nothing is known to be.
        measured_share: share of depth pixels with a measurement, 0..1; None before the check.
        depth_error_m: median distance between depth image and mesh; None where unknown.
    """

    name: str
    state: Literal["usable", "left out", "faulty"]
    fault: str = ""
    measured_share: float | None = None
    depth_error_m: float | None = None


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One candidate of an answer.

    Attributes:
        rank: 0 is the best.
        name: e.g. "chair 3".
        probability: among all candidates of its modality.
        log_probability: natural log.
        iou: with the ground truth; None when the target is not known.
        is_target: it is the ground truth.
    """

    rank: int
    name: str
    probability: float
    log_probability: float
    iou: float | None
    is_target: bool = False


@dataclass(frozen=True, slots=True)
class ModalityRows:
    """The candidates of one modality, best first.

    Attributes:
        layer: the modality.
        rows: its candidates; none from a model that lacks it.
        is_visible: its box is drawn.
        note: in place of candidates.
        model: "A" or "B" when two models have answered.
        is_rival: it is the model that does not lead; its candidates cannot be chosen.
    """

    layer: Layer
    rows: tuple[CandidateRow, ...]
    is_visible: bool = True
    note: str = ""
    model: str = ""
    is_rival: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What one model says in one modality.

    Attributes:
        text: the answer, or why there is none.
        caption: how sure it is; "" where there is no answer.
        hint: its pieces with the probability of each.
        is_faint: there is no answer.
    """

    text: str
    caption: str = ""
    hint: str = ""
    is_faint: bool = False


@dataclass(frozen=True, slots=True)
class SaidRow:
    """What is said in one modality.

    Attributes:
        layer: the modality.
        said: one per model, A first.
    """

    layer: Layer
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class MixShown:
    """The answer between `2d` and `fused` that is shown.

    Attributes:
        place: of the slider.
        num_places: of the slider; 0 while there is nothing to mix.
        share: of the geometry, 0..1.
        text: what is chosen there, with its probability and IoU; or why there is no mix.
    """

    place: int = 0
    num_places: int = 0
    share: float = 1.0
    text: str = ""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A running job.

    Attributes:
        number: to cancel it.
        text: e.g. "Encoding frame 12 of 40".
        share: 0..1, or None while unknown.
        can_cancel: whether it can be stopped.
    """

    number: int
    text: str
    share: float | None
    can_cancel: bool


class Named(NamedTuple):
    """A name on top of a box.

    Attributes:
        box: aligned metres.
        layer: whose box it is; None for an object's own.
        side: where it stands while the divider is shown; None for both sides.
        text: one short line.
    """

    box: Box
    layer: Layer | None
    side: Side | None
    text: str


@dataclass(frozen=True, slots=True)
class Wipe:
    """Two models on the two sides of a divider in the 3D view.

    Attributes:
        share: of the width, 0..1, that lies left of it.
        lead: the side of the model that leads.
        left: name of the model there.
        right: name of the model there.
    """

    share: float
    lead: Side
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class LegendLine:
    """One line of a figure's legend: a piece of the layer's line, and its name."""

    layer: Layer
    text: str
    is_thin: bool = False


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A command and its keys.

    Attributes:
        name: of the command.
        menu: it stands in; "" for none.
        text: in menus and lists.
        keys: as `QKeySequence` reads them.
        is_changed: they are not the default ones.
    """

    name: str
    menu: str
    text: str
    keys: tuple[str, ...]
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One setting that is chosen from a list.

    Attributes:
        name: of the setting.
        title: beside the list.
        hint: what it does, and when.
        options: what it is called in the file -> what the list says.
        value: the option in use.
        is_open: other values than those listed may be typed.
        command: what a button beside the list says; "" has none.
    """

    name: str
    title: str
    hint: str
    options: tuple[tuple[str, str], ...]
    value: str
    is_open: bool = False
    command: str = ""
