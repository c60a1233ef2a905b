"""Annotated failures as a data set: whole scans held aside, read back, mixed in by chance."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from whatwhere.errors import BrokenFileError, ConfigError, MissingFileError, SceneError
from whatwhere.language.expressions import Expression
from whatwhere.language.rows import ExpressionFile
from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.language.splits import Split, SplitScene
from whatwhere.training.config import read_config
from whatwhere.training.datasets import DataSet
from whatwhere.training.hard_sets import (
    ABOUT,
    RANDOM,
    WEIGHT,
    HardSetPlan,
    read_hard_set,
)
from whatwhere.training.mixed_sampler import MixedSampler, mixed, practice
from whatwhere.training.writing_hard_sets import write_hard_set


@pytest.fixture
def split(tmp_path: Path) -> Split:
    """Ten scans of three sentences each."""
    expressions, scenes = [], []
    for number in range(10):
        scene_id = f"scene{number:04}_00"
        folder = tmp_path / "elsewhere" / scene_id
        folder.mkdir(parents=True)
        rows = tuple(range(3 * number, 3 * number + 3))
        scenes.append(SplitScene(scene_id, folder, rows))
        expressions += [
            Expression(
                scene_id, f"the chair {row}", target_id=row, target_label="office chair",
                ann_id=str(row), anchor_ids=(1,), skill="near", num_lookalikes=2,
                extra={"mine": row},
            )
            for row in rows
        ]  # fmt: skip
    file = ExpressionFile(expressions=tuple(expressions), problems=(), form="ScanRefer")
    return Split("val", file, tuple(scenes), ())


def test_whole_scans_are_held_aside_and_sentences_come_back_as_they_were(
    split: Split, tmp_path: Path
) -> None:
    rows = [0, 1, 5, 9, 12, 17, 20, 29]
    made = write_hard_set(tmp_path / "hard", split, rows)
    assert sorted([*made.train_rows, *made.held_rows]) == rows
    scenes = [{row // 3 for row in part} for part in (made.train_rows, made.held_rows)]
    assert not scenes[0] & scenes[1]
    assert read_hard_set(made.folder) == made
    read = read_scanrefer(made.folder / "ScanRefer_filtered_train.json").expressions
    assert [item.text for item in read] == [f"the chair {row}" for row in made.train_rows]
    assert read[0] == split.expressions[made.train_rows[0]]
    assert read[0].extra == {"mine": made.train_rows[0]}
    assert all((made.folder / "scans" / item.scene_id).is_dir() for item in read)
    again = write_hard_set(tmp_path / "hard", split, rows)
    assert again == made


def test_too_little_to_part_is_refused(split: Split, tmp_path: Path) -> None:
    for rows in ([], [0], [0, 1, 2]):
        with pytest.raises(SceneError, match="cannot be parted"):
            write_hard_set(tmp_path / "hard", split, rows)
    whole = write_hard_set(tmp_path / "hard", split, [0], HardSetPlan(held_share=0))
    assert whole.held_rows == ()


def test_tags_weigh_leave_out_and_are_read_back(split: Split, tmp_path: Path) -> None:
    rows = [0, 3, 6, 9, 12, 15]
    tags = {"copies 2D": [0, 3, 6], "unsure": [6, 9], "other": [0, 12, 15]}
    plan = HardSetPlan(weights={"copies 2D": 3.0, "unsure": 0.0})
    made = write_hard_set(
        tmp_path / "hard", split, rows, plan, tags=tags, diagnosis="/diagnoses/one"
    )
    assert sorted([*made.train_rows, *made.held_rows]) == [0, 3, 6, 12, 15]
    assert made.tags == {"copies 2D": (0, 3, 6), "unsure": (6,), "other": (0, 12, 15)}
    assert made.diagnosis == "/diagnoses/one"
    assert read_hard_set(made.folder) == made
    path = made.folder / "ScanRefer_filtered_train.json"
    weights = {int(row["object_id"]): row.get(WEIGHT, 1) for row in json.loads(path.read_text())}
    assert weights == {row: 3 if row <= 6 else 1 for row in made.train_rows}


def test_a_random_set_is_of_the_scans_to_train_on_and_as_large(
    split: Split, tmp_path: Path
) -> None:
    counted = [row for row in range(30) if row % 3 < 2]
    made = write_hard_set(
        tmp_path / "hard",
        split,
        range(0, 30, 3),
        HardSetPlan(with_random=True),
        answers=dict.fromkeys(counted, False),
    )
    assert made.random == tmp_path / "hard" / RANDOM
    random = read_hard_set(made.random)
    assert len(random.train_rows) == len(made.train_rows)
    assert not random.held_rows
    assert set(random.train_rows) <= set(counted)
    assert {row // 3 for row in random.train_rows} <= {row // 3 for row in made.train_rows}
    assert read_hard_set(made.folder) == made


def test_right_answers_of_the_same_scans_go_along(split: Split, tmp_path: Path) -> None:
    answers = {row: row % 3 == 1 for row in range(30)}
    plan = HardSetPlan(right_per_failure=0.6)
    made = write_hard_set(tmp_path / "hard", split, range(0, 30, 3), plan, answers=answers)
    assert len(made.train_rows) == 5
    assert len(made.replayed_rows) == 3
    assert all(row % 3 == 1 for row in made.replayed_rows)
    assert {row // 3 for row in made.replayed_rows} <= {row // 3 for row in made.train_rows}
    read = read_scanrefer(made.folder / "ScanRefer_filtered_train.json").expressions
    assert [item.target_id for item in read] == [*made.train_rows, *made.replayed_rows]
    assert read_hard_set(made.folder) == made


def test_twins_keep_the_target_of_sentences_about_places(split: Split, tmp_path: Path) -> None:
    expressions = [
        replace(item, text=f"the chair nearest the door {index}")
        if index % 3 == 0
        else replace(item, text=f"the red chair nearest the door {index}")
        for index, item in enumerate(split.expressions)
    ]
    file = replace(split.file, expressions=tuple(expressions))
    twins = {}
    for scene in split.scenes:
        twin = tmp_path / "elsewhere" / f"{scene.scene_id}-appearance"
        twin.mkdir()
        twins[scene.scene_id] = [twin]
    made = write_hard_set(
        tmp_path / "hard",
        replace(split, file=file),
        range(30),
        HardSetPlan(with_twins=True),
        twins=twins,
    )
    rows = read_scanrefer(made.folder / "ScanRefer_filtered_twins.json").expressions
    told = [row for row in made.train_rows if row % 3 == 0]
    assert [row.target_id for row in rows] == told
    assert [row.scene_id for row in rows] == [f"scene{row // 3:04}_00-appearance" for row in told]
    assert all((made.folder / "scans" / row.scene_id).is_dir() for row in rows)
    assert made.num_twins == len(told)
    plain = write_hard_set(tmp_path / "plain", replace(split, file=file), range(30), twins=twins)
    assert not plain.num_twins


def test_a_folder_that_is_no_hard_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=ABOUT):
        read_hard_set(tmp_path)
    (tmp_path / ABOUT).write_text(json.dumps({"form": 7}))
    with pytest.raises(BrokenFileError, match=ABOUT):
        read_hard_set(tmp_path)


class _Named:
    """A sampler that says who it is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def batch(self, step: int) -> str:
        """Its name and the step."""
        return f"{self.name} {step}"


