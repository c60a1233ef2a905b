"""The figures of every model by relation, skill, category and the like, differences beneath."""

from collections.abc import Mapping, Sequence
from html import escape

from whatwhere.evaluation.bias_differences import BiasDifferences
from whatwhere.evaluation.bias_figures import BiasFigures
from whatwhere.evaluation.bias_report import BiasReport
from whatwhere.evaluation.reporting.cells import cell, followed, percent
from whatwhere.evaluation.reporting.headline import table

_MOST_PARTS = 40


def by_parts(
    reports: Sequence[BiasReport], differences: Mapping[str, BiasDifferences]
) -> list[str]:
    """A section for each axis: of every part a row per model, then a row per difference.

    Args:
        reports: of one split.
        differences: title -> what it is; in percentage points, paired.
    """
    sections = []
    for axis in dict.fromkeys(axis for report in reports for axis in report.by):
        parts = _parts_of(reports, axis)
        shown = parts[:_MOST_PARTS]
        rows = [row for part in shown for row in _rows(reports, differences, axis, part)]
        sections += [f"<h2>By {escape(axis)}</h2>", table(_head(reports), rows)]
        hidden = len(parts) - len(shown)
        if hidden > 0:
            sections.append(f'<p class="note">{hidden} rarer ones are in the data below.</p>')
    return sections


def _parts_of(reports: Sequence[BiasReport], axis: str) -> list[str]:
    """As the first model has them; categories the most frequent first."""
    count: dict[str, int] = {}
    for report in reports:
        for name, part in report.by.get(axis, {}).items():
            count[name] = max(count.get(name, 0), part.n)
    return sorted(count, key=lambda name: -count[name]) if axis == "category" else list(count)


def _modalities(reports: Sequence[BiasReport]) -> list[str]:
    return list(dict.fromkeys(name for report in reports for name in report.overall.accuracy))


def _head(reports: Sequence[BiasReport]) -> str:
    titles = ["n", *_modalities(reports), "chance", "follow appearance"]
    if len(reports) > 1:
        titles.insert(0, "model")
    cells = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    return f"<tr><td></td>{cells}</tr>"


def _rows(
    reports: Sequence[BiasReport],
    differences: Mapping[str, BiasDifferences],
    axis: str,
    part: str,
) -> list[str]:
    modalities = _modalities(reports)
    found: list[list[str]] = []
    for report in reports:
        figures = report.by.get(axis, {}).get(part)
        nothing = [""] * (len(modalities) + 3)
        cells = nothing if figures is None else _cells(figures, modalities)
        found.append([escape(report.facts.model), *cells])
    for title, difference in differences.items():
        rates = difference.by.get(axis, {}).get(part)
        if rates is not None:
            n = max((rate.n for rate in rates.values()), default=0)
            changes = (cell(rates.get(name), counted=False) for name in modalities)
            found.append([f"<small>{escape(title)}</small>", f"{n:,}", *changes, "", ""])
    head = f'<th scope="rowgroup" rowspan="{len(found)}">{escape(part)}</th>'
    lines = []
    for number, (name, *cells) in enumerate(found):
        model = f'<th scope="row">{name}</th>' if len(reports) > 1 else ""
        shown = "".join(f"<td>{one or '-'}</td>" for one in cells)
        lines.append(f"<tr>{'' if number else head}{model}{shown}</tr>")
    return lines


def _cells(figures: BiasFigures, modalities: Sequence[str]) -> list[str]:
    return [
        f"{figures.n:,}",
        *(cell(figures.accuracy.get(name), counted=False) for name in modalities),
        percent(figures.chance),
        followed("fused", "appearance")(figures),
    ]
