"""How a closed loop is told: lines of its table, and what comes next."""

from collections.abc import Collection

from whatwhere.evaluation.before_after import Outcome
from whatwhere.evaluation.loop_report import FATES, Fate, LoopReport, LoopRow
from whatwhere.evaluation.rates import MIN_SCENES, TOO_FEW_SCENES, Rate
from whatwhere.evaluation.reporting.loop_page import (
    BROKEN_MEANS,
    CURED_MEANS,
    FATE_TITLES,
    PART_TITLES,
)
from whatwhere.serving.closing_loop import Loop
from whatwhere_app.loop_values import FateShown, LoopLine
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.presenters.train_lines import short_name

EMPTY = (
    "What did training cure, and what did it break? Tag failures in Annotate and train on them: "
    "when the run has ended its model is asked the same cases again, and both stand here side by "
    "side. Any two diagnoses of one split are compared here as well."
)


def lines_of(report: LoopReport) -> tuple[LoopLine, ...]:
    """The table, with a heading for each part."""
    found = []
    part = ""
    for number, row in enumerate(report.rows):
        if row.part != part:
            part = row.part
            found.append(LoopLine("", PART_TITLES[row.part]))
        found.append(LoopLine(str(number), row.title, _cells(row), _hint(row), row.is_tag))
    return tuple(found)


def fates_of(report: LoopReport, row: LoopRow, filtered: Collection[str]) -> tuple[FateShown, ...]:
    """A button for each fate.

    Args:
        report: that the row is of.
        row: the chosen one.
        filtered: names of the sets that the table is filtered by.
    """
    found = []
    for fate in FATES:
        count = len(report.of_fate(row, fate))
        is_on = filter_name(row, fate) in filtered
        text = f"{FATE_TITLES[fate]} · {count:,}"
        found.append(FateShown(fate, text, is_on=is_on, is_useful=count > 0))
    return tuple(found)


def filter_name(row: LoopRow, fate: Fate) -> str:
    """What the filter for these cases is called."""
    where = {"held": ", held aside", "trained": ", trained on", "all": ""}[row.part]
    return f"{FATE_TITLES[fate].lower()}: {row.title}{where}"


def caption_of(report: LoopReport) -> str:
    """How the table is to be read."""
    said = [
        f"Answers of {report.modality}, right from an IoU of {report.iou:g} on.",
        "In brackets 95 % intervals over scans.",
    ]
    scans = len(set(report.paired.scenes.tolist()))
    if scans < MIN_SCENES:
        said[1] = f"{counted(scans, 'scan')}: {TOO_FEW_SCENES}."
    if any(row.part == "held" for row in report.rows):
        said.append("Nothing of rooms held aside was seen in training.")
    if report.random is not None:
        said.append("Random: trained on as many cases drawn at random from the same rooms.")
    return " ".join(said)


def state_of(loop: Loop) -> tuple[str, str, str]:
    """What comes next, the button that does it, and what that does."""
    name = short_name(loop.run.name)
    match loop.step:
        case "training":
            if loop.run.is_living:
                far = f"{loop.run.step:,} of {loop.run.steps:,} steps" if loop.run.steps else ""
                until = f"{name} is training{f' ({far})' if far else ''}."
                return f"{until} Its model is asked the same cases when it has ended.", "", ""
            return f"{name} is {loop.run.phase}: resume it in Train.", "", ""
        case "ask":
            begun = "Asking was stopped, and goes on where it was." if loop.is_begun else ""
            said = f"{name} has ended, and was not asked the same cases yet. {begun}".strip()
            return said, "Ask again now", "Ask the trained model every sentence of the split"
        case "train_random":
            hint = (
                "A second run with the same settings, on as many cases drawn at random from the "
                f"same rooms: it takes as long as {name} did"
            )
            return "No run on random cases stands beside it yet.", "Train on random cases", hint
        case "training_random":
            run = loop.random_run
            assert run is not None
            if run.is_living:
                return f"A run on as many random cases is training ({run.step:,} steps).", "", ""
            return f"The run on random cases is {run.phase}: resume it in Train.", "", ""
        case "ask_random":
            said = "The run on random cases has ended, and was not asked yet."
            return said, "Ask it now", "Ask that model every sentence of the split"
    return "", "", ""


def _cells(row: LoopRow) -> tuple[str, ...]:
    outcome, random = row.outcome, row.random
    cells = [
        _of(outcome.cured),
        _of(outcome.broken),
        _before_after(outcome),
    ]
    if random is not None:
        cells += [_of(random.cured), _of(random.broken)]
    return tuple(cells)


def _of(rate: Rate) -> str:
    """As in "12/20  60 % [51, 72]"; empty where there is no such case."""
    if not rate.n:
        return ""
    text = f"{round(rate.value * rate.n):,}/{rate.n:,}  {100 * rate.value:.0f} %"
    if rate.low is None or rate.high is None:
        return text
    return f"{text} [{100 * rate.low:.0f}, {100 * rate.high:.0f}]"


def _before_after(outcome: Outcome) -> str:
    """Accuracy then and now."""
    if not outcome.before.n:
        return ""
    return f"{100 * outcome.before.value:.0f}, {100 * outcome.after.value:.0f} %"


def _hint(row: LoopRow) -> str:
    return (
        f"{counted(len(row.rows), 'case')}\nCured: {CURED_MEANS}\nBroken: {BROKEN_MEANS}\n"
        "Before, after: the share that is right."
    )
