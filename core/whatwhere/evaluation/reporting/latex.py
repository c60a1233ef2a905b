"""The headline as a table for a paper: booktabs, with the facts in its caption."""

from collections.abc import Sequence
from pathlib import Path

from whatwhere.evaluation.bias_report import BiasReport
from whatwhere.evaluation.rates import Rate

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: rf"\{character}" for character in "&%$#_{}"},
}


def as_latex(reports: Sequence[BiasReport]) -> str:
    """One row per model: accuracy per modality, follow rates, excess agreement; percent.

    Args:
        reports: of one split; the facts are those of the first.
    """
    first = reports[0]
    modalities = list(dict.fromkeys(name for one in reports for name in one.overall.accuracy))
    columns = [*(_escaped(name) for name in modalities), "follow app.", "follow pos.", "excess"]
    lines = [
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        rf"  \begin{{tabular}}{{l{'r' * len(columns)}}}",
        r"    \toprule",
        rf"    & \multicolumn{{{len(modalities)}}}{{c}}{{Acc@{first.iou_threshold:g}}} & & & \\",
        rf"    model & {' & '.join(columns)} \\",
        r"    \midrule",
    ]
    for report in reports:
        figures = report.overall
        follow = figures.follow_rates()
        cells = [
            *(_cell(figures.accuracy.get(name)) for name in modalities),
            _cell(None if follow is None else follow.follow_appearance),
            _cell(None if follow is None else follow.follow_position),
            _cell(None if figures.agreement is None else figures.agreement.excess),
        ]
        lines.append(rf"    {_escaped(report.facts.model)} & {' & '.join(cells)} \\")
    facts = first.facts
    caption = (
        f"{Path(facts.data).name}, {facts.split}, {first.overall.n:,} sentences in "
        f"{first.overall.num_scenes:,} scenes (split hash {facts.split_hash}), boxes from "
        f"{facts.box_source}. Percent; 95% intervals over scenes."
    )
    return "\n".join(
        [
            *lines,
            r"    \bottomrule",
            r"  \end{tabular}",
            rf"  \caption{{{_escaped(caption)}}}",
            r"\end{table}",
        ]
    )


def _cell(rate: Rate | None) -> str:
    if rate is None or not rate.n:
        return "--"
    value = f"{100 * rate.value:.1f}"
    if rate.low is None or rate.high is None:
        return value
    return rf"{value} {{\scriptsize[{100 * rate.low:.1f}, {100 * rate.high:.1f}]}}"


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)
