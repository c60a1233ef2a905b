"""Annotated failures as a data set: whole scans held aside, read back, mixed in by chance."""

import json
from pathlib import Path

import pytest

from whatwhere.errors import BrokenFileError, ConfigError, MissingFileError, SceneError
from whatwhere.language.expressions import Expression
from whatwhere.language.rows import ExpressionFile
from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.language.splits import Split, SplitScene
from whatwhere.training.config import read_config
from whatwhere.training.hard_sets import ABOUT, read_hard_set, write_hard_set
from whatwhere.training.mixed_sampler import MixedSampler, mixed


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
    made = write_hard_set(tmp_path / "hard", split, rows, held_share=0.5)
    assert sorted([*made.train_rows, *made.held_rows]) == rows
    scenes = [{row // 3 for row in part} for part in (made.train_rows, made.held_rows)]
    assert not scenes[0] & scenes[1]
    assert read_hard_set(made.folder) == made
    read = read_scanrefer(made.folder / "ScanRefer_filtered_train.json").expressions
    assert [item.text for item in read] == [f"the chair {row}" for row in made.train_rows]
    assert read[0] == split.expressions[made.train_rows[0]]
    assert read[0].extra == {"mine": made.train_rows[0]}
    assert all((made.folder / "scans" / item.scene_id).is_dir() for item in read)
    again = write_hard_set(tmp_path / "hard", split, rows, held_share=0.5)
    assert again == made


def test_too_little_to_part_is_refused(split: Split, tmp_path: Path) -> None:
    for rows in ([], [0], [0, 1, 2]):
        with pytest.raises(SceneError, match="cannot be parted"):
            write_hard_set(tmp_path / "hard", split, rows)
    whole = write_hard_set(tmp_path / "hard", split, [0], held_share=0)
    assert whole.held_rows == ()


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


def test_models_without_a_sampler_refuse_it() -> None:
    with pytest.raises(ConfigError, match="hard set"):
        mixed(None, None, read_config("plain"))
