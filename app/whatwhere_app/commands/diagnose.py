"""The Diagnose menu: a model over a split, and what is seen of it."""

from whatwhere_app.commands.command import Command

DIAGNOSE: tuple[Command, ...] = (
    Command(
        "diagnose.run",
        "Evaluate a split…",
        (),
        "Diagnose",
        "Ask a model every sentence of a split, in several modalities, and keep the cases",
    ),
    Command(
        "diagnose.over_training",
        "Bias over training",
        (),
        "Diagnose",
        "Go through the steps of a training run: its looks at the probe set, case by case",
    ),
    Command(
        "diagnose.clear_filters",
        "Take all filters away",
        (),
        "Diagnose",
        "Show every case again; Undo brings the filters back",
        starts_group=True,
    ),
    Command(
        "diagnose.pin_set",
        "Pin the shown cases as a set…",
        (),
        "Diagnose",
        "Write what the table shows into a file that can be shared; it holds for every model",
    ),
    Command(
        "diagnose.open_set",
        "Open a set of cases…",
        (),
        "Diagnose",
        "Keep only the cases of a pinned set; a file can also be dropped on the window",
    ),
    Command(
        "diagnose.open_folder",
        "Open the folder of a diagnosis…",
        (),
        "Diagnose",
        "Open one that was made elsewhere, by whatwhere diagnose --out",
    ),
    Command(
        "diagnose.use_margin",
        "Train with this margin",
        (),
        "Diagnose",
        "Take the margin line's value to the training form",
        starts_group=True,
    ),
    Command(
        "diagnose.shortcuts",
        "Weigh the cues of look-alikes",
        (),
        "Diagnose",
        "Which of size, colour and others decides what was chosen, when place should",
    ),
    Command(
        "diagnose.before_after",
        "Before and after training",
        (),
        "Diagnose",
        "What training on tagged failures cured and broke: the newest run that was asked again",
    ),
    Command(
        "diagnose.loop_report",
        "Before and after as HTML",
        (),
        "Diagnose",
        "Write what was cured and broken into one page and open it",
    ),
    Command(
        "diagnose.report",
        "Report as HTML",
        (),
        "Diagnose",
        "Write all figures of the open diagnosis into one page and open it",
        starts_group=True,
    ),
    Command(
        "diagnose.latex",
        "Copy the figures as LaTeX",
        (),
        "Diagnose",
        "A table for a paper, onto the clipboard",
    ),
)
