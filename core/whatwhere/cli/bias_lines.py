"""Bias over training in lines, as `whatwhere runs bias` prints it."""

from collections.abc import Sequence

from whatwhere.evaluation.over_steps import StepFigures
from whatwhere.evaluation.quadrants import QUADRANTS
from whatwhere.evaluation.rates import MIN_SCENES, TOO_FEW_SCENES, Rate
from whatwhere.training.run_looks import RunLooks

_UNKNOWN = "-"


def bias_lines(found: RunLooks, figures: Sequence[StepFigures], iou_threshold: float) -> list[str]:
    """What the cases are, then a row per step under titles."""
    facts, last = found.looks[-1].facts, figures[-1]
    modalities = [name for name in facts.modalities if name in last.accuracy]
    kind = next((item.twin_kind for item in figures if item.twin_kind), "")
    followed = list(last.follow)
    titles = ["step", *(f"right {name}" for name in modalities)]
    titles += [f"follows {name}" for name in followed]
    titles += [name for name in QUADRANTS if last.quadrants]
    rows = [titles, *(_row(item, modalities, followed) for item in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(titles))]
    table = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    intervals = (
        "in brackets the 95 % interval over scenes"
        if last.num_scenes >= MIN_SCENES
        else f"{TOO_FEW_SCENES} ({MIN_SCENES} are needed)"
    )
    return [
        f"{found.run.name}: {last.n:,} cases of {last.num_scenes:,} scenes of {facts.split}, "
        f"right from IoU {iou_threshold:g}, in %; {intervals}",
        f"follows: goes with the {kind} into the twin, minus the placebo"
        if kind
        else "no twins: whether answers follow appearance is not known",
        *table,
        *found.faults,
    ]


def _row(item: StepFigures, modalities: Sequence[str], followed: Sequence[str]) -> list[str]:
    cells = [f"{item.step:,}"]
    cells += [_share(item.accuracy.get(name)) for name in modalities]
    cells += [_share(item.follow.get(name)) for name in followed]
    return [*cells, *(f"{count:,}" for count in item.quadrants.values())]


def _share(found: Rate | None) -> str:
    if found is None or not found.n:
        return _UNKNOWN
    interval = (
        ""
        if found.low is None or found.high is None
        else f" [{100 * found.low:.1f}, {100 * found.high:.1f}]"
    )
    return f"{100 * found.value:.1f}{interval}"
