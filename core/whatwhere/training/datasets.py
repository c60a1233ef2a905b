"""Where a run's scenes and sentences come from: demo rooms made on demand, or the user's folder."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from whatwhere.demo.dataset import write_dataset
from whatwhere.demo.kinds import CLASS_NAMES
from whatwhere.demo.palette import COLOURS
from whatwhere.errors import SceneError
from whatwhere.folders import user_folder
from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.training.config import TrainConfig
from whatwhere.training.hard_sets import TWINS
from whatwhere.training.rooms import sentence_path
from whatwhere.training.shared import made_by_one

FRAMES, SIZE = 8, (128, 128)
"""Views of a demo room made for training, and their width and height in pixels."""

Report = Callable[[str], None]
"""Told what is being done, often enough that a wish to stop can be granted there."""

_TELL_EVERY = 25


@dataclass(frozen=True, slots=True)
class DataSet:
    """One split on disk.

    Attributes:
        folder: holds scans/ and the sentences.
        split: its name.
        max_frames: views to read of each scene.
        classes: what objects may be, in the order of their ids; () takes the split's own labels.
        colours: the same for colours.
    """

    folder: Path
    split: str
    max_frames: int
    classes: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()

    @property
    def sentences(self) -> Path:
        """The file with its sentences."""
        return sentence_path(self.folder, self.split)

    @property
    def has_twins(self) -> bool:
        """Whether twins were made of its rooms."""
        return (self.folder / "twins.json").exists()


def to_train_on(config: TrainConfig, report: Report) -> DataSet:
    """The scenes to train on.

    Raises:
        SceneError: the data folder is gone, or has no such split.
        RefusedPathError: rooms cannot be made in the user's data folder.
    """
    return _found(config, "train") or _rooms(config, "train", config.train_rooms, report)


def to_practise_on(config: TrainConfig, trained_on: DataSet) -> DataSet | None:
    """The hard set, told apart by the classes of what is trained on; None where there is none.

    Raises:
        SceneError: its folder is gone.
    """
    if not config.hard_set:
        return None
    found = replace(trained_on, folder=Path(config.hard_set), split="train")
    if not found.sentences.is_file():
        raise SceneError(
            "the hard set is not there",
            remedy="Make it from annotated cases again, or set hard_set to nothing",
            path=found.sentences,
        )
    return found


def to_practise_on_twins(hard: DataSet) -> DataSet | None:
    """The twins of the hard set's scans; None where it was made without."""
    found = replace(hard, split=TWINS)
    return found if found.sentences.is_file() else None


def to_watch(config: TrainConfig, report: Report) -> DataSet:
    """The scenes to watch: of the user's val split, or rooms that keep the shortcut, with twins.

    They keep the shortcut because whoever owns one data set has no other.
    """
    return _found(config, "val") or _rooms(
        config, "val_biased", config.val_rooms, report, twins=True
    )


def to_report_on(config: TrainConfig, report: Report, *, twins: bool = False) -> DataSet:
    """The scenes for the figures on the card: rooms without the shortcut, or the val split."""
    return _found(config, "val") or _rooms(config, "test", config.test_rooms, report, twins=twins)


def _found(config: TrainConfig, split: str) -> DataSet | None:
    if not config.data:
        return None
    found = DataSet(Path(config.data), split, config.max_frames)
    if not found.sentences.is_file():
        raise SceneError(
            f"the data set has no sentences for its split {split}",
            remedy="Point data at a folder with scans/ and ScanRefer_filtered_train.json and _val",
            path=found.sentences,
        )
    return found


def _rooms(
    config: TrainConfig, split: str, count: int, report: Report, *, twins: bool = False
) -> DataSet:
    """Demo rooms, made once and shared by every run that asks for the same.

    Two runs that make them at once would delete each other's unfinished rooms: the later one waits.
    """
    biased = split in ("train", "val_biased") and config.shortcut > 0
    cue = f"{config.family}-{config.shortcut:g}" if biased else "fair"
    family = "" if config.family == "colour" or biased else f"-{config.family}"
    name = f"{split}-{cue}{family}-seed{config.data_seed}-{count}rooms{'-twins' if twins else ''}"
    folder = user_folder("data") / "rooms" / name
    dataset = DataSet(folder, split, FRAMES, CLASS_NAMES, COLOURS)
    if dataset.sentences.is_file():
        return dataset

    def progress(done: int, total: int, _: str) -> None:
        if done % _TELL_EVERY == 0:
            report(f"rooms: {done}/{total}")

    lock = folder.with_name(f"{folder.name}.lock")
    with made_by_one(lock, lambda: report(f"waiting for another run that makes {folder}")):
        if dataset.sentences.is_file():
            return dataset
        report(f"making {count} rooms in {folder}")
        write_dataset(
            folder,
            num_scenes=count,
            seed=config.data_seed,
            split=split,
            shortcut=config.shortcut or None,
            family=config.family,
            twins=twins,
            frames=FRAMES,
            size=SIZE,
            workers=os.cpu_count() or 1,
            progress=progress,
        )
    return dataset


def labels_of(dataset: DataSet) -> tuple[str, ...]:
    """The categories that a split's sentences point at, in alphabetical order."""
    expressions = read_scanrefer(dataset.sentences).expressions
    return tuple(sorted({item.target_label or "" for item in expressions} - {""}))
