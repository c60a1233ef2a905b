"""The table at the top of a report: a row per figure, a column per model."""

from collections.abc import Sequence
from html import escape

from whatwhere.evaluation.bias_report import BiasReport
from whatwhere.evaluation.definitions import DEFINITIONS
from whatwhere.evaluation.reporting.cells import (
    Shown,
    agreement,
    calibration_error,
    cell,
    followed,
    margin,
    of_class,
    of_modality,
    penalised,
    percent,
    stayed,
)


def headline(reports: Sequence[BiasReport]) -> str:
    """One row per figure, one column per model; what nobody has is left out."""
    modalities = list(dict.fromkeys(m for r in reports for m in r.overall.accuracy))
    rows: list[tuple[str, str, Shown]] = []
    for modality in modalities:
        rows.append((f"Accuracy, {modality}", "accuracy", of_modality("accuracy", modality)))
    for modality in modalities:
        rows.append((f"Class accuracy, {modality}", "class accuracy", of_class(modality)))
    rows += [
        ("In-class chance", "in-class chance", lambda f: percent(f.chance)),
        ("Follow appearance, fused", "follow_appearance", followed("fused", "appearance")),
        ("Follow appearance, 2d", "follow_appearance", followed("2d", "appearance")),
        ("Follow position, fused", "follow_position", stayed),
        ("Position twin: moves along, fused", "position twin", followed("fused", "position")),
        ("Raw agreement in error", "raw agreement", agreement("raw", frozen=False)),
        ("Excess agreement", "excess agreement", agreement("excess", frozen=False)),
        ("Excess, frozen reference", "excess agreement, frozen", agreement("excess", frozen=True)),
        ("Margin, median in nats", "margin", margin),
        ("Penalised by the margin loss", "penalised", penalised),
        ("Fused - shuffled", "fused - shuffled", lambda f: cell(f.shuffled_drop)),
        *(
            (f"Calibration error, {modality}", "calibration error", calibration_error(modality))
            for modality in modalities
        ),
    ]
    lines = []
    for label, definition, show in rows:
        cells = [show(report.overall) for report in reports]
        if any(cells):
            shown = "".join(f"<td>{one or '-'}</td>" for one in cells)
            hint = escape(DEFINITIONS[definition])
            lines.append(f'<tr><th scope="row" title="{hint}">{escape(label)}</th>{shown}</tr>')
    head = "".join(f'<th scope="col">{escape(report.facts.model)}</th>' for report in reports)
    return table(f"<tr><td></td>{head}</tr>", lines)


def table(head: str, rows: Sequence[str]) -> str:
    """Rows below a head, which may be empty."""
    top = f"<thead>{head}</thead>" if head else ""
    return f"<table>{top}<tbody>{''.join(rows)}</tbody></table>"
