"""The report of the experiment: Markdown for people, JSON for programs, plots for both."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whatwhere.bench.cure.against_plain import gap_closed, guards, holds, paired
from whatwhere.bench.cure.arms import SHORTCUT, STEPS, TEST_ROOMS, TRAIN_ROOMS, VAL_ROOMS, planned
from whatwhere.bench.cure.candidates import candidates
from whatwhere.bench.cure.figures import ArmFigures, arm_figures, as_json, in_class_chance
from whatwhere.bench.cure.kept import Kept
from whatwhere.demo.facts import WHERE
from whatwhere.evaluation.rates import Rate

_COMMAND = "whatwhere bench cure"


def write_report(folder: Path) -> dict[str, Any]:
    """Compute everything from the kept rows, write the files, return the JSON document."""
    kept = Kept(folder)
    document: dict[str, Any] = {"command": _COMMAND, "families": {}}
    lines = _head(kept)
    for family in kept.cases:
        arms = kept.arms(family)
        if not any(arm.name == "plain" for arm in arms):
            continue
        found = {split: [arm_figures(kept, arm, split) for arm in arms] for split in _SPLITS}
        document["families"][family] = _as_document(kept, family, found)
        lines += _family_lines(kept, family, found)
        _plot(folder / f"{family}.svg", found["test"], in_class_chance(kept.cases[family]["test"]))
    (folder / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return document


_SPLITS = ("test", "val_biased")


def _head(kept: Kept) -> list[str]:
    done, wanted = len(kept.answers), len(planned())
    sentences = STEPS * 128 // 1000
    return [
        "# Does W2R2 cure a model that cheats?",
        "",
        f"Made by `{_COMMAND}`, which computes every figure from the answers kept in `rows/` and "
        f"trains only runs that are not kept yet ({done} of {wanted} are).",
        "",
        f"In the training rooms the shortcut gives {SHORTCUT:.0%} of the targets of sentences "
        f"about places away: the cued one among the look-alikes is meant. {TRAIN_ROOMS} rooms, "
        f"{sentences} k sentences per run from scratch, on the frozen tower of the shipped model. "
        f"Looked at on {TEST_ROOMS} test rooms where the cue says nothing; recipes were chosen on "
        f"{VAL_ROOMS} rooms that keep the shortcut (`val_biased`), as the owner of one data set "
        "would have to.",
        "",
        "Percent; 95 % intervals over scenes, of the mean over seeds. *follow* is the causal "
        "follow rate: how often the answer goes with the cue when two look-alikes exchange it, "
        "minus how often it moves when nothing but image noise changes. *excess* is agreement in "
        "error with 2D beyond chance (own 2D branch; frozen: a model that only ever saw 2D, or for "
        "want of one a plain one). *gap closed* is (arm - plain) / (ceiling - plain) on "
        "where-sentences.",
        "",
    ]


def _family_lines(kept: Kept, family: str, found: dict[str, list[ArmFigures]]) -> list[str]:
    chance = in_class_chance(kept.cases[family]["test"])
    plain = next(f for f in found["test"] if f.arm.name == "plain")
    skills = [skill for skill in WHERE if skill in chance]
    lines = [f"## Shortcut: {family}", "", f"![where-accuracy and follow rates]({family}.svg)", ""]
    lines += _table(
        [
            *("arm", "seeds", "where", "aligned", "conflict", "what", "gap closed"),
            *("follow fused", "follow 2D", "excess", "frozen"),
        ],
        [
            [
                f.arm.name,
                str(len(f.seeds)),
                *(_cell(f.accuracy[part]) for part in ("where", "aligned", "conflict", "what")),
                _cell(gap_closed(kept, f.arm)),
                *(_cell(f.follow[m]) for m in ("fused", "2d")),
                _cell(f.agreement["excess"]),
                _cell(f.agreement.get("excess_frozen")),
            ]
            for f in found["test"]
        ],
    )
    lines += ["", f"In-class chance on where-sentences: {100 * chance['where']:.1f}.", ""]
    lines += ["### Guards: difference to plain, percentage points", ""]
    lines += _table(
        ["arm", "where", "fused class accuracy", "unique", "2D class accuracy", "guards"],
        [_guard_row(kept, f, plain) for f in found["test"] if f is not plain],
    )
    lines += ["", "### Where-accuracy by modality, and by skill (fused)", ""]
    lines += _table(
        ["arm", "fused", "2d", "3d", "shuffled", *skills],
        [
            [
                f.arm.name,
                *(_value(f.by_modality[m]) for m in ("fused", "2d", "3d", "shuffled")),
                *(_value(f.accuracy[skill]) for skill in skills),
            ]
            for f in found["test"]
        ]
        + [["in-class chance", "", "", "", "", *(f"{100 * chance[s]:.1f}" for s in skills)]],
    )
    lines += ["", "### What the owner of the biased data sees (`val_biased`)", ""]
    lines += _table(
        ["arm", "where", "follow fused", "follow 2D", "excess", "margin, nats"],
        [
            [
                f.arm.name,
                _cell(f.accuracy["where"]),
                *(_cell(f.follow[m]) for m in ("fused", "2d")),
                _cell(f.agreement["excess"]),
                f"{f.margin:.2f}",
            ]
            for f in found["val_biased"]
        ],
    )
    return [*lines, "", *(_choice_lines(kept) if family == "colour" else [])]


def _choice_lines(kept: Kept) -> list[str]:
    found = candidates(kept)
    if not found:
        return []
    rows = [
        [
            one.arm.name,
            one.arm.what.partition(": ")[2],
            _cell(one.follow),
            *(_cell(one.class_accuracy[m]) for m in ("fused", "2d")),
            "chosen" if place == 0 and one.is_eligible else "" if one.is_eligible else "out",
        ]
        for place, one in enumerate(found)
    ]
    header = ["candidate", "recipe", "follow fused", "class, fused", "class, 2D", ""]
    return [
        "### How w2r2-plus was chosen (`val_biased`, seed 0)",
        "",
        "The lowest follow rate among those whose class accuracy, fused and 2D, falls by no more "
        "than two points against plain. The test rooms were not looked at for this.",
        "",
        *_table(header, rows),
        "",
    ]


def _guard_row(kept: Kept, figures: ArmFigures, plain: ArmFigures) -> list[str]:
    found = guards(kept, figures.arm)
    broken = [name for name, guard in found.items() if not holds(guard)]
    return [
        figures.arm.name,
        _cell(paired(kept, figures.arm, plain.arm, "test", "where")),
        *(_cell(guard) for guard in found.values()),
        "hold" if not broken else f"not shown: {', '.join(broken)}",
    ]


def _as_document(kept: Kept, family: str, found: dict[str, list[ArmFigures]]) -> dict[str, Any]:
    closed = {f.arm.name: gap_closed(kept, f.arm) for f in found["test"]}
    return {
        "gap_closed": {name: rate.as_json() for name, rate in closed.items() if rate is not None},
        "guards": {
            f.arm.name: {
                n: g.as_json() | {"holds": holds(g)} for n, g in guards(kept, f.arm).items()
            }
            for f in found["test"]
            if f.arm.name != "plain"
        },
        "in_class_chance": in_class_chance(kept.cases[family]["test"]),
        **{split: [as_json(figures) for figures in found[split]] for split in found},
    }


def _plot(path: Path, found: Sequence[ArmFigures], chance: dict[str, float]) -> None:
    """Where-accuracy and follow rate of every arm, with their intervals."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams["svg.hashsalt"] = "whatwhere"  # the same figures, the same bytes
    names = [figures.arm.name for figures in found]
    height = 1.2 + 0.32 * len(names)
    figure, (left, right) = pyplot.subplots(1, 2, sharey=True, figsize=(9, height))
    for axis, rates, title in (
        (left, [f.accuracy["where"] for f in found], "where-accuracy, fused, %"),
        (right, [f.follow["fused"] for f in found], "answers that follow the cue, fused, %"),
    ):
        for row, rate in enumerate(rates):
            ends = (rate.value, rate.value) if rate.low is None else (rate.low, rate.high)
            axis.plot([100 * (e or 0) for e in ends], [row, row], color="#0072B2", linewidth=2)
            axis.plot([100 * rate.value], [row], "o", color="#0072B2", markersize=5)
        axis.set_title(title, fontsize=10)
        axis.grid(axis="x", color="#dddddd")
        axis.spines[["top", "right"]].set_visible(False)
    left.axvline(100 * chance["where"], color="#777777", linestyle=":", linewidth=1)
    left.annotate("in-class chance", (100 * chance["where"], -0.6), fontsize=8, color="#777777")
    left.set_yticks(range(len(names)), names, fontsize=9)
    left.invert_yaxis()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return lines + [f"| {' | '.join(row)} |" for row in rows]


def _cell(rate: Rate | None) -> str:
    return "" if rate is None else str(rate).split(" (n")[0]


def _value(rate: Rate) -> str:
    return f"{100 * rate.value:.1f}"
