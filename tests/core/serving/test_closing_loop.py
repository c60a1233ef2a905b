"""What is to be done after training on annotated failures, told from what lies on the disk."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import list_cases, write_cases
from whatwhere.serving.closing_loop import MODEL, again, find_loops, loop_of, report_of_loop
from whatwhere.training.config import read_config
from whatwhere.training.hard_sets import ABOUT, FORM, RANDOM
from whatwhere.training.run_summary import RunPhase, RunSummary


def diagnose(root: Path, name: str, model: str, *, complete: bool = True, **facts: Any) -> Path:
    made = made_cases(60)
    known = replace(made.facts, name=name, asked_model=model, is_complete=complete, **facts)
    write_cases(root / name, known, made.columns, made.texts)
    return root / name


def hard_set(folder: Path, diagnosis: Path, rows: tuple[list[int], list[int]]) -> Path:
    folder.mkdir(parents=True)
    document = {
        "form": FORM,
        "diagnosis": str(diagnosis),
        "train_rows": rows[0],
        "held_rows": rows[1],
        "tags": {"copies 2D": rows[0]},
    }
    (folder / ABOUT).write_text(json.dumps(document))
    return folder


def run(path: Path, hard: Path, phase: RunPhase = "done", name: str = "w2r2-plus") -> RunSummary:
    config = read_config("w2r2-plus", {"hard_set": str(hard), "name": name})
    return RunSummary(path, path.name, phase, config=config)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return diagnose(tmp_path / "diagnoses", "before", "cheating")


def test_a_run_is_followed_from_its_end_to_the_comparison(tmp_path: Path, before: Path) -> None:
    root, mine = tmp_path / "diagnoses", tmp_path / "runs" / "mine"
    hard = hard_set(tmp_path / "hard", before, ([3, 4], [33]))

    def step(phase: RunPhase = "done") -> str:
        (loop,) = find_loops([run(mine, hard, phase)], list_cases(root))
        return loop.step

    assert step("running") == step("failed") == "training"
    assert step() == "ask"
    model = str(mine / MODEL)
    diagnose(root, "after", model, complete=False)
    (loop,) = find_loops([run(mine, hard)], list_cases(root))
    assert (loop.step, loop.is_begun, report_of_loop(loop)) == ("ask", True, None)
    diagnose(root, "after", model)
    (loop,) = find_loops([run(mine, hard)], list_cases(root))
    assert loop.step == "done"
    assert loop.after is not None
    assert loop.after.facts is not None
    assert loop_of(loop.after.facts, [loop]) is loop
    assert loop.before.facts is not None
    assert loop_of(loop.before.facts, [loop]) is None
    report = report_of_loop(loop)
    assert report is not None
    assert report.paired.outcome().broken.value == 0
    assert [row.part for row in report.rows] == ["held", "held", "trained", "trained", "all"]


def test_a_run_from_random_cases_comes_after_it(tmp_path: Path, before: Path) -> None:
    root, mine = tmp_path / "diagnoses", tmp_path / "runs" / "mine"
    hard = hard_set(tmp_path / "hard", before, ([3], [33]))
    random = hard_set(hard / RANDOM, before, ([4], []))
    diagnose(root, "after", str(mine / MODEL))
    runs = [run(mine, hard)]
    (loop,) = find_loops(runs, list_cases(root))
    assert loop.step == "train_random"
    assert loop.random_config is not None
    assert loop.random_config.hard_set == str(random)
    other = RunSummary(tmp_path / "runs" / "other", "other", "running", config=loop.random_config)
    (loop,) = find_loops([other, *runs], list_cases(root))
    assert loop.step == "training_random"
    other = replace(other, phase="done")
    (loop,) = find_loops([other, *runs], list_cases(root))
    assert loop.step == "ask_random"
    diagnose(root, "random-after", str(other.path / MODEL))
    (loop,) = find_loops([other, *runs], list_cases(root))
    assert loop.step == "done"
    report = report_of_loop(loop)
    assert report is not None
    assert report.rows[0].random is not None


def test_what_belongs_to_no_loop_is_passed_over(tmp_path: Path, before: Path) -> None:
    root = tmp_path / "diagnoses"
    gone = hard_set(tmp_path / "gone", tmp_path / "nowhere", ([3], [33]))
    hard = hard_set(tmp_path / "hard", before, ([3], [33]))
    other = diagnose(root, "other", str(tmp_path / "c" / MODEL), split_hash="of other sentences")
    runs = [
        run(tmp_path / "a", tmp_path / "no-set"),
        run(tmp_path / "b", gone),
        run(tmp_path / "c", hard),
        RunSummary(tmp_path / "d", "d", "broken"),
    ]
    (loop,) = find_loops(runs, list_cases(root))
    assert loop.run.name == "c"
    assert loop.step == "ask", f"{other} is of another split"


def test_the_same_is_asked_again(before: Path, tmp_path: Path) -> None:
    facts = list_cases(before.parent)[0].facts
    assert facts is not None
    facts = replace(facts, scans="/scans", proposals="geometric", first=5)
    asked = again(facts, tmp_path / "run", twins=True)
    assert asked == {
        "model": str(tmp_path / "run" / "model"),
        "data": facts.data,
        "split": facts.split,
        "scans": "/scans",
        "modalities": list(facts.modalities),
        "proposals": "geometric",
        "first": 5,
        "twins": True,
    }
