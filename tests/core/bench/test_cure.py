"""The report of the cure on planted answers, and the kept rows against the kept report."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from whatwhere.bench.cure.against_plain import gap_closed, guards, holds
from whatwhere.bench.cure.arms import ARMS, Run, planned
from whatwhere.bench.cure.bench import run
from whatwhere.bench.cure.cases import ASKED, Answers, Cases, read_cases, write_arrays
from whatwhere.bench.cure.figures import arm_figures
from whatwhere.bench.cure.kept import Kept
from whatwhere.bench.cure.runner import cases_path, rows_path

REPORT = Path(__file__).parents[2] / "reports" / "cure"
SCENES, PER_SCENE, K = 40, 20, 6
ARM = {arm.key: arm for arm in ARMS}


def cases():
    """Every target is candidate 0 or 1 of a class of three (0, 1, 2); half are about places."""
    n = SCENES * PER_SCENE
    rng = np.random.default_rng(0)
    target = rng.integers(0, 2, n)
    return Cases(
        scenes=np.repeat(np.arange(SCENES), PER_SCENE),
        skills=np.where(np.arange(n) % 2 == 0, "near", "cat"),
        target=target,
        of_class=np.tile(np.arange(K) < 3, (n, 1)),
        spatial=np.arange(n) % 2 == 0,
        aligned=np.where(np.arange(n) % 2 == 0, target == 0, -1).astype(np.int64),
        twin_rows=np.arange(0, n, 2),
        pair=np.tile((0, 1), (n // 2, 1)),
    )


def answers(table: Cases, follows: float, seed: int = 0) -> Answers:
    """Candidate 0 carries the cue: it is chosen with this probability, else the target is."""
    rng = np.random.default_rng([seed, int(100 * follows)])
    cheats = (rng.random(len(table.target)) < follows) & table.spatial
    fused = np.where(cheats, 0, table.target)
    in_twin = np.where(cheats, 1, table.target)[table.twin_rows]
    two_d = np.where(table.spatial, 0, table.target)
    rows = table.twin_rows
    return Answers(
        chosen=np.stack([fused, two_d, table.target, fused]),
        log_p=np.full((2, len(fused)), -0.5),
        twin=np.stack([in_twin, np.ones(len(rows), np.int64)]),
        placebo=np.stack([fused[rows], two_d[rows]]),
    )


@pytest.fixture
def report(tmp_path):
    table = cases()
    write_arrays(cases_path(tmp_path, "colour"), {"test": table, "val_biased": table})
    planted = {"plain": 0.4, "w2r2-plus": 0.1, "ceiling": 0.0}
    for name, follows in planted.items():
        for seed in (0, 1):
            found = answers(table, follows, seed)
            both = {"test": found, "val_biased": found}
            write_arrays(rows_path(tmp_path, Run(ARM[name], seed)), both)
    return tmp_path


def test_cases_survive_storage(report):
    before, after = cases(), read_cases(cases_path(report, "colour"))["test"]
    assert np.array_equal(before.of_class, after.of_class)
    assert before.skills.tolist() == after.skills.tolist()


def test_the_planted_follow_rate_is_found(report):
    kept = Kept(report)
    for name, follows in {"plain": 0.4, "w2r2-plus": 0.1, "ceiling": 0.0}.items():
        found = arm_figures(kept, ARM[name], "test")
        assert found.seeds == (0, 1)
        assert found.follow["fused"].value == pytest.approx(follows, abs=0.04)
        assert found.accuracy["what"].value == 1
        assert found.accuracy["aligned"].value == 1
        assert found.accuracy["conflict"].value == pytest.approx(1 - follows, abs=0.06)
        # The 2D branch chooses the cue always, and it moves with the cue.
        assert found.follow["2d"].value == 1


def test_the_gap_that_is_closed(report):
    kept = Kept(report)
    closed = gap_closed(kept, ARM["w2r2-plus"])
    assert closed is not None
    assert closed.value == pytest.approx(0.75, abs=0.08)
    assert closed.low is not None
    assert closed.low < closed.value
    assert gap_closed(kept, ARM["ceiling"]).value == pytest.approx(1)


def test_guards_compare_with_plain(report):
    found = guards(Kept(report), ARM["w2r2-plus"])
    assert set(found) == {"fused class accuracy", "unique", "2d class accuracy"}
    assert holds(found["fused class accuracy"])


def test_the_bench_prints_what_the_report_says(report):
    figures = run(report, minutes=0)
    document = json.loads((report / "report.json").read_text())
    closed = document["families"]["colour"]["gap_closed"]["w2r2-plus"]
    assert figures["colour, gap closed, w2r2-plus"].value == pytest.approx(100 * closed["value"])
    text = (report / "report.md").read_text()
    assert "6 of" in text
    assert "| w2r2-plus | 2 |" in text
    assert (report / "colour.svg").stat().st_size > 1000


def test_runs_that_others_start_from_come_first():
    names = [run.name for run in planned()]
    assert len(names) == len(set(names))
    for one in planned():
        if one.arm.base:
            assert names.index(f"{one.arm.base}-s{one.seed}") < names.index(one.name)


def test_every_modality_that_is_kept_is_named():
    assert ASKED[:2] == ("fused", "2d")


@pytest.mark.skipif(not (REPORT / "report.json").exists(), reason="no report is kept yet")
def test_the_kept_report_is_what_the_kept_rows_say(tmp_path):
    shutil.copytree(REPORT / "rows", tmp_path / "rows")
    run(tmp_path, minutes=0)
    now, kept = (json.loads((where / "report.json").read_text()) for where in (tmp_path, REPORT))
    assert flat(now) == pytest.approx(flat(kept), abs=1e-9, nan_ok=True)


def flat(value, name=""):
    """Every number of a JSON document by its path."""
    if isinstance(value, dict):
        return {k: v for key in value for k, v in flat(value[key], f"{name}/{key}").items()}
    if isinstance(value, list):
        items = enumerate(value)
        return {k: v for i, item in items for k, v in flat(item, f"{name}/{i}").items()}
    return {name: value} if isinstance(value, int | float) else {}
