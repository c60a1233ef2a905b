"""A diagnosis on paper: the files that `whatwhere diagnose` writes on demand."""

from collections.abc import Sequence
from pathlib import Path

from whatwhere.errors import RefusedPathError
from whatwhere.evaluation.bias_differences import bias_differences
from whatwhere.evaluation.bias_report import BiasReport
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.evaluation.reporting.figures import write_figures
from whatwhere.evaluation.reporting.html import write_html
from whatwhere.evaluation.reporting.latex import as_latex


def write_files(
    found: Sequence[tuple[StoredCases, BiasReport]],
    iou: float,
    *,
    html: Path | None,
    latex: Path | None,
    figures: Path | None,
) -> list[Path]:
    """Write what has a path; several models stand side by side, differences to the first below.

    Raises:
        RefusedPathError: a file cannot be written.
    """
    reports = [report for _, report in found]
    written: list[Path] = []
    if html is not None:
        (before, _), *others = found
        differences = {
            f"{after.facts.model} minus {before.facts.model}": bias_differences(
                after, before, iou_threshold=iou
            )
            for after, _ in others
        }
        write_html(html, reports, differences)
        written.append(html)
    path = latex
    try:
        if latex is not None:
            latex.parent.mkdir(parents=True, exist_ok=True)
            latex.write_text(as_latex(reports) + "\n", encoding="utf-8")
            written.append(latex)
        path = figures
        if figures is not None:
            written += write_figures(figures, reports)
    except OSError as error:
        raise RefusedPathError(path or Path(), error.strerror or str(error)) from error
    return written
