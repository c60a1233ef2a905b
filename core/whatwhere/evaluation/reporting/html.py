"""The report as one HTML file: nothing is loaded from elsewhere, and it prints well."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from whatwhere.errors import RefusedPathError
from whatwhere.evaluation.bias_differences import BiasDifferences
from whatwhere.evaluation.bias_report import BiasReport
from whatwhere.evaluation.definitions import DEFINITIONS
from whatwhere.evaluation.quadrants import QUADRANTS
from whatwhere.evaluation.rates import MIN_SCENES, TOO_FEW_SCENES
from whatwhere.evaluation.reporting.by_parts import by_parts
from whatwhere.evaluation.reporting.card import metric_card
from whatwhere.evaluation.reporting.cells import cell, cell_of_json
from whatwhere.evaluation.reporting.figures import OF_FIRST, figures_of, svg_of
from whatwhere.evaluation.reporting.headline import headline, table
from whatwhere.evaluation.reporting.latex import as_latex
from whatwhere.evaluation.reporting.page import page
from whatwhere.files import replacing

_CAPTIONS = {
    "accuracy": "Accuracy per modality, beside what guessing inside the class would score.",
    "follow": "How far answers go with the looks when two look-alikes exchange them.",
    "relations": "Accuracy per relation of the sentence, with its number of cases.",
    "calibration": "How sure and how right; larger dots are more cases.",
}
_COPY = "const t = this.nextElementSibling; t.select(); navigator.clipboard?.writeText(t.value)"


def write_html(
    path: Path,
    reports: Sequence[BiasReport],
    differences: Mapping[str, BiasDifferences] | None = None,
) -> None:
    """Write the report of one model, or of several on one split side by side.

    Args:
        path: of the file.
        reports: each is broken down by parts; the plots by relation are of the first.
        differences: "after minus before", as a title -> what it is.

    Raises:
        RefusedPathError: it cannot be written.
    """
    text = as_html(reports, differences)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error


def as_html(
    reports: Sequence[BiasReport], differences: Mapping[str, BiasDifferences] | None = None
) -> str:
    """The whole document."""
    first = reports[0]
    models = " and ".join(report.facts.model for report in reports)
    title = f"{models} on {first.facts.split}"
    differences = differences or {}
    parts = [
        f"<h1>{escape(title)}</h1>",
        *(_verdict(report, named=len(reports) > 1) for report in reports),
        _few_scenes(first),
        "<h2>Figures</h2>",
        "<p>Percent; in brackets 95 % intervals over scenes. Hover over a name for what it "
        "means.</p>",
        headline(reports),
        _plots(reports),
        *(_differences(name, found) for name, found in differences.items()),
        *(_quadrants(report) for report in reports if report.overall.quadrants),
        *(_probes(report, named=len(reports) > 1) for report in reports if report.probes),
        *by_parts(reports, differences),
        "<h2>What these numbers depend on</h2>",
        *(_card(report) for report in reports),
        _definitions(),
        _latex(reports),
    ]
    document = {
        "diagnoses": [report.as_json() for report in reports],
        "differences": {name: found.as_json() for name, found in differences.items()},
    }
    return page(title, parts, document, name="diagnose")


def _verdict(report: BiasReport, *, named: bool) -> str:
    kind = {True: "accused", False: "cleared", None: "open"}[report.accused]
    name = f"<b>{escape(report.facts.model)}</b> " if named else ""
    return f'<p class="verdict {kind}">{name}{escape(report.verdict)}</p>'


def _few_scenes(report: BiasReport) -> str:
    if report.overall.num_scenes >= MIN_SCENES:
        return ""
    return (
        f'<p class="note">{report.overall.num_scenes} scenes are {TOO_FEW_SCENES}: '
        f"from {MIN_SCENES} on there is one.</p>"
    )


def _plots(reports: Sequence[BiasReport]) -> str:
    figures = figures_of(reports)
    shown = []
    for name in figures:
        whose = f"{reports[0].facts.model}: " if len(reports) > 1 and name in OF_FIRST else ""
        caption = f"<figcaption>{escape(whose + _CAPTIONS[name])}</figcaption>"
        shown.append(f"<figure>{svg_of(figures, name)}{caption}</figure>")
    return f'<div class="figures">{"".join(shown)}</div>'


def _differences(title: str, found: BiasDifferences) -> str:
    rows = [
        *((f"Accuracy, {name}", rate) for name, rate in found.accuracy.items()),
        *((f"Class accuracy, {name}", rate) for name, rate in found.class_accuracy.items()),
        *((f"Follow appearance, {name}", rate) for name, rate in found.follow_appearance.items()),
    ]
    lines = [f'<tr><th scope="row">{escape(name)}</th><td>{cell(r)}</td></tr>' for name, r in rows]
    left = "; ".join(f"{count:,} {reason}" for reason, count in found.left_out.items())
    notes = [*found.notes, *([f"Left out: {left}."] if left else [])]
    return "\n".join(
        [
            f"<h2>{escape(title)}</h2>",
            f"<p>Paired, over {found.n:,} common cases in {found.num_scenes:,} scenes; percentage "
            "points.</p>",
            table("", lines),
            *(f'<p class="note">{escape(note)}</p>' for note in notes),
        ]
    )


def _quadrants(report: BiasReport) -> str:
    counts = report.overall.quadrants
    both, fused, two_d, neither = (f"{counts[name]:,}" for name in QUADRANTS)
    return "\n".join(
        [
            f"<h2>Who is right: {escape(report.facts.model)}</h2>",
            f"<p>Cases at an IoU of {report.iou_threshold:g}.</p>",
            '<table class="quadrants"><tr><td></td><th>2d right</th><th>2d wrong</th></tr>',
            f'<tr><th scope="row">fused right</th><td>{both}</td><td>{fused}</td></tr>',
            f'<tr><th scope="row">fused wrong</th><td>{two_d}</td><td>{neither}</td></tr></table>',
        ]
    )


def _probes(report: BiasReport, *, named: bool) -> str:
    of = f": {report.facts.model}" if named else ""
    lines = []
    for name, found in report.probes.items():
        shares = [
            cell_of_json(found.get(f"{what}_when_it_should")) or "-" for what in ("moved", "stayed")
        ]
        shown = "".join(f"<td>{one}</td>" for one in (f"{found['n']:,}", *shares))
        lines.append(f'<tr><th scope="row">{escape(name)}</th>{shown}</tr>')
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("n", "moved when it should", "stayed when it should")
    )
    return f"<h2>Probes{escape(of)}</h2>{table(f'<tr><td></td>{head}</tr>', lines)}"


def _card(report: BiasReport) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in metric_card(report).items()
    )
    return f'<table class="card">{rows}</table>'


def _definitions() -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in DEFINITIONS.items()
    )
    return f"<h2>What the figures mean</h2><dl>{rows}</dl>"


def _latex(reports: Sequence[BiasReport]) -> str:
    text = escape(as_latex(reports))
    lines = text.count("\n") + 1
    return (
        '<section class="screen"><h2>As LaTeX</h2>'
        f'<button onclick="{_COPY}">Copy</button>'
        f'<textarea id="latex" readonly rows="{lines}" aria-label="LaTeX">{text}</textarea>'
        "</section>"
    )
