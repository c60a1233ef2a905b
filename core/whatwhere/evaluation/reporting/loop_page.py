"""Before and after training as one HTML file: nothing is loaded from elsewhere."""

from html import escape
from pathlib import Path

from whatwhere.errors import RefusedPathError
from whatwhere.evaluation.loop_report import FATES, Fate, LoopReport, LoopRow
from whatwhere.evaluation.rates import MIN_SCENES, TOO_FEW_SCENES, Rate
from whatwhere.evaluation.reporting.cells import cell, percent
from whatwhere.evaluation.reporting.headline import table
from whatwhere.evaluation.reporting.page import page
from whatwhere.files import replacing

PART_TITLES = {
    "held": "Rooms held aside",
    "trained": "Rooms trained on",
    "all": "The whole split",
}
FATE_TITLES: dict[Fate, str] = {
    "cured": "Cured",
    "broken": "Broken",
    "still_wrong": "Still wrong",
    "still_right": "Still right",
}
CURED_MEANS = "Wrong before training and right after it, of all that were wrong."
BROKEN_MEANS = "Right before training and wrong after it, of all that were right."

_MOST_CASES = 500


def write_loop_page(path: Path, report: LoopReport) -> None:
    """Write the page.

    Args:
        path: of the file.
        report: what it says.

    Raises:
        RefusedPathError: it cannot be written.
        BrokenFileError: the sentences cannot be read.
    """
    text = loop_page(report)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error


def loop_page(report: LoopReport) -> str:
    """The whole document.

    Raises:
        BrokenFileError: the sentences cannot be read.
    """
    before, after = report.before.facts, report.after.facts
    title = f"{after.name} after {before.name}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="verdict">{escape(said(report))}</p>',
        _few_scenes(report),
        "<h2>Cured and broken</h2>",
        f"<p>Answers of {escape(report.modality)}, right from an IoU of {report.iou:g} on. "
        "Percent; in brackets 95 % intervals over scans. Nothing of rooms held aside was seen in "
        "training.</p>",
        _table(report),
        *(_cases(report, fate) for fate in FATES[:2]),
        "<h2>What these numbers depend on</h2>",
        _card(report),
    ]
    return page(title, parts, report.as_json(), name="loop")


def said(report: LoopReport) -> str:
    """The headline: what was cured of the failures, what was broken beside them, in a line."""
    failures, others = report.headline
    where = ", of rooms held aside" if failures.part == "held" else ""
    cured, broken = failures.outcome.cured, others.outcome.broken
    text = f"Cured {_count(cured)} failures{where}{_share(cured)}"
    text += f"; broke {_count(broken)} right answers there{_share(broken)}."
    if failures.random is not None and others.random is not None:
        text += (
            f" As many random cases: cured {_count(failures.random.cured)}, "
            f"broke {_count(others.random.broken)}."
        )
    return text


def _count(rate: Rate) -> str:
    return f"{round(rate.value * rate.n) if rate.n else 0:,} of {rate.n:,}"


def _share(rate: Rate) -> str:
    if not rate.n:
        return ""
    has_interval = rate.low is not None and rate.high is not None
    ends = f" [{percent(rate.low or 0)}, {percent(rate.high or 0)}]" if has_interval else ""
    return f" ({percent(rate.value)} %{ends})"


def _few_scenes(report: LoopReport) -> str:
    scans = len(set(report.paired.scenes.tolist()))
    if scans >= MIN_SCENES:
        return ""
    return (
        f'<p class="note">{scans} scans are {TOO_FEW_SCENES}: from {MIN_SCENES} on there is '
        "one.</p>"
    )


def _table(report: LoopReport) -> str:
    has_random = report.random is not None
    titles = [("n", ""), ("cured", CURED_MEANS), ("broken", BROKEN_MEANS)]
    titles += [("before", "Accuracy of the model that was trained."), ("after", "Accuracy now.")]
    if has_random:
        titles += [("random: cured", ""), ("random: broken", "")]
    head = "".join(
        f'<th scope="col" title="{escape(hint)}">{escape(name)}</th>'
        if hint
        else f'<th scope="col">{escape(name)}</th>'
        for name, hint in titles
    )
    lines = []
    part = ""
    for row in report.rows:
        if row.part != part:
            part = row.part
            lines.append(
                f'<tr><th scope="row" colspan="{len(titles) + 1}"><b>{PART_TITLES[part]}</b>'
                "</th></tr>"
            )
        cells = "".join(f"<td>{one or '-'}</td>" for one in _cells(row, has_random=has_random))
        name = f"&emsp;{escape(row.title)}" if row.is_tag else escape(row.title)
        lines.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
    return table(f"<tr><td></td>{head}</tr>", lines)


def _cells(row: LoopRow, *, has_random: bool) -> list[str]:
    outcome = row.outcome
    cells = [
        f"{len(row.rows):,}",
        cell(outcome.cured),
        cell(outcome.broken),
        cell(outcome.before, counted=False),
        cell(outcome.after, counted=False),
    ]
    if has_random:
        random = row.random
        cells += ["", ""] if random is None else [cell(random.cured), cell(random.broken)]
    return cells


def _cases(report: LoopReport, fate: Fate) -> str:
    """The cases by name, so that two people speak of the same ones."""
    wanted = report.of_fate(report.rows[-1], fate)
    place = {int(row): index for index, row in enumerate(report.before.columns.rows.tolist())}
    indices = [place[row] for row in wanted.tolist()][:_MOST_CASES]
    columns = report.before.columns
    lines = [
        f'<tr><th scope="row">{escape(columns.scene_ids[int(columns.scenes[index])])}</th>'
        f'<td style="text-align: left; white-space: normal">{escape(text)}</td></tr>'
        for index, text in zip(indices, report.before.texts(indices), strict=True)
    ]
    hidden = len(wanted) - len(indices)
    more = f'<p class="note">{hidden:,} more are left out here.</p>' if hidden else ""
    return f"<h2>{FATE_TITLES[fate]}: {len(wanted):,}</h2>{table('', lines)}{more}"


def _card(report: LoopReport) -> str:
    found = {"before": report.before, "after": report.after}
    if report.random is not None:
        found["random cases"] = report.random
    rows = []
    for name, cases in found.items():
        facts = cases.facts
        told = (
            f"{facts.model} (weights {facts.model_hash or 'unknown'}), {facts.split} "
            f"{facts.split_hash[:12]}, boxes: {facts.box_source}, "
            f"{len(cases.columns):,} cases, {facts.created}"
        )
        rows.append(f'<tr><th scope="row">{escape(name)}</th><td>{escape(told)}</td></tr>')
    return f'<table class="card">{"".join(rows)}</table>'
