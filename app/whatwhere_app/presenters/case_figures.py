"""The rows of the report: every figure with its interval, its count and its definition."""

from collections.abc import Iterator, Mapping

import numpy as np

from whatwhere.evaluation.bias_figures import BiasFigures
from whatwhere.evaluation.bias_report import BiasReport
from whatwhere.evaluation.definitions import DEFINITIONS
from whatwhere.evaluation.rates import Rate
from whatwhere_app.case_values import FigureRow
from whatwhere_app.presenters.train_lines import MODALITY_NAMES

_AXES = {
    "relation": "By relation",
    "skill": "By skill",
    "category": "By category",
    "look-alikes": "Unique and multiple",
    "distance": "By distance to the nearest look-alike",
    "visibility": "By visibility",
}


def figure_rows(report: BiasReport) -> tuple[FigureRow, ...]:
    """The report, row by row."""
    return tuple(_rows(report))


def _rows(report: BiasReport) -> Iterator[FigureRow]:
    overall = report.overall
    yield from _follow(report)
    yield from _accuracies(report)
    yield from _agreement(overall)
    yield from _margin(overall)
    if overall.quadrants:
        yield _head(f"Quadrants at IoU {report.iou_threshold:g}", DEFINITIONS["quadrants"])
        for name, count in overall.quadrants.items():
            share = f"{100 * count / max(1, overall.n):.1f} %"
            yield FigureRow(name, share, f"{count:,}", DEFINITIONS["quadrants"])
    for axis, parts in report.by.items():
        yield from _parts(_AXES.get(axis, axis), parts)
    if report.left_out:
        yield _head("Left out", DEFINITIONS["left out"])
        for reason, count in report.left_out.items():
            yield FigureRow(reason, "", f"{count:,}", DEFINITIONS["left out"])


def _follow(report: BiasReport) -> Iterator[FigureRow]:
    yield _head("Causal follow rates", report.verdict)
    for kind, of_kind in report.overall.follow.items():
        meaning = ""
        if kind != "appearance":
            meaning = f" {DEFINITIONS['position twin']}"
            yield _head(f"Follow rates, {kind} twin", DEFINITIONS["position twin"])
        for modality, found in of_kind.items():
            name = MODALITY_NAMES.get(modality, modality)
            for key, rate in (
                ("follow_appearance", found.follow_appearance),
                ("follow_position", found.follow_position),
            ):
                yield _rate(f"{key} · {name}", rate, DEFINITIONS[key] + meaning)


def _agreement(overall: BiasFigures) -> Iterator[FigureRow]:
    yield _head("Agreement with 2D", DEFINITIONS["excess agreement"])
    for prefix, agreement in (("", overall.agreement), ("frozen ", overall.agreement_frozen)):
        if agreement is not None:
            key = "excess agreement, frozen" if prefix else "excess agreement"
            yield _rate(f"raw {prefix}agreement", agreement.raw, DEFINITIONS["raw agreement"])
            yield _rate(f"excess {prefix}agreement", agreement.excess, DEFINITIONS[key])


def _accuracies(report: BiasReport) -> Iterator[FigureRow]:
    overall = report.overall
    yield _head(f"Right answers at IoU {report.iou_threshold:g}", DEFINITIONS["accuracy"])
    for modality, rate in overall.accuracy.items():
        yield _rate(MODALITY_NAMES.get(modality, modality), rate, DEFINITIONS["accuracy"])
    if overall.shuffled_drop is not None:
        yield _rate("fused less shuffled", overall.shuffled_drop, DEFINITIONS["fused - shuffled"])
    if not np.isnan(overall.chance):
        meaning = DEFINITIONS["in-class chance"]
        yield FigureRow("in-class chance", f"{100 * overall.chance:.1f} %", "", meaning)
    for modality, rate in overall.class_accuracy.items():
        name = f"class · {MODALITY_NAMES.get(modality, modality)}"
        yield _rate(name, rate, DEFINITIONS["class accuracy"])
    for modality, found in overall.calibration.items():
        name = f"calibration error · {MODALITY_NAMES.get(modality, modality)}"
        meaning = DEFINITIONS["calibration error"]
        yield FigureRow(name, f"{100 * found.ece:.1f} %", f"{found.n:,}", meaning)


def _margin(overall: BiasFigures) -> Iterator[FigureRow]:
    margin = overall.margin
    if margin is not None:
        yield _head("Margin", DEFINITIONS["margin"])
        count = f"{margin.penalised.n:,}"
        yield FigureRow("median", f"{margin.median:.2f} nats", count, DEFINITIONS["margin"])
        name = f"penalised at m = {margin.margin:g}"
        yield _rate(name, margin.penalised, DEFINITIONS["penalised"])


def _parts(title: str, parts: Mapping[str, BiasFigures]) -> Iterator[FigureRow]:
    yield _head(title, DEFINITIONS["accuracy"])
    for part, figures in parts.items():
        fused = figures.accuracy.get("fused")
        if fused is not None:
            yield _rate(part, fused, f"Fused. {DEFINITIONS['accuracy']}")
        rates = figures.follow_rates()
        if rates is not None and rates.counted:
            meaning = DEFINITIONS["follow_appearance"]
            yield _rate(f"{part} · follow_appearance", rates.follow_appearance, meaning)


def _head(name: str, meaning: str) -> FigureRow:
    return FigureRow(name, meaning=meaning, is_head=True)


def _rate(name: str, rate: Rate, meaning: str) -> FigureRow:
    if not rate.n:
        return FigureRow(name, "none", "0", meaning)
    value = f"{100 * rate.value:.1f} %"
    if rate.low is not None and rate.high is not None:
        value += f" [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"
    return FigureRow(name, value, f"{rate.n:,}", f"{meaning} {DEFINITIONS['interval']}")
