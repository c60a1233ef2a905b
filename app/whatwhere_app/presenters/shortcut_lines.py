"""What the shortcut finder found, as rows and sentences."""

from math import exp

from whatwhere.evaluation.kept_shortcuts import KeptCue, KeptShortcuts
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.shortcut_values import CueRow

_MOST = {
    "prominence": ("the largest in the pictures", "the smallest in the pictures"),
    "size": ("the largest", "the smallest"),
    "colour": ("the most vivid", "the least vivid"),
    "visibility": ("the least hidden", "the most hidden"),
    "centredness": ("the most central", "the least central"),
}
_MEASURES = {
    "prominence": "mean share of the picture over all frames",
    "size": "volume of the box",
    "colour": "vividness of its pixels",
    "visibility": "how little of it is hidden where it is seen best",
    "centredness": "how near to the middle of the pictures it is",
}


def filter_name(tag: str, cue: KeptCue) -> str:
    """Of the cases that a cue explains, for their chip: "2D took the most vivid"."""
    return f"{tag} took {_most(cue)}"


def cue_rows(found: KeptShortcuts, tag: str, filtered: frozenset[str]) -> tuple[CueRow, ...]:
    """A row per cue.

    Args:
        found: what explains the choices.
        tag: of the modality that chose, as in "2D".
        filtered: names of the filters in use.
    """
    return tuple(_row(cue, tag, filtered) for cue in found.cues)


def caption(found: KeptShortcuts, num_cases: int) -> str:
    """How many choices there are, and how to read the rows."""
    said = (
        f"{counted(found.n, 'choice')} among look-alikes in {counted(found.num_scenes, 'scene')}, "
        f"of {counted(num_cases, 'case')}"
    )
    return (
        f"{said}. Figures are odds ratios: how much a standard deviation more of the cue within a "
        "case multiplies the odds of being chosen; right of the line it draws the choice. Click a "
        "cue to keep the cases that it explains."
    )


def _row(cue: KeptCue, tag: str, filtered: frozenset[str]) -> CueRow:
    odds = _number(exp(cue.value))
    interval = "too few scenes for an interval"
    if cue.low is not None and cue.high is not None:
        interval = f"[{_number(exp(cue.low))}, {_number(exp(cue.high))}]"
        odds = f"{odds} {interval}"
    share = f"{100 * cue.share:.0f} %, chance {100 * cue.chance:.0f} %"
    hint = (
        f"{cue.name.capitalize()} is the {_MEASURES.get(cue.name, 'cue')}. Each standard deviation "
        f"more of it multiplies the odds of being chosen by {_number(exp(cue.value))} ({interval})."
        f" {tag} took {_most(cue)} look-alike in {100 * cue.share:.0f} % of its choices; by chance "
        f"it would in {100 * cue.chance:.0f} %."
    )
    return CueRow(
        cue.name,
        cue.name.capitalize(),
        exp(cue.value),
        None if cue.low is None else exp(cue.low),
        None if cue.high is None else exp(cue.high),
        odds,
        share,
        hint,
        is_found=cue.low is not None and cue.low > 0,
        is_chosen=filter_name(tag, cue) in filtered,
    )


def _most(cue: KeptCue) -> str:
    most, least = _MOST.get(cue.name, (f"most {cue.name}", f"least {cue.name}"))
    return most if cue.is_most else least


def _number(odds: float) -> str:
    return f"{odds:.2f}" if odds < 9.995 else f"{odds:,.1f}" if odds < 99.95 else f"{odds:,.0f}"
