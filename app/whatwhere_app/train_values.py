"""What the views of the training panel show: plain values, made by presenters."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from whatwhere_app.theme import Pattern

FieldKind = Literal["number", "text", "choice", "switch", "path"]
Group = Literal["Start from", "Data", "Length", "Losses", "Everything else"]

GROUPS: tuple[Group, ...] = ("Start from", "Data", "Length", "Losses", "Everything else")
"""The parts of the form, in order; the last is folded."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One setting of the form.

    Attributes:
        name: of the setting, as in the configuration.
        title: beside its editor.
        hint: what it does.
        kind: of editor; "path" is a list in which a folder may be typed.
        value: as text; "true" or "false" for a switch.
        options: value -> text, for lists.
        is_changed: it differs from the preset.
        preset_value: what the preset says, as text.
        fault: why the value is refused; empty when it is not.
        is_explained: the hint stands beneath it, not on hover alone.
    """

    name: str
    title: str
    hint: str
    kind: FieldKind
    value: str
    options: tuple[tuple[str, str], ...] = ()
    is_changed: bool = False
    preset_value: str = ""
    fault: str = ""
    is_explained: bool = False


@dataclass(frozen=True, slots=True)
class FormShown:
    """The whole form.

    Attributes:
        preset: in use.
        presets: name -> what the list says, in order.
        note: what the preset is.
        groups: the settings, by part.
    """

    preset: str
    presets: tuple[tuple[str, str], ...]
    note: str
    groups: dict[Group, tuple[FieldRow, ...]]


@dataclass(frozen=True, slots=True)
class NeedRow:
    """One line of the preflight: a resource, and whether there is enough of it."""

    text: str
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of the table.

    Attributes:
        key: its folder.
        name: of the folder.
        phase: as the user reads it.
        progress: e.g. "120 / 500".
        eta: time left, while it runs.
        pid: of its process, while it lives.
        accuracy: fused, on all sentences of the probe set.
        follow: share of fused answers that follow the appearance.
        note: what it is doing or why it ended; the whole of it on hover.
        level: "alive", "ended" or "fault".
    """

    key: str
    name: str
    phase: str
    progress: str
    eta: str
    pid: str
    accuracy: str
    follow: str
    note: str
    level: Literal["alive", "ended", "fault"]


@dataclass(frozen=True, slots=True)
class OverTrainingShown:
    """A run that is gone through, look by look; S looks.

    Attributes:
        run: its name.
        steps: S steps at which it was looked at.
        place: which of them is shown.
        last_step: of the run, done or to come.
        has_arrows: the points stay where the run began, and arrows lead to the shown step.
        is_playing: the steps follow one another by themselves.
        said: the figures of the shown step.
        note: what is to be known of all of them; "" for nothing.
        meaning: of the figures, on hover.
    """

    run: str
    steps: tuple[int, ...]
    place: int
    last_step: int
    has_arrows: bool
    is_playing: bool
    said: str
    note: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PlotLine:
    """One line of a plot, P points.

    Attributes:
        key: unique within the plot.
        title: in the legend and on hover; lines of several runs may share it.
        color: "#rrggbb".
        pattern: of the strong line, the second cue beside the colour.
        symbol: on each point, for lines of few points; "" for none.
        steps_P, raw_P, smooth_P: (P,) float64.
        run: the folder of the run that it is of.
        run_name: in the legend, beside the symbol; "" where there is one run.
    """

    key: str
    title: str
    color: str
    pattern: Pattern
    symbol: str
    steps_P: NDArray[np.float64]
    raw_P: NDArray[np.float64]
    smooth_P: NDArray[np.float64]
    run: str
    run_name: str = ""


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """One checkpoint.

    Attributes:
        step: steps done.
        figures: what the probe said of it: fused, 2D, 3D, follows appearance; "" where unknown.
    """

    step: int
    figures: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One figure of two checkpoints.

    Attributes:
        name: of the figure.
        count: cases that the difference is of.
        before, after: of the two checkpoints.
        difference: in points, with its interval where there is one.
        is_certain: the interval leaves 0 out.
    """

    name: str
    count: str
    before: str
    after: str
    difference: str
    is_certain: bool
