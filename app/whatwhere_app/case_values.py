"""What the views of the Diagnose layout show: plain values, made by presenters.

Shapes: N cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.quadrants import Quadrant

QUADRANT_NAMES: dict[Quadrant, str] = {
    "both_right": "both right",
    "only_fused": "only fused right",
    "only_2d": "only 2D right",
    "both_wrong": "both wrong",
}

DRAWN = ("fused", "2d", "3d")
"""The modalities whose rates are drawn as bars."""

Axes = Literal["log_p", "iou"]
"""Of the scatter: log p(target | class), or the IoU with the target's box."""

LOG_P_FLOOR = -12.0
"""What is less likely is drawn on this line."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ChipShown:
    """One filter in use.

    Attributes:
        text: what is kept.
        hint: on hover.
    """

    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class CaseColumn:
    """One column of the table.

    Attributes:
        title: above it.
        hint: what it says.
        width_letters: how wide it is; 0 takes what is left.
        is_number: it is set to the right.
    """

    title: str
    hint: str
    width_letters: int
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One share.

    Attributes:
        name: of the modality, as people read it.
        share: 0..1.
        color: "#rrggbb".
        low, high: its 95 % interval; None for too few scenes.
    """

    name: str
    share: float
    color: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class BarRow:
    """One part of the cases, or all together.

    Attributes:
        key: name of the part; "" for all cases.
        title: as people read it.
        count: cases.
        bars: accuracy per modality.
        chance: what guessing inside the class gives, 0..1; None where unknown.
        follow: e.g. "follows 34 % of 12"; "" where there are no twins.
        is_chosen: it is filtered by.
        has_case: the selected case is one of its cases.
        is_hovered: the case under the pointer is one of its cases.
        note: e.g. that there are few scenes.
    """

    key: str
    title: str
    count: int
    bars: tuple[Bar, ...]
    chance: float | None = None
    follow: str = ""
    is_chosen: bool = False
    has_case: bool = False
    is_hovered: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ScatterShown:
    """Every point of the scatter.

    Attributes:
        axes: what is drawn.
        x_N, y_N: (N,) float32, 2D across and fused up.
        quadrants_N: (N,) int8 place in `QUADRANTS`; -1 is not drawn.
        kept_N: (N,) bool, the filters keep it.
        counts: of the kept points, by quadrant.
        threshold: IoU from which an answer is right.
        margin: of the line, nats; None where it has no meaning.
        arrows: (M, 4) float32: x and y of the first diagnosis, then of the second.
        arrow_cases: (M,) int64 the case of each arrow.
        source: whose points they are; those of another are shown whole at first.
        low: the least that the axes of log p must show; 0 takes it from the points.
    """

    axes: Axes
    x_N: NDArray[np.float32]
    y_N: NDArray[np.float32]
    quadrants_N: NDArray[np.int8]
    kept_N: NDArray[np.bool_]
    counts: Mapping[Quadrant, int]
    threshold: float
    margin: float | None = None
    arrows: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    arrow_cases: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    source: str = ""
    low: float = 0.0


MapMethod = Literal["pca", "tsne"]
MapColor = Literal["modality", "right", "relation", "class"]
"""What the colours of the map stand for."""


@dataclass(frozen=True, slots=True, eq=False)
class MapShown:
    """Every point of a map of states; P points.

    Attributes:
        x_P, y_P: (P,) float32.
        codes_P: (P,) uint8 index into `names`.
        names: what the colours stand for.
        cases_P: (P,) int64 the case of each point; -1 is not drawn.
        kept_P: (P,) bool, the filters keep it.
        is_of_modalities: the names are those of modalities, in their colours.
        labels: of the two axes.
        source: whose points they are; those of another are shown whole at first.
    """

    x_P: NDArray[np.float32]
    y_P: NDArray[np.float32]
    codes_P: NDArray[np.uint8]
    names: tuple[str, ...]
    cases_P: NDArray[np.int64]
    kept_P: NDArray[np.bool_]
    is_of_modalities: bool = True
    labels: tuple[str, str] = ("", "")
    source: str = ""


@dataclass(frozen=True, slots=True)
class ReadOutsShown:
    """What the states of a diagnosis say.

    Attributes:
        similarity: CKA, in one line; "" where it is not known.
        head: titles of the columns.
        rows: a row per modality.
        meaning: how it is defined, for the "?".
    """

    similarity: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of the report.

    Attributes:
        name: of the figure.
        value: with its interval, where there is one.
        count: cases.
        meaning: its definition.
        is_head: it begins a group.
    """

    name: str
    value: str = ""
    count: str = ""
    meaning: str = ""
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class HeadShown:
    """What stands above everything.

    Attributes:
        names: diagnoses that can be opened.
        first: the one that is shown, a name or the folder of a run; "" for none.
        second: the one beside it; "" for none.
        said: the headline.
        difference: what the second gains; "" without one.
        caption: what the diagnosis is of.
        meaning: of the headline's figure.
        runs: folder -> title of the training runs that can be gone through.
    """

    names: tuple[str, ...] = ()
    first: str = ""
    second: str = ""
    said: str = ""
    difference: str = ""
    caption: str = ""
    meaning: str = ""
    runs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskedShown:
    """What is asked of a diagnosis.

    Attributes:
        model: name or folder.
        data: folder or file with the sentences.
        split: which of a folder's files.
        modalities: what the model may see.
    """

    model: str = "default"
    data: str = ""
    split: str = "val"
    modalities: tuple[str, ...] = ("fused", "2d", "3d")
