"""Curves: smoothing over steps, one run's parts or several runs' sums, points as checkpoints."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from whatwhere.training.metric_log import Curve
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.presenters.train_curves import SMOOTHINGS, TrainCurvesPresenter, smoothed
from whatwhere_app.presenters.train_lines import LOSSES, loss_color, loss_pattern, short_name
from whatwhere_app.runs_desk import CheckpointRef, RunsDesk, RunsLook
from whatwhere_app.theme import DARK, LIGHT, THEMES, contrast
from whatwhere_app.train_values import PlotLine

ONE, TWO = Path("/runs/one"), Path("/runs/two")


class FakeView:
    def __init__(self) -> None:
        self.lines: dict[str, list[PlotLine]] = {}
        self.drawn = 0
        self.smoothing = -1
        self.marked: int | None = None

    def show_lines(self, plot: str, lines: Sequence[PlotLine]) -> None:
        self.lines[plot] = list(lines)
        self.drawn += 1

    def show_smoothing(self, steps: int) -> None:
        self.smoothing = steps

    def mark_step(self, step: int | None) -> None:
        self.marked = step

    def titles(self, plot: str) -> list[str]:
        return [line.title for line in self.lines[plot]]


def curve(*values: float, every: int = 10) -> Curve:
    steps = every * np.arange(1, len(values) + 1, dtype=np.float64)
    array = np.array(values, np.float64)
    return Curve(steps, array, array, array)


CURVES = {
    "loss/total": curve(3, 2, 1),
    "loss/alignment": curve(2, 1, 1),
    "loss/opponent": curve(0, 0, 0),
    "probe/accuracy/fused": curve(0.5, 0.6),
    "probe/accuracy/2d": curve(0.4, 0.3),
    "probe/spatial/fused": curve(0.2, 0.25),
    "probe/follow_appearance/fused": curve(0.1, 0.02),
}


@pytest.fixture
def desk() -> RunsDesk:
    return RunsDesk()


def look(*runs: Path) -> RunsLook:
    summaries = tuple(RunSummary(run, run.name, "done", checkpoints=(10, 20)) for run in (ONE, TWO))
    return RunsLook(summaries, curves=dict.fromkeys(runs, CURVES))


def test_one_run_shows_the_parts_of_its_loss_that_are_in_use(desk: RunsDesk) -> None:
    view = FakeView()
    curves = TrainCurvesPresenter(view, desk)
    assert curves is not None  # kept: signals hold no reference
    desk.set_selected((ONE,))
    desk.set_look(look(ONE))
    assert view.titles("loss") == ["total", "Alignment"]
    assert view.titles("accuracy") == ["Fused", "2D only"]
    assert view.lines["accuracy"][0].raw_P.tolist() == [50, 60]
    assert view.titles("follow") == ["Fused"]


def test_modalities_have_the_colour_and_line_of_their_boxes(desk: RunsDesk) -> None:
    view = FakeView()
    curves = TrainCurvesPresenter(view, desk)
    desk.set_selected((ONE,))
    desk.set_look(look(ONE))
    for theme in (DARK, LIGHT):
        curves.set_theme(theme)
        flat = view.lines["accuracy"][1]
        assert (flat.color, flat.pattern) == (theme.strokes["2d"].color, "dash")


def test_several_runs_are_told_apart(desk: RunsDesk) -> None:
    view = FakeView()
    curves = TrainCurvesPresenter(view, desk)
    assert curves is not None  # kept: signals hold no reference
    desk.set_selected((ONE, TWO))
    desk.set_look(look(ONE, TWO))
    assert view.titles("loss") == ["one", "two"]
    assert len({line.color for line in view.lines["loss"]}) == 2
    fused = [line for line in view.lines["accuracy"] if line.title == "Fused"]
    assert [line.run_name for line in fused] == ["one", "two"]
    assert len({line.symbol for line in fused}) == 2


def test_a_date_gives_way_to_the_time_of_day() -> None:
    assert short_name("20261121-101112-w2r2-plus") == "w2r2-plus 10:11"
    assert short_name("mine-2") == "mine-2"


def test_nothing_is_drawn_again_while_nothing_was_read(desk: RunsDesk) -> None:
    view = FakeView()
    curves = TrainCurvesPresenter(view, desk)
    assert curves is not None  # kept: signals hold no reference
    desk.set_selected((ONE,))
    desk.set_look(look(ONE))
    drawn = view.drawn
    desk.set_look(look(ONE))
    assert view.drawn == drawn
    desk.set_look(RunsLook(look().summaries, curves={ONE: {"loss/total": curve(1, 2)}}))
    assert view.drawn > drawn


def test_smoothing_leaves_the_raw_curve_and_spares_the_probe(desk: RunsDesk) -> None:
    view = FakeView()
    curves = TrainCurvesPresenter(view, desk)
    desk.set_selected((ONE,))
    desk.set_look(look(ONE))
    curves.smooth(SMOOTHINGS.index(1000))
    total = view.lines["loss"][0]
    assert view.smoothing == 1000
    assert total.raw_P.tolist() == [3, 2, 1]
    assert total.smooth_P.tolist() != [3, 2, 1]
    curves.smooth(0)
    assert view.lines["loss"][0].smooth_P.tolist() == [3, 2, 1]
    assert view.lines["accuracy"][0].smooth_P.tolist() == [50, 60]


def test_other_sentences_can_be_shown(desk: RunsDesk) -> None:
    view = FakeView()
    curves = TrainCurvesPresenter(view, desk)
    desk.set_selected((ONE,))
    desk.set_look(look(ONE))
    curves.show_part("spatial")
    assert view.lines["accuracy"][0].raw_P.tolist() == [20, 25]


def test_a_point_chooses_the_checkpoint_that_is_nearest(desk: RunsDesk) -> None:
    view = FakeView()
    curves = TrainCurvesPresenter(view, desk)
    desk.set_look(look(ONE, TWO))
    desk.set_selected((ONE, TWO))
    curves.on_point_clicked(str(TWO), 18.0)
    assert desk.selected == (TWO, ONE)
    assert desk.checkpoint == CheckpointRef(TWO, 20)
    assert view.marked == 20
    curves.on_point_clicked("/runs/gone", 10.0)
    assert desk.checkpoint == CheckpointRef(TWO, 20)
    desk.set_selected((ONE,))
    assert desk.checkpoint is None
    assert view.marked is None


def test_smoothing_does_not_depend_on_how_densely_steps_were_logged() -> None:
    steps = np.arange(1.0, 4001.0)
    values = np.sin(steps / 300) + 2
    dense = smoothed(steps, values, 200)
    for every in (5, 20):
        thin = smoothed(steps[every - 1 :: every], values[every - 1 :: every], 200)
        there = dense[every - 1 :: every]
        assert np.abs(thin - there)[len(thin) // 4 :].max() < 0.04


def test_smoothing_keeps_a_constant_and_starts_at_the_first_value() -> None:
    steps = np.array([1.0, 2, 50, 51, 400])
    assert smoothed(steps, np.full(5, 3.0), 100) == pytest.approx(3.0)
    assert smoothed(steps, np.arange(5.0), 100)[0] == 0
    assert smoothed(np.array([5.0]), np.array([7.0]), 100).tolist() == [7]
    assert smoothed(np.zeros(0), np.zeros(0), 100).tolist() == []


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_no_two_losses_look_alike(theme) -> None:
    looks = {(loss_color(theme, n), loss_pattern(n)) for n in range(len(LOSSES))}
    assert len(looks) == len(LOSSES)
    assert all(contrast(color, theme.surface_1) >= 3 for color, _ in looks)
