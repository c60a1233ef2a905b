"""Curves of a run that grows, is cut and is vast."""

import json
from pathlib import Path

import numpy as np
import pytest

from whatwhere_app.services import run_metrics
from whatwhere_app.services.run_metrics import RunMetrics


def lines(first: int, last: int, **more: object) -> str:
    rows = (
        {"time": 0.5 * step, "step": step, "stage": "grounder", "loss/total": step / 10, **more}
        for step in range(first, last + 1)
    )
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_a_run_without_metrics_has_no_curves(tmp_path: Path) -> None:
    metrics = RunMetrics(tmp_path)
    assert metrics.curves(["loss/total"]) == {}
    assert metrics.seconds_per_step() is None


def test_curves_grow_with_the_file_and_are_kept_while_it_does_not(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(lines(1, 3))
    metrics = RunMetrics(tmp_path)
    first = metrics.curves(["loss/total"])["loss/total"]
    assert first.steps.tolist() == [1, 2, 3]
    assert metrics.curves(["loss/total"])["loss/total"] is first
    with path.open("a") as file:
        file.write(lines(4, 5) + '{"step": 6, "loss/total"')
    assert metrics.curves(["loss/total"])["loss/total"].steps.tolist() == [1, 2, 3, 4, 5]
    assert metrics.curves(["lr"]) == {}
    assert metrics.seconds_per_step() == pytest.approx(0.5)


def test_steps_that_were_taken_back_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(lines(1, 9))
    metrics = RunMetrics(tmp_path)
    assert len(metrics.curves(["loss/total"])["loss/total"].steps) == 9
    other = tmp_path / "new"
    other.write_text(lines(1, 4))
    other.replace(path)
    assert metrics.curves(["loss/total"])["loss/total"].steps.tolist() == [1, 2, 3, 4]


def test_values_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    rows = [{"step": 1, "loss/total": None}, {"step": 2, "loss/total": 1.0}, {"loss/total": 3}]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert RunMetrics(tmp_path).curves(["loss/total"])["loss/total"].steps.tolist() == [2]


def test_many_points_are_thinned_without_losing_the_extremes(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text(lines(1, 5000))
    curve = RunMetrics(tmp_path).curves(["loss/total"])["loss/total"]
    assert len(curve.steps) == 400
    assert curve.lows.min() == pytest.approx(0.1)
    assert curve.highs.max() == pytest.approx(500)
    assert np.average(curve.means) == pytest.approx(250.05, abs=0.1)


def test_a_vast_file_is_drawn_from_summaries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "metrics.jsonl").write_text(lines(1, 5000))
    monkeypatch.setattr(run_metrics, "_KEPT_BYTES", 1000)
    monkeypatch.setattr(run_metrics, "_MIN_POINTS", 10)
    curve = RunMetrics(tmp_path).curves(["loss/total", "missing"])["loss/total"]
    assert len(curve.steps) == 10
    assert curve.highs.max() == pytest.approx(500)
