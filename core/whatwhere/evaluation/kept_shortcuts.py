"""What the shortcut finder found in a diagnosis, as a file beside its cases."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from whatwhere.evaluation.explained_choices import ExplainedCases
from whatwhere.evaluation.shortcuts import Shortcuts
from whatwhere.files import replacing

_NAME, _FORM = "shortcuts.json", 1


@dataclass(frozen=True, slots=True)
class KeptCue:
    """One cue.

    Attributes:
        name: see `evaluation.cues.CUES`.
        value: change of the log-odds per standard deviation of the cue within a case.
        low, high: its 95 % interval over scenes; None for too few of them.
        is_most: `cases` chose the look-alike with the most of it, else the one with the least.
        cases: in which that one was chosen.
        share: of all choices, 0..1.
        chance: the share that choosing at random would give, 0..1.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    is_most: bool
    cases: tuple[int, ...]
    share: float
    chance: float


@dataclass(frozen=True, slots=True)
class KeptShortcuts:
    """What explains the choices of one modality.

    Attributes:
        cues: the strongest first.
        verdict: in a sentence.
        n: choices.
        num_scenes: that they come from.
    """

    cues: tuple[KeptCue, ...]
    verdict: str
    n: int
    num_scenes: int

    @classmethod
    def of(cls, found: Shortcuts, explained: tuple[ExplainedCases, ...]) -> "KeptShortcuts":
        """Weights, each with the cases that it explains."""
        by_name = {item.name: item for item in explained}
        cues = tuple(
            KeptCue(
                item.name,
                item.value,
                item.low,
                item.high,
                by_name[item.name].is_most,
                tuple(by_name[item.name].cases.tolist()),
                by_name[item.name].share,
                by_name[item.name].chance,
            )
            for item in found.weights
        )
        return cls(cues, found.verdict, found.n, found.num_scenes)


def write_shortcuts(folder: Path, num_cases: int, found: Mapping[str, KeptShortcuts]) -> None:
    """Keep them in the folder of a diagnosis.

    Args:
        folder: of the diagnosis.
        num_cases: that it has now; of more or fewer they do not speak.
        found: by modality.
    """
    document = {
        "form": _FORM,
        "num_cases": num_cases,
        "by_modality": {name: _as_json(item) for name, item in found.items()},
    }
    with replacing(folder / _NAME) as temporary:
        temporary.write_text(json.dumps(document) + "\n", encoding="utf-8")


def kept_shortcuts(folder: Path, num_cases: int) -> dict[str, KeptShortcuts]:
    """By modality; empty where none were found, or of other cases, or by another version."""
    try:
        document: Any = json.loads((folder / _NAME).read_bytes())
        if document["form"] != _FORM or document["num_cases"] != num_cases:
            return {}
        return {
            str(name): _from_json(item, num_cases) for name, item in document["by_modality"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}  # they are found anew


def _as_json(found: KeptShortcuts) -> dict[str, Any]:
    cues = [
        {name: getattr(cue, name) for name in ("name", "value", "low", "high", "is_most")}
        | {"cases": list(cue.cases), "share": cue.share, "chance": cue.chance}
        for cue in found.cues
    ]
    return {
        "cues": cues,
        "verdict": found.verdict,
        "n": found.n,
        "num_scenes": found.num_scenes,
    }


def _from_json(value: Any, num_cases: int) -> KeptShortcuts:
    cues = tuple(
        KeptCue(
            str(cue["name"]),
            _number(cue["value"]),
            None if cue["low"] is None else _number(cue["low"]),
            None if cue["high"] is None else _number(cue["high"]),
            bool(cue["is_most"]),
            tuple(_index(case, num_cases) for case in cue["cases"]),
            _number(cue["share"]),
            _number(cue["chance"]),
        )
        for cue in value["cues"]
    )
    return KeptShortcuts(cues, str(value["verdict"]), int(value["n"]), int(value["num_scenes"]))


def _number(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError("no number")
    return number


def _index(value: Any, num_cases: int) -> int:
    if type(value) is not int or not 0 <= value < num_cases:
        raise ValueError("no case")
    return value
