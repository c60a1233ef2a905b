"""What the import panel shows: plain values, made by its presenter."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["good", "bad", "unknown"]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing that tells whether a scan is read rightly.

    Attributes:
        level: how it came out.
        text: a sentence with figures.
    """

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class FieldNotes:
    """Where values come from that nobody chose; "" where somebody did.

    Attributes:
        camera: about the intrinsics.
        up: about the axis.
        floor: about its height.
    """

    camera: str = ""
    up: str = ""
    floor: str = ""
