"""The figures of a report, drawn by matplotlib as SVG or PNG; the same numbers, the same bytes."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from whatwhere.evaluation.bias import ACCUSED_ABOVE
from whatwhere.evaluation.bias_report import BiasReport
from whatwhere.evaluation.rates import Rate

COLOURS = {
    "fused": "#0072b2",
    "2d": "#d55e00",
    "2d-frame": "#e69f00",
    "3d": "#a04f82",
    "blind": "#7b8491",
    "shuffled": "#545c68",
}
OF_FIRST = ("relations", "calibration")
"""Figures that are of the first of several models."""

_INK, _FAINT, _RULE = "#1c2026", "#7b8491", "#d5d9df"
_MOST_RELATIONS = 16
_FOLLOWED = ("fused", "2d")

Draw = Callable[[Any], None]


def figures_of(reports: Sequence[BiasReport]) -> dict[str, Any]:
    """Name -> drawing instructions, for those figures that there are numbers for."""
    found: dict[str, Any] = {}
    if any(report.overall.accuracy for report in reports):
        rows = [len(report.overall.accuracy) for report in reports]
        found["accuracy"] = (_size(rows), lambda axes: _accuracy(axes, reports))
    if any(report.overall.follow_rates() for report in reports):
        rows = [len(report.overall.follow.get("appearance", ())) for report in reports]
        found["follow"] = (_size(rows), lambda axes: _follow(axes, reports))
    first = reports[0]
    relations = _relations(first)
    if relations:
        size = (7.2, 1.1 + 0.34 * len(relations))
        found["relations"] = (size, lambda axes: _by_relation(axes, first, relations))
    if any(one.bins for report in reports for one in report.overall.calibration.values()):
        found["calibration"] = ((3.6, 3.4), lambda axes: _calibration(axes, first))
    return found


def svg_of(report_figures: Mapping[str, Any], name: str) -> str:
    """One figure as an `svg` element, to stand in a page; its ids are its own."""
    buffer = io.StringIO()
    _saved(report_figures[name], buffer, "svg", name)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def write_figures(folder: Path, reports: Sequence[BiasReport]) -> list[Path]:
    """Every figure as PNG and SVG; returns their paths.

    Args:
        folder: is made where it is not there.
        reports: of one model, or of several side by side.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures, paths = figures_of(reports), []
    for name in figures:
        for form in ("png", "svg"):
            path = folder / f"{name}.{form}"
            _saved(figures[name], path, form, name)
            paths.append(path)
    return paths


def _saved(figure: Any, where: Any, form: str, salt: str) -> None:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    size, draw = figure
    look: dict[Any, Any] = {
        "svg.hashsalt": salt,
        "svg.fonttype": "none",
        "font.size": 9,
        "font.family": "sans-serif",
        "text.color": _INK,
        "axes.edgecolor": _RULE,
        "axes.labelcolor": _INK,
        "xtick.color": _FAINT,
        "ytick.color": _INK,
    }
    with rc_context(look):
        canvas = Figure(figsize=size, layout="constrained")
        axes = canvas.add_subplot()
        axes.spines[["top", "right", "left"]].set_visible(False)
        draw(axes)
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        canvas.savefig(where, format=form, dpi=200, metadata=metadata)


def _size(rows: Sequence[int]) -> tuple[float, float]:
    return 4.7, 0.9 + 0.27 * sum(rows) + 0.16 * (len(rows) - 1)


def _dots(axes: Any, rows: Sequence[tuple[str, Rate, str]], starts: Sequence[int] = ()) -> None:
    """A dot with its interval per row, from above; a gap before each of `starts`."""
    heights, height = [], 0.0
    for place, (_, rate, colour) in enumerate(rows):
        height += 0.6 if place in starts else 0.0
        if not rate.n:
            heights.append(height)
            height += 1
            continue
        low, high = (rate.value if end is None else end for end in (rate.low, rate.high))
        axes.plot([100 * low, 100 * high], [height, height], color=colour, linewidth=2)
        axes.plot([100 * rate.value], [height], "o", color=colour, markersize=5)
        heights.append(height)
        height += 1
    axes.set_yticks(heights, [label for label, _, _ in rows])
    axes.set_ylim(height - 0.4, -0.6)
    axes.tick_params(left=False)
    axes.grid(axis="x", color=_RULE, linewidth=0.6)
    axes.set_axisbelow(True)


