"""The table of a closed loop, on cases worked out by hand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from whatwhere.evaluation.before_after import before_after
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import StoredCases, open_cases, write_cases
from whatwhere.evaluation.loop_report import FATES, HardSetRows, loop_report
from whatwhere.evaluation.reporting.loop_page import said, write_loop_page

_WAS = [False, False, True, True, False, False, True, True]
_NOW = [True, False, True, False, True, True, True, True]
_RANDOM = [False, False, True, True, True, False, False, True]


def diagnosed(hits: list[bool], name: str = "one") -> StoredCases:
    """Eight cases, four in each of two scans."""
    made = made_cases(len(hits))
    fused = replace(
        made.columns.modalities["fused"], iou=np.where(hits, 1.0, 0.0).astype(np.float32)
    )
    columns = replace(
        made.columns,
        modalities={"fused": fused},
        excluded=np.full(len(hits), -1, np.int32),
        scenes=np.repeat([0, 1], 4).astype(np.int32),
        scene_ids=("a", "b"),
    )
    return StoredCases(Path(name), replace(made.facts, name=name), columns)


def test_what_was_held_aside_stands_apart_from_what_was_trained_on() -> None:
    hard = HardSetRows(trained=(4, 5), held=(0, 1), tags={"copies 2D": (0, 1, 4), "unsure": (5,)})
    report = loop_report(diagnosed(_WAS), diagnosed(_NOW), hard, random=diagnosed(_RANDOM))
    told = {(row.title, row.part): row for row in report.rows}
    assert [(row.title, row.part) for row in report.rows] == [
        ("Tagged failures", "held"),
        ("copies 2D", "held"),
        ("All in these rooms", "held"),
        ("Tagged failures", "trained"),
        ("copies 2D", "trained"),
        ("unsure", "trained"),
        ("All in these rooms", "trained"),
        ("All cases", "all"),
    ]
    held = told["Tagged failures", "held"]
    assert (held.outcome.cured.value, held.outcome.cured.n) == (0.5, 2)
    assert held.random is not None
    assert (held.random.cured.value, held.random.cured.n) == (0.0, 2)
    rooms = told["All in these rooms", "held"]
    assert (rooms.outcome.broken.value, rooms.outcome.broken.n) == (0.5, 2)
    assert report.headline == (held, rooms)
    paired = before_after(diagnosed(_WAS).columns, diagnosed(_NOW).columns)
    assert told["All cases", "all"].outcome == paired.outcome()
    json.dumps(report.as_json(), allow_nan=False)


def test_every_case_of_a_group_has_one_fate() -> None:
    report = loop_report(diagnosed(_WAS), diagnosed(_NOW), HardSetRows(trained=(4, 5), held=(0, 1)))
    rooms = report.rows[1]
    fates = {fate: report.of_fate(rooms, fate).tolist() for fate in FATES}
    assert fates == {"cured": [0], "broken": [3], "still_wrong": [1], "still_right": [2]}


def test_two_models_without_a_hard_set_are_compared_on_everything() -> None:
    report = loop_report(diagnosed(_WAS), diagnosed(_NOW))
    failures, everything = report.headline
    assert (failures.title, everything.title) == ("Failures", "All cases")
    assert failures.outcome.cured.value == pytest.approx(3 / 4)
    assert everything.outcome.broken.value == pytest.approx(1 / 4)
    assert report.of_fate(everything, "broken").tolist() == [3]


def test_the_page_says_what_the_table_says(tmp_path: Path) -> None:
    made = made_cases(8)
    stored = []
    for name, hits in (("before", _WAS), ("after", _NOW)):
        one = diagnosed(hits, name)
        write_cases(tmp_path / name, one.facts, one.columns, made.texts)
        stored.append(open_cases(tmp_path / name))
    hard = HardSetRows(trained=(4, 5), held=(0, 1))
    report = loop_report(stored[0], stored[1], hard, random=stored[0])
    assert said(report) == (
        "Cured 1 of 2 failures, of rooms held aside (50.0 %); broke 1 of 2 right answers "
        "there (50.0 %). As many random cases: cured 0 of 2, broke 0 of 2."
    )
    write_loop_page(tmp_path / "page.html", report)
    page = (tmp_path / "page.html").read_text()
    assert "Rooms held aside" in page
    assert "Broken: 1" in page
    assert made.texts[3] in page
    data = page.split('id="loop">')[1].split("</script>")[0]
    assert json.loads(data)["groups"] == report.as_json()["groups"]
