"""What the views of the Annotate layout show: plain values, made by presenters."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RegionTool = Literal["box", "outline"]
"""What the mouse draws on a frame."""


@dataclass(frozen=True, slots=True)
class SavedShown:
    """How far saving is.

    Attributes:
        at: when something was saved last; None before.
        num_waiting: changes that the store has not taken yet.
        reason: why, as a sentence.
        is_late: something is on its way to the disk, and for longer than usual.
    """

    at: datetime | None = None
    num_waiting: int = 0
    reason: str = ""
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class TagShown:
    """One kind of failure.

    Attributes:
        tag_id: of the store.
        digit: the key that gives it; "" without one.
        caption: for people.
        is_on: the case carries it.
        others: how many other annotators gave it.
        hint: why it is suggested; "" where it is not.
        color: "#rrggbb"; "" without one.
        is_retired: no longer offered, but this case carries it.
    """

    tag_id: str
    digit: str
    caption: str
    is_on: bool = False
    others: int = 0
    hint: str = ""
    color: str = ""
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """What one modality answered.

    Attributes:
        name: of the modality, as people read it.
        color: "#rrggbb".
        said: e.g. "IoU 0.00 · chair".
        is_right: it is the target, as far as the diagnosis counts.
    """

    name: str
    color: str
    said: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class CaseShown:
    """The case in hand.

    Attributes:
        place: from 1.
        count: of the cases that are to be annotated.
        num_done: of them, those that this annotator has done with.
        expression: the sentence.
        caption: model, scan, target.
        verdict: what the answers say together.
        answers: per modality.
        is_left_out: its ground truth is held for wrong.
    """

    place: int = 0
    count: int = 0
    num_done: int = 0
    expression: str = ""
    caption: str = ""
    verdict: str = ""
    answers: tuple[AnswerShown, ...] = ()
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One change.

    Attributes:
        title: what was done.
        when: time of day, or the date of an earlier day.
        is_undone: it can be redone.
        change_id: of the change.
        who: did it; "" for this annotator.
    """

    title: str
    when: str
    is_undone: bool = False
    change_id: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class RegionShown:
    """An outline on the frame in view.

    Attributes:
        region_id: of the store.
        outline_px: corners (x, y) in pixels of the picture, pixel centres at integers.
        is_selected: it has grips, and its points are shown in 3D.
        is_own: this annotator drew it, and may mend it.
        hint: whose it is, and what is behind it.
    """

    region_id: str
    outline_px: tuple[tuple[float, float], ...]
    is_selected: bool = False
    is_own: bool = True
    hint: str = ""
