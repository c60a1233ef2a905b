"""What is stored of an annotated case, each kind a frozen value and a row of one table.

A row never changes silently: a change replaces it by another (`changes`). Times are ISO 8601 in
UTC with microseconds, so that they sort as text in every database.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.turned_box import TurnedBox

TruthVerdict = Literal["right", "wrong", "unsure"]
BoxRole = Literal["mended", "region"]
BoxOrigin = Literal["drawn", "instance", "segment", "frame"]


def now() -> str:
    """The time of a change."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def new_id() -> str:
    """An id that no other computer gives either, so that stores can be joined."""
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Case:
    """One sentence and one model: what is annotated.

    Attributes:
        case_id: the same for the same case on any computer; see `case_id_of`.
        data: which data set, e.g. "scanrefer".
        split: "val", ...
        split_hash: of the sentences of the split.
        row: index of the sentence in its split.
        scene_id: the scan.
        ann_id: the data set's own id of the sentence; "" without one.
        target_id: annotated object; None if unknown.
        target_label: its category; "" if unknown.
        expression: the sentence.
        model: its name.
        model_hash: of its weights; "" for imported predictions.
        seen: what the annotator was shown: modality -> {"box": [6] aligned metres, "score": log-
            probability, "iou": with the target}.
    """

    case_id: str
    data: str
    split: str
    split_hash: str
    row: int
    scene_id: str
    ann_id: str
    target_id: int | None
    target_label: str
    expression: str
    model: str
    model_hash: str
    seen: Mapping[str, Any] = field(default_factory=dict)


def case_id_of(split_hash: str, row: int, expression: str, model: str, model_hash: str) -> str:
    """32 hexadecimal digits that name a case by what it is."""
    about = "\x1f".join([split_hash, str(row), expression, model, model_hash])
    return hashlib.sha256(about.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Tag:
    """A kind of failure.

    Attributes:
        tag_id: short, for files: "ignores-relation".
        caption: for people.
        digit: the key that gives it, 0 to 9; None without one.
        is_retired: no longer offered, yet kept where it was given.
        color: "#rrggbb"; "" leaves it to the look.
        place: where it stands among the others; those of one place stand by their digits.
    """

    tag_id: str
    caption: str
    digit: int | None = None
    is_retired: bool = False
    color: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class CaseTag:
    """A tag that an annotator gave to a case."""

    case_id: str
    annotator: str
    tag_id: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Note:
    """What an annotator wrote about a case."""

    case_id: str
    annotator: str
    text: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An annotator has done with a case, tagged or not."""

    case_id: str
    annotator: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an annotator holds of the ground truth of a case; "wrong" takes it out of metrics."""

    case_id: str
    annotator: str
    verdict: TruthVerdict
    made_at: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What holds in the end of a tag on which two annotators differ; their own tags stay."""

    case_id: str
    tag_id: str
    holds: bool
    settled_by: str
    made_at: str


@dataclass(frozen=True, slots=True)
class CaseBox:
    """A 3D box that an annotator put.

    Attributes:
        box_id: unique.
        case_id: of which case.
        annotator: who.
        role: "mended" ground truth, or a "region" that is pointed out.
        center: x, y, z in aligned metres.
        size: full edge lengths in metres along the box's own axes.
        yaw_rad: turn about z, counter-clockwise seen from above.
        origin: how it came about.
        made_at: when.
    """

    box_id: str
    case_id: str
    annotator: str
    role: BoxRole
    center: tuple[float, float, float]
    size: tuple[float, float, float]
    yaw_rad: float
    origin: BoxOrigin
    made_at: str

    @property
    def turned(self) -> TurnedBox:
        """As it was put."""
        return TurnedBox(self.center, self.size, self.yaw_rad)

    @property
    def hull(self) -> Box:
        """The axis-aligned box around it, which scores and training take."""
        return self.turned.hull


@dataclass(frozen=True, slots=True)
class FrameRegion:
    """An outline that an annotator drew on a frame.

    Attributes:
        region_id: unique.
        case_id: of which case.
        annotator: who.
        frame: name of the frame.
        outline_px: corners (x, y) in pixels of the colour image; a box has four.
        lifted: centre and size of the box around what the depth shows there, aligned metres; None
            where no depth was measured.
        made_at: when.
    """

    region_id: str
    case_id: str
    annotator: str
    frame: str
    outline_px: tuple[tuple[float, float], ...]
    lifted: tuple[float, float, float, float, float, float] | None
    made_at: str


Row = Case | Tag | CaseTag | Note | Seen | Verdict | Settlement | CaseBox | FrameRegion