def test_steps_are_mixed_by_chance_and_always_alike() -> None:
    usual, hard = _Named("usual"), _Named("hard")
    mix = MixedSampler(usual, hard, 0.25, seed=3)  # type: ignore[arg-type]
    drawn = [str(mix.batch(step)) for step in range(400)]
    again = MixedSampler(usual, hard, 0.25, seed=3)  # type: ignore[arg-type]
    assert [str(again.batch(step)) for step in reversed(range(400))] == drawn[::-1]
    assert 60 <= sum(name.startswith("hard") for name in drawn) <= 140
    assert all(name.endswith(f" {step}") for step, name in enumerate(drawn))


class _Trainee:
    """Its samples are the name of their split."""

    def samples(self, dataset: DataSet) -> str:
        """The name of the split."""
        return dataset.split

    def sampler(self, samples: str, *, exchanged: bool = False) -> _Named:
        """Says what it draws from."""
        return _Named(f"{samples} exchanged" if exchanged else samples)


def _drawn(trainee: object, hard: DataSet, hard_twins: float) -> list[str]:
    config = read_config("plain", {"hard_twins": str(hard_twins)})
    sampler = practice(trainee, hard, config)  # type: ignore[arg-type]
    assert sampler is not None
    return [str(sampler.batch(step)).rpartition(" ")[0] for step in range(200)]


def test_twins_are_drawn_where_there_are_scans_of_them_and_else_made_of_looks(
    tmp_path: Path,
) -> None:
    hard = DataSet(tmp_path, "train", max_frames=8)
    assert set(_drawn(_Trainee(), hard, 0)) == {"train"}
    drawn = _drawn(_Trainee(), hard, 0.25)
    assert set(drawn) == {"train", "train exchanged"}
    assert 30 <= drawn.count("train exchanged") <= 70
    (tmp_path / "ScanRefer_filtered_twins.json").write_text("[]")
    assert set(_drawn(_Trainee(), hard, 0.25)) == {"train", "twins"}


def test_models_without_a_sampler_refuse_it() -> None:
    with pytest.raises(ConfigError, match="hard set"):
        mixed(None, None, read_config("plain"))
