"""The report of the study: Markdown for people, JSON for programs."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from whatwhere.bench.instrument.experiments import (
    BIASED_SHORTCUT,
    COVERAGE_WORLDS,
    HONEST,
    ROOMS_PER_SEED,
    SEEDS,
    WORLD_ROOMS,
    WORLDS,
)
from whatwhere.bench.instrument.finder_report import (
    finder_demands,
    finder_json,
    finder_lines,
    trained_shortcuts,
)
from whatwhere.bench.instrument.findings import (
    Covered,
    Verdicts,
    coverages,
    follow_of,
    is_ranked,
    known_shortcut,
    planted_figures,
    trained_figures,
    verdicts,
)
from whatwhere.bench.instrument.study import Study
from whatwhere.bench.instrument.tables import cell, shown, spread, table
from whatwhere.evaluation.bias_figures import BiasFigures

_COMMAND = "whatwhere bench instrument"
_HONEST_AT_MOST = 0.025
_POWER_AT_LEAST = 0.9
_ROOMS_OF_POWER = 100


def write_report(study: Study, cure_report: Path) -> dict[str, Any]:
    """Compute everything from kept rows, write both files, return the JSON document."""
    ranked = {split: is_ranked(study, split) for split in ("biased", "fair")}
    judged, covered = verdicts(study), coverages(study)
    trained = trained_figures(cure_report)
    shortcuts = trained_shortcuts(study, cure_report)
    demands = _demands(study, ranked, judged, covered) | finder_demands(study, shortcuts)
    document: dict[str, Any] = {
        "command": _COMMAND,
        "demands": demands,
        "ranked": {split: list(found.values()) for split, found in ranked.items()},
        "verdicts": [
            {"model": v.name, "rooms": v.num_rooms, "mean": v.mean, "accused": v.accused}
            for v in judged
        ],
        "coverage": [
            {
                "figure": c.figure,
                "rooms": c.num_rooms,
                "likeness": c.likeness,
                "rate": c.rate,
                "held": c.held,
                "met": c.is_met,
            }
            for c in covered
        ],
        "shortcuts": finder_json(study, shortcuts),
        "trained": {
            arm: {str(seed): figures.as_json() for seed, figures in found.items()}
            for arm, found in trained.items()
        },
    }
    lines = [
        *_head(demands),
        *_planted_lines(study),
        *_verdict_lines(judged),
        *_coverage_lines(covered),
        *_spoilt_lines(study),
        *_trained_lines(trained),
        *finder_lines(study, shortcuts),
    ]
    study.folder.mkdir(parents=True, exist_ok=True)
    (study.folder / "REPORT.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    text = json.dumps(document, indent=1, allow_nan=False)
    (study.folder / "report.json").write_text(text + "\n", encoding="utf-8")
    return document


def _demands(
    study: Study,
    ranked: dict[str, dict[int, bool]],
    judged: list[Verdicts],
    covered: list[Covered],
) -> dict[str, dict[str, Any]]:
    honest = max((v.accused for v in judged if v.name in HONEST), default=float("nan"))
    power = min(v.accused for v in judged if "10 %" in v.name and v.num_rooms == _ROOMS_OF_POWER)
    rates = [c for c in covered if c.figure != "difference"]
    differences = [c for c in covered if c.figure == "difference"]
    same = _headline_is_unmoved(study)
    every = [ok for found in ranked.values() for ok in found.values()]
    return {
        "follow rates rank s right in every seed": {
            "found": f"{sum(every)} of {len(every)} seeds and splits",
            "met": all(every),
        },
        f"s = 0.1 is detected with power 0.9 at {_ROOMS_OF_POWER} rooms": {
            "found": f"{power:.3f} at least",
            "met": power >= _POWER_AT_LEAST,
        },
        "honest models are accused in 2.5 % at most": {
            "found": f"{honest:.2%} at most",
            "met": honest <= _HONEST_AT_MOST,
        },
        "intervals hold rates of 0.1 to 0.9 in 93.5 to 96.5 % of worlds": _held(rates, False),
        "and rates below 0.1 in 90 % or more": _held(rates, True),
        "the same for differences of two models, from 0.1 on": _held(differences, False),
        "and below 0.1": _held(differences, True),
        "spoiling only the 2D branch does not lower the headline": {
            "found": "the same to the bit" if same else "it moved",
            "met": same,
        },
    }


def _held(covered: list[Covered], is_small: bool) -> dict[str, Any]:
    asked = [c for c in covered if c.is_small == is_small]
    held, met = [c.held for c in asked], sum(c.is_met for c in asked)
    return {
        "found": f"{min(held):.1%} to {max(held):.1%}, {met} of {len(asked)} kinds of worlds",
        "met": met == len(asked),
    }


def _headline_is_unmoved(study: Study) -> bool:
    arm = next(arm for arm in study.arms if arm.key == "fair-s0.25")
    return all(
        follow_of(planted_figures(study, arm, seed))
        == follow_of(planted_figures(study, arm, seed, spoilt=True))
        for seed in SEEDS
    )


def _head(demands: dict[str, dict[str, Any]]) -> list[str]:
    rows = [
        [name, found["found"], "met" if found["met"] else "**missed**"]
        for name, found in demands.items()
    ]
    return [
        "# Do the bias numbers mean what they say?",
        "",
        f"Made by `{_COMMAND}`, which computes every figure from the rows kept in `rows/` and "
        "makes only rows that are not kept yet. Rooms and sentences are those of `whatwhere "
        "demo`, without pictures; answers are planted, so that the truth is known: in a share s "
        "of cases the vivid look-alike is chosen, wherever it stands, and in all others what "
        "geometry says, right as often as stated. A new picture lets a part of the latter (5 % "
        "unless stated) be drawn anew, so weak models flip in the twin and in the placebo alike. "
        "Percent, with 95 % intervals over rooms.",
        "",
        *table(["demanded", "found", ""], rows),
        "",
    ]


def _planted_lines(study: Study) -> list[str]:
    lines = [
        "## Planted strengths at equal accuracy",
        "",
        f"Five seeds of {ROOMS_PER_SEED} rooms each, no room twice. *biased*: rooms that keep the "
        f"shortcut ({BIASED_SHORTCUT:g}), where all strengths are right equally often and "
        "accuracy says nothing. *fair*: geometry is made the better, the more often the vivid one "
        "is chosen; s = 1 cannot be made as good. *raw*: how often fused is wrong and says what "
        "2D says.",
        "",
    ]
    rows = []
    honest = dict(zip((f"honest-{n}" for n in range(len(HONEST))), HONEST, strict=True))
    for arm in study.arms:
        found = [planted_figures(study, arm, seed) for seed in SEEDS]
        accused = [f.follow_rates() for f in found]
        rows.append(
            [
                honest.get(arm.key, f"{arm.split}, s = {arm.model.strength:g}"),
                spread([f.accuracy["fused"].value for f in found]),
                spread([follow_of(f) for f in found]),
                _first_interval(found[0]),
                f"{sum(bool(a and a.accused) for a in accused)} of {len(found)}",
                spread([f.agreement.raw.value if f.agreement else np.nan for f in found]),
                spread([f.agreement.excess.value if f.agreement else np.nan for f in found]),
            ]
        )
    header = ["model", "accuracy", "follow_appearance", "seed 0", "accused", "raw", "excess"]
    return [*lines, *table(header, rows), ""]


def _verdict_lines(judged: list[Verdicts]) -> list[str]:
    names = list(dict.fromkeys(v.name for v in judged))
    accused = {(v.name, v.num_rooms): v for v in judged}
    rows = [
        [
            name,
            shown(float(np.mean([accused[name, n].mean for n in WORLD_ROOMS]))),
            *(f"{100 * accused[name, n].accused:.2f}" for n in WORLD_ROOMS),
        ]
        for name in names
    ]
    return [
        "## How often a model is accused",
        "",
        f"{WORLDS:,} fresh worlds each: rooms drawn anew, answers drawn anew. The share in which "
        "the lower bound of follow_appearance exceeds two points.",
        "",
        *table(["model", "follow", *(f"{n} rooms" for n in WORLD_ROOMS)], rows),
        "",
    ]


def _coverage_lines(covered: list[Covered]) -> list[str]:
    lines = [
        "## How often intervals hold the truth",
        "",
        f"{COVERAGE_WORLDS:,} fresh worlds each (standard error 0.2). *likeness* is the "
        "correlation of cases within a room; trained models have 0.02 to 0.08 in accuracy and "
        "0.02 to 0.24 in follow rates. *difference*: accuracy of two models on the same cases; "
        "in 5 % only the other is right, so a difference of 0.9 is made of a share of 0.95, as "
        "hard as one below 0.1. Bold: outside of what is demanded.",
        "",
    ]
    rates = list(dict.fromkeys(c.rate for c in covered))
    held = {(c.figure, c.num_rooms, c.likeness, c.rate): c for c in covered}
    rows = []
    for figure, num_rooms, likeness in dict.fromkeys(key[:3] for key in held):
        cells = [held[figure, num_rooms, likeness, rate] for rate in rates]
        shown = [f"{100 * c.held:.1f}" if c.is_met else f"**{100 * c.held:.1f}**" for c in cells]
        rows.append([figure, str(num_rooms), f"{likeness:g}", *shown])
    header = ["figure", "rooms", "likeness", *(f"{rate:g}" for rate in rates)]
    return [*lines, *table(header, rows), ""]


def _spoilt_lines(study: Study) -> list[str]:
    arm = next(arm for arm in study.arms if arm.key == "fair-s0.25")
    rows = []
    for name, spoilt in (("as it is", False), ("2D answers at random", True)):
        found = planted_figures(study, arm, 0, spoilt=spoilt)
        follow = found.follow_rates()
        own, frozen = found.agreement, found.agreement_frozen
        rows.append(
            [
                name,
                "" if follow is None else cell(follow.follow_appearance),
                "" if own is None else cell(own.raw),
                "" if own is None else cell(own.excess),
                "" if frozen is None else cell(frozen.excess),
            ]
        )
    return [
        "## What spoiling the 2D branch does",
        "",
        "s = 0.25 on fair rooms, seed 0. *frozen*: against 2D answers that stay the same.",
        "",
        *table(["2D branch", "follow_appearance", "raw", "excess", "excess, frozen"], rows),
        "",
    ]


def _trained_lines(trained: dict[str, dict[int, BiasFigures]]) -> list[str]:
    if not trained:
        return []
    rows = []
    for arm, found in trained.items():
        for seed, figures in found.items():
            follow = {m: figures.follow_rates(m) for m in ("fused", "2d")}
            rows.append(
                [
                    arm,
                    known_shortcut(arm),
                    str(seed),
                    cell(figures.accuracy["fused"]),
                    *("" if f is None else cell(f.follow_appearance) for f in follow.values()),
                    "" if follow["fused"] is None else "yes" if follow["fused"].accused else "no",
                    "" if figures.agreement is None else cell(figures.agreement.excess),
                ]
            )
    header = ["arm", "b", "seed", "accuracy", "follow, fused", "follow, 2D", "accused", "excess"]
    return [
        "## Trained networks",
        "",
        "From the rows of the study of the cure: what a network was trained with is known (b: how "
        "often colour gave targets away), what it does is not. *ceiling* was trained where colour "
        "says nothing, *w2r2-plus* is the cured one. Both still let colour sway answers that they "
        "are unsure of: that is following, though nobody taught it, and the instrument says so.",
        "",
        *table(header, rows),
        "",
    ]


def _first_interval(figures: BiasFigures) -> str:
    found = figures.follow_rates()
    return "" if found is None else cell(found.follow_appearance)
