"""The figures of a diagnosis as sentences, as a page and as a table; of two, what one gains."""

from pathlib import Path

from whatwhere.evaluation.bias_cases import BiasCases
from whatwhere.evaluation.bias_differences import bias_differences
from whatwhere.evaluation.bias_report import BiasReport, bias_report
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.evaluation.rates import MIN_SCENES, TOO_FEW_SCENES, Rate
from whatwhere.evaluation.reporting.figures import write_figures
from whatwhere.evaluation.reporting.html import write_html

_FOLDER, _PAGE = "report", "report.html"


def report_of(cases: StoredCases, threshold: float) -> BiasReport:
    """Every figure of some cases."""
    return bias_report(cases.columns, cases.facts, iou_threshold=threshold)


def write_page(first: StoredCases, second: StoredCases | None, threshold: float) -> Path:
    """Write the report beside the cases, with its figures as files, and give the page's path.

    Args:
        first: whose figures come first.
        second: what stands beside them, with its differences; None for nothing.
        threshold: IoU from which an answer is right.

    Raises:
        WhatWhereError: it cannot be written, or they are of different sentences.
    """
    reports = [report_of(one, threshold) for one in (first, second) if one is not None]
    differences = {}
    if second is not None:
        title = f"{second.facts.name} minus {first.facts.name}"
        differences[title] = bias_differences(second, first, iou_threshold=threshold)
    folder = first.folder / _FOLDER
    page = folder / _PAGE
    write_html(page, reports, differences)
    write_figures(folder, reports)
    return page


def headline(cases: StoredCases) -> str:
    """The one figure that accuses nobody wrongly, with what it rests on."""
    found = BiasCases(cases.columns).figures()
    rates = found.follow_rates()
    if rates is None or not rates.counted:
        fused = found.accuracy.get("fused")
        said = "" if fused is None else f"Fused is right in {_said(fused, found.num_scenes)}. "
        why = "no twins were asked" if rates is None else "no answer was one of an exchanged pair"
        return f"{said}follow_appearance is not known: {why}."
    return f"follow_appearance {_said(rates.follow_appearance, found.num_scenes)}"


def difference(first: StoredCases, second: StoredCases) -> str:
    """What the second gains over the first, on the cases that both were asked.

    Raises:
        ConfigError: they are of different sentences.
    """
    found = bias_differences(second, first, axes=())
    named = {"accuracy": found.accuracy.get("fused")}
    named["follow_appearance"] = found.follow_appearance.get("fused")
    parts = [
        f"{name} {_said(rate, found.num_scenes, is_change=True)}"
        for name, rate in named.items()
        if rate is not None and rate.n
    ]
    said = f"{second.facts.name} against it: {'; '.join(parts) or 'no common case'}."
    return " ".join([said, *found.notes])


def _said(rate: Rate, num_scenes: int, *, is_change: bool = False) -> str:
    sign, unit = ("+", "points") if is_change else ("", "%")
    n = f"{rate.n:,} case{'' if rate.n == 1 else 's'}"
    scenes = f"{num_scenes:,} scene{'' if num_scenes == 1 else 's'}"
    value = f"{100 * rate.value:{sign}.1f} {unit}"
    if rate.low is None or rate.high is None:
        if num_scenes >= MIN_SCENES:
            scenes = f"of fewer than {MIN_SCENES} scenes"  # the others hold no such case
        return f"{value} ({n}, {scenes}: {TOO_FEW_SCENES})"
    return f"{value} [{100 * rate.low:{sign}.1f}, {100 * rate.high:{sign}.1f}] ({n}, {scenes})"