def _accuracy(axes: Any, reports: Sequence[BiasReport]) -> None:
    rows: list[tuple[str, Rate, str]] = []
    starts: list[int] = []
    for report in reports:
        starts += [len(rows)] if rows else []
        rows += [
            (_labelled(report, name, reports), rate, COLOURS.get(name, _FAINT))
            for name, rate in report.overall.accuracy.items()
        ]
    _dots(axes, rows, starts)
    chance = reports[0].overall.chance
    if chance == chance:
        _rule(axes, chance, "in-class chance")
    axes.set_xlim(0, 100)
    axes.set_xlabel(f"accuracy at IoU {reports[0].iou_threshold:g}, %")


def _follow(axes: Any, reports: Sequence[BiasReport]) -> None:
    rows: list[tuple[str, Rate, str]] = []
    starts: list[int] = []
    for report in reports:
        starts += [len(rows)] if rows else []
        for modality in _FOLLOWED:
            found = report.overall.follow_rates(modality)
            if found is not None:
                label = _labelled(report, modality, reports)
                rows.append((label, found.follow_appearance, COLOURS[modality]))
    _dots(axes, rows, starts)
    _rule(axes, ACCUSED_ABOVE, f"accused above {100 * ACCUSED_ABOVE:g}")
    axes.set_xlim(min(-5, *(100 * (rate.low or 0) for _, rate, _ in rows)), 100)
    axes.set_xlabel("answers that follow appearance, %")


def _rule(axes: Any, value: float, label: str) -> None:
    axes.axvline(100 * value, color=_FAINT, linestyle=":", linewidth=1.2)
    axes.annotate(
        label,
        (100 * value, 1),
        xycoords=("data", "axes fraction"),
        xytext=(2, 2),
        textcoords="offset points",
        color=_FAINT,
        fontsize=7.5,
        annotation_clip=False,
    )


def _labelled(report: BiasReport, modality: str, reports: Sequence[BiasReport]) -> str:
    return modality if len(reports) == 1 else f"{report.facts.model}, {modality}"


def _relations(report: BiasReport) -> list[str]:
    parts = report.by.get("relation", {})
    return sorted(parts, key=lambda name: -parts[name].n)[:_MOST_RELATIONS]


def _by_relation(axes: Any, report: BiasReport, relations: Sequence[str]) -> None:
    parts = report.by["relation"]
    modalities = [name for name in ("fused", "2d", "3d") if name in report.overall.accuracy]
    for height, relation in enumerate(relations):
        part = parts[relation]
        for place, modality in enumerate(modalities):
            rate, y = part.accuracy[modality], height + 0.22 * (place - (len(modalities) - 1) / 2)
            colour = COLOURS[modality]
            if rate.low is not None and rate.high is not None:
                axes.plot([100 * rate.low, 100 * rate.high], [y, y], color=colour, linewidth=1.6)
            label = modality if height == 0 else None
            axes.plot([100 * rate.value], [y], "o", color=colour, markersize=4.5, label=label)
        if part.chance == part.chance:
            ends = [height - 0.4, height + 0.4]
            label = "in-class chance" if height == 0 else None
            axes.plot([100 * part.chance] * 2, ends, color=_FAINT, linewidth=1.2, label=label)
    labels = [f"{name} ({parts[name].n:,})" for name in relations]
    axes.set_yticks(range(len(relations)), labels)
    axes.set_ylim(len(relations) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.tick_params(left=False)
    axes.grid(axis="x", color=_RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(f"accuracy at IoU {report.iou_threshold:g}, %")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=4, frameon=False, fontsize=8)


def _calibration(axes: Any, report: BiasReport) -> None:
    axes.plot([0, 100], [0, 100], color=_RULE, linewidth=1)
    for modality, found in report.overall.calibration.items():
        if found.bins and modality in ("fused", "2d", "3d"):
            sure = [100 * item.confidence for item in found.bins]
            right = [100 * item.accuracy for item in found.bins]
            # The area is the share of the cases: a bin of a few says little.
            sizes = [max(3.0, 150 * item.n / found.n) for item in found.bins]
            axes.plot(sure, right, color=COLOURS[modality], linewidth=1.2, label=modality)
            axes.scatter(sure, right, s=sizes, color=COLOURS[modality], linewidths=0)
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xlabel("confidence, %")
    axes.set_ylabel("right, %")
    axes.grid(color=_RULE, linewidth=0.6)
    axes.legend(frameon=False, fontsize=8)
