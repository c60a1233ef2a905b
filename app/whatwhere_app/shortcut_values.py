"""What the shortcut finder's tab shows: plain values, made by its presenter."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CueRow:
    """One cue and how strongly it draws the choice.

    Attributes:
        key: name of the cue.
        title: as people read it.
        odds: ratio of the odds of being chosen per standard deviation of the cue.
        low, high: its 95 % interval; None for too few scenes.
        value: the ratio with its interval, as text.
        share: in how many of the choices the look-alike with most of the cue was taken, as text.
        hint: what all of it means, in a sentence or two.
        is_found: it draws the choice beyond doubt.
        is_chosen: it is filtered by.
    """

    key: str
    title: str
    odds: float
    low: float | None
    high: float | None
    value: str
    share: str
    hint: str
    is_found: bool = False
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class ShortcutsShown:
    """What explains the choices of one modality.

    Attributes:
        modalities: name and text of those whose choices were weighed; empty before that.
        modality: whose are shown.
        color: of that modality, "#rrggbb".
        verdict: in a sentence.
        caption: how many choices, and how to read the rows; before that, what this is for.
        rows: the strongest cue first.
        can_find: there are cases to look at.
    """

    modalities: tuple[tuple[str, str], ...] = ()
    modality: str = ""
    color: str = ""
    verdict: str = ""
    caption: str = ""
    rows: tuple[CueRow, ...] = ()
    can_find: bool = False
