"""What the Models panel shows: plain values, made by its presenter."""

from dataclasses import dataclass
from typing import Literal

AddKind = Literal["folder", "hub", "program", "predictions"]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model of the list.

    Attributes:
        key: its name, or the path of a folder without a name.
        place: "A", "B" or "".
        name: as shown.
        kind: where it comes from.
        size: of its files; "" where that says nothing.
        trained_on: what it names as its data.
        state: "not loaded", "loading", or where it runs and what it takes.
        is_fault: its process has died.
    """

    key: str
    place: str
    name: str
    kind: str
    size: str
    trained_on: str
    state: str
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class ModelDetail:
    """What is known of the chosen model.

    Attributes:
        title: its name.
        facts: what is told -> what there is to tell.
        card: Markdown; "" for none.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    card: str = ""


@dataclass(frozen=True, slots=True)
class PlanShown:
    """What the chosen model would need, before it is loaded.

    Attributes:
        text: need against free, in numbers; "" while it is not known.
        hint: what the need is made of.
        is_tight: it does not fit.
        changes: what the buttons say that make it fit.
        chosen: what was changed already, as a sentence; "" for nothing.
    """

    text: str = ""
    hint: str = ""
    is_tight: bool = False
    changes: tuple[str, ...] = ()
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class WorkShown:
    """What is done with models now.

    Attributes:
        text: e.g. "Adding mine: hashing model.safetensors".
        share: 0..1, or None while unknown.
    """

    text: str
    share: float | None = None
