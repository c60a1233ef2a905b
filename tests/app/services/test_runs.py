"""Looking at all runs at once, and two looks at the probe set compared."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.app.made_runs import write_run

from whatwhere.errors import BrokenFileError
from whatwhere.evaluation.probe_rows import ProbeRows, write_probe_rows
from whatwhere.training.config import read_config, write_config
from whatwhere.training.run_folder import RunFolder
from whatwhere_app.cases_desk import ListedRun
from whatwhere_app.runs_desk import CheckpointRef
from whatwhere_app.services.run_looks import last_step, runs_with_looks
from whatwhere_app.services.runs import LOG_LINES, RunBook, compare_with_base, log_tail, probe_path

SCENES = np.repeat(np.arange(3), 4)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path))
    folder = tmp_path / "data" / "runs"
    folder.mkdir(parents=True)
    return folder


def finished(path: Path) -> Path:
    with RunFolder(path, read_config("plain")) as run:
        for step in (10, 20):
            run.log({"time": step / 2, "step": step, "stage": "grounder", "loss/total": 1.0})
    return path


def test_all_runs_are_seen_and_curves_are_read_of_the_selected(root: Path) -> None:
    one, two = finished(root / "one"), finished(root / "two")
    (one / "log.txt").write_text("first\nlast\n")
    look = RunBook().look([one], ["loss/total"])
    assert {summary.path for summary in look.summaries} == {one, two}
    assert set(look.curves) == {one}
    assert look.log == ("first", "last")
    assert look.seconds_per_step[one] == pytest.approx(0.5)
    assert look.summary_of(two) is not None
    assert look.summary_of(root / "three") is None


def test_a_run_that_has_gone_is_no_fault(root: Path) -> None:
    assert RunBook().look([root / "gone"], ["loss/total"]).curves == {}


def test_a_process_that_has_not_taken_the_lock_yet_has_not_crashed(root: Path) -> None:
    run = root / "new"
    run.mkdir()
    write_config(read_config("plain"), run / "config.toml")
    book = RunBook()
    assert book.look([], []).summaries[0].phase == "crashed"
    assert book.look([], [], [run]).summaries[0].phase == "starting"


def test_a_long_log_is_cut_at_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("".join(f"line {n}\n" for n in range(20000)))
    tail = log_tail(tmp_path)
    assert len(tail) == LOG_LINES
    assert tail[-1] == "line 19999"
    assert log_tail(tmp_path / "nowhere") == ()


def probe_rows(fused: float) -> ProbeRows:
    hits = np.full(len(SCENES), fused)
    return ProbeRows(
        scenes=SCENES,
        spatial=np.arange(len(SCENES)) % 2 == 0,
        hits={"fused": hits, "2d": np.zeros(len(SCENES))},
        follow={"fused": np.ones(len(SCENES))},
        follow_scenes={"fused": SCENES},
    )


def test_a_checkpoint_is_compared_with_the_start_of_its_run(tmp_path: Path) -> None:
    checkpoint = CheckpointRef(tmp_path, 40)
    write_probe_rows(probe_path(replace(checkpoint, step=0)), probe_rows(0.25))
    write_probe_rows(probe_path(checkpoint), probe_rows(0.75))
    found, num_scenes = compare_with_base(checkpoint)
    assert num_scenes == 3
    differences = {item.name: item.difference.value for item in found}
    assert differences["all/fused"] == pytest.approx(0.5)
    assert differences["spatial/2d"] == 0
    assert differences["follow_appearance/fused"] == 0


def test_a_look_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError, match="step-000000"):
        compare_with_base(CheckpointRef(tmp_path, 40))


def test_looks_that_kept_their_cases_are_compared_as_diagnoses(root: Path) -> None:
    run = write_run(root / "cured")
    found, num_scenes = compare_with_base(CheckpointRef(run, 40))
    assert num_scenes == 4
    by_name = {item.name: item for item in found}
    follow = by_name["follow_appearance/fused"]
    assert follow.before.value > 0.6 > 0.3 > follow.after.value
    assert follow.difference.value < 0
    assert by_name["all/fused"].difference.n == by_name["all/fused"].after.n
    assert runs_with_looks() == (ListedRun(run, 3, is_living=False),)
    assert last_step(run) == 40
