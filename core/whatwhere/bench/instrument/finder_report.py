"""What the study says of the shortcut finder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from whatwhere.bench.cure.arms import ARMS
from whatwhere.bench.cure.kept import Kept
from whatwhere.bench.instrument.experiments import (
    CUED_ROOMS,
    FINDER_WORLDS,
    HELD_OUT,
    PLANTED_CHOICES,
    WORLD_ROOMS,
)
from whatwhere.bench.instrument.finder import FOUND, trained_choices
from whatwhere.bench.instrument.study import Study
from whatwhere.bench.instrument.tables import table
from whatwhere.demo.families import Family
from whatwhere.evaluation.cues import CUES
from whatwhere.evaluation.shortcuts import Shortcuts, find_shortcuts

_FOUND_AT_LEAST, _BLAMED_AT_MOST = 0.9, 0.05
_MANY_ROOMS, _STRONG = 100, 0.25
_TRAINED = ("plain", "ceiling")
_CUE_OF: dict[Family, str] = {"colour": "colour", "prominence": "prominence"}
_FAMILIES: tuple[Family, ...] = ("colour", "prominence", "cooccurrence")


@dataclass(frozen=True, slots=True)
class TrainedShortcuts:
    """What the finder says of the 2D choices of a network.

    Attributes:
        family: what its shortcut lay in.
        arm: how it was trained.
        seed: of the run.
        found: of its sentences of place.
    """

    family: Family
    arm: str
    seed: int
    found: Shortcuts


def trained_shortcuts(study: Study, cure_report: Path) -> list[TrainedShortcuts]:
    """Of the networks of the study of the cure; [] where its rows are not there."""
    kept = Kept(cure_report)
    found = []
    for arm in ARMS:
        cases = kept.cases.get(arm.family, {}).get("test")
        if arm.name not in _TRAINED or cases is None:
            continue
        rooms, place = study.cued(arm.family), cases.spatial
        for seed in kept.seeds(arm):
            chosen = kept.answers[arm.key, seed]["test"].of("2d")
            choices = trained_choices(
                rooms,
                cases.scenes[place],
                cases.of_class[place],
                cases.target[place],
                chosen[place],
            )
            found.append(TrainedShortcuts(arm.family, arm.name, seed, find_shortcuts(choices)))
    return sorted(found, key=lambda one: (_FAMILIES.index(one.family), _TRAINED.index(one.arm)))


def found_shares(study: Study, name: str, num_rooms: int) -> dict[str, float]:
    """Cue -> share of worlds in which it is found."""
    found = (study.finder[f"{name}/{num_rooms}"] == FOUND).mean(axis=0)
    return dict(zip(CUES, found.tolist(), strict=True))


def _blamed(study: Study, name: str) -> dict[str, float]:
    """Cue that does not decide -> share of all worlds in which it is found."""
    shares = [found_shares(study, name, rooms) for rooms in WORLD_ROOMS]
    others = [cue for cue in CUES if cue != PLANTED_CHOICES[name].cue]
    return {cue: float(np.mean([share[cue] for share in shares])) for cue in others}


def finder_demands(study: Study, trained: list[TrainedShortcuts]) -> dict[str, dict[str, Any]]:
    """What was asked of the finder, and what it does."""
    many = {name: found_shares(study, name, _MANY_ROOMS) for name in PLANTED_CHOICES}
    strong = {n: p for n, p in PLANTED_CHOICES.items() if p.cue and p.strength >= _STRONG}
    power = {planted.cue: many[name][planted.cue] for name, planted in strong.items()}
    least = min(power[cue] for cue in HELD_OUT)
    blamed = [share for name in PLANTED_CHOICES for share in _blamed(study, name).values()]
    demands: dict[str, dict[str, Any]] = {
        f"a held-out shortcut ({', '.join(HELD_OUT)}; s = {_STRONG:g}) is found at {_MANY_ROOMS} "
        f"rooms with power {_FOUND_AT_LEAST:g}": {
            "found": f"{least:.1%} at least; of all five cues {min(power.values()):.1%}",
            "met": least >= _FOUND_AT_LEAST,
        },
        f"a cue that does not decide is blamed in {_BLAMED_AT_MOST:.0%} of worlds at most": {
            "found": f"{max(blamed):.1%} at most, {np.mean(blamed):.1%} on average, "
            f"of {len(blamed)} cues beside planted ones",
            "met": max(blamed) <= _BLAMED_AT_MOST,
        },
    }
    plain = [one for one in trained if one.arm == "plain" and one.family in _CUE_OF]
    if plain:
        first = [one.found.weights[0] for one in plain]
        named = [
            cue.is_found and cue.name == _CUE_OF[one.family]
            for cue, one in zip(first, plain, strict=True)
        ]
        demands["of networks trained with a shortcut, the finder names it first"] = {
            "found": f"{sum(named)} of {len(named)}, prominence, which no recipe was chosen on, "
            "among them",
            "met": all(named) and any(one.family == "prominence" for one in plain),
        }
    return demands


def finder_json(study: Study, trained: list[TrainedShortcuts]) -> dict[str, Any]:
    """For programs."""
    return {
        "worlds": [
            {"planted": name, "rooms": rooms, "found": found_shares(study, name, rooms)}
            for name in PLANTED_CHOICES
            for rooms in WORLD_ROOMS
        ],
        "trained": [
            {"family": one.family, "arm": one.arm, "seed": one.seed, **one.found.as_json()}
            for one in trained
        ],
    }


def finder_lines(study: Study, trained: list[TrainedShortcuts]) -> list[str]:
    """The section of the report."""
    rows = []
    for name, planted in PLANTED_CHOICES.items():
        shares = [found_shares(study, name, rooms) for rooms in WORLD_ROOMS]
        blamed = _blamed(study, name)
        which = max(blamed, key=lambda cue: blamed[cue])
        power = [f"{100 * s[planted.cue]:.1f}" if planted.cue else "" for s in shares]
        rows.append([name, *power, f"{100 * blamed[which]:.1f} ({which})"])
    header = ["planted", *(f"found, {rooms} rooms" for rooms in WORLD_ROOMS), "most blamed"]
    lines = [
        "## What the shortcut finder finds",
        "",
        f"{FINDER_WORLDS:,} fresh worlds each, of {len(CUED_ROOMS)} rooms with their pictures "
        "(standard error 1.1 points at 5 %). In a share s of the sentences of place the look-alike "
        "with most of a cue is chosen; of the others half are right and half at random, unless "
        "stated. *found*: the interval of the cue's weight lies above 0, so that of its odds ratio "
        "does not hold 1. *most blamed*: the other cue that is found most often, over the worlds "
        "of all three numbers of rooms (standard error 0.6 points at 5 %).",
        "",
        *table(header, rows),
        "",
    ]
    if not trained:
        return lines
    named = [
        [
            one.family,
            one.arm,
            str(one.seed),
            f"{one.found.n:,}",
            *(_weight(one.found, cue) for cue in CUES),
            f"{100 * one.found.explained:.0f} %",
        ]
        for one in trained
    ]
    return [
        *lines,
        "2D choices of networks from the study of the cure, on its 200 test rooms: weights with "
        "intervals. *plain* was trained where the shortcut of its family gave targets away, "
        "*ceiling* where it said nothing. Recipes were chosen on colour alone. What stands beside "
        "an object (co-occurrence) is no cue of the finder; there all cues together explain 1 %.",
        "",
        *table(["family", "arm", "seed", "choices", *CUES, "explained"], named),
        "",
    ]


def _weight(found: Shortcuts, cue: str) -> str:
    item = next(item for item in found.weights if item.name == cue)
    return f"{item.value:+.2f} [{item.low or 0:+.2f}, {item.high or 0:+.2f}]"
