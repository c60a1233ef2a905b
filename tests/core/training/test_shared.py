"""What several runs make together is made by one of them."""

import threading

import pytest

from whatwhere.errors import RefusedPathError
from whatwhere.training import datasets
from whatwhere.training.config import TrainConfig
from whatwhere.training.datasets import to_watch
from whatwhere.training.shared import made_by_one


def test_the_second_waits_until_the_first_has_made_it(tmp_path):
    waits, done = threading.Event(), []

    def second() -> None:
        with made_by_one(tmp_path / "lock", waits.set):
            done.append("second")

    thread = threading.Thread(target=second)
    with made_by_one(tmp_path / "lock", lambda: None):
        thread.start()
        assert waits.wait(60)
        done.append("first")
    thread.join(60)
    assert done == ["first", "second"]


def test_who_waits_can_give_up_and_leaves_the_lock_to_others(tmp_path):
    def give_up() -> None:
        raise SystemExit(0)

    with (
        made_by_one(tmp_path / "lock", lambda: None),
        pytest.raises(SystemExit),
        made_by_one(tmp_path / "lock", give_up),
    ):
        pass
    with made_by_one(tmp_path / "lock", give_up):
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(RefusedPathError, match="lock"),
        made_by_one(tmp_path / "file" / "lock", lambda: None),
    ):
        pass


def test_two_runs_that_want_the_same_rooms_make_them_once(monkeypatch, tmp_path):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path))
    other_waits, made = threading.Event(), []

    def write(folder, *, split, **_):
        made.append(folder)
        folder.mkdir()
        assert other_waits.wait(60), "the other run makes the same rooms at the same time"
        (folder / f"ScanRefer_filtered_{split}.json").write_text("[]")

    monkeypatch.setattr(datasets, "write_dataset", write)

    def report(line: str) -> None:
        if line.startswith("waiting"):
            other_waits.set()

    found = []
    config = TrainConfig(name="test")
    threads = [
        threading.Thread(target=lambda: found.append(to_watch(config, report))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 1
    assert [dataset.folder for dataset in found] == made * 2
