"""Data sets of demo rooms: scans and sentences in the official ScanNet + ScanRefer form."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from whatwhere.demo.facts import SKILLS
from whatwhere.demo.families import FAMILIES, Family
from whatwhere.demo.kinds import CLASS_NAMES
from whatwhere.demo.palette import COLOURS, DULL, VIVID
from whatwhere.demo.scan import Recipe, Row, Scanned, as_json, scene_name, write_room
from whatwhere.demo.wording import vocabulary
from whatwhere.errors import ConfigError
from whatwhere.files import replacing
from whatwhere.jobs.pools import end_with_parent
from whatwhere.scenes.annotation import read_json

VERSION = 1
SPLITS = ("train", "val", "val_biased", "test")
BIASED_SPLITS = ("train", "val_biased")

# First seed and number of seeds of each split: disjoint, so that no room is in two splits.
SEEDS = {
    "train": (0, 600_000),
    "shipped": (600_000, 100_000),
    "val": (700_000, 100_000),
    "val_biased": (800_000, 100_000),
    "test": (900_000, 100_000),
}
_SEED_STEP = 5_000

Progress = Callable[[int, int, str], None]
"""Called with (rooms done, rooms in all, the scene id just finished)."""


def room_seeds(split: str, seed: int, num_scenes: int) -> range:
    """The seeds of the rooms of a data set.

    Raises:
        ConfigError: the split is unknown, or the seed or the number of scenes out of range.
    """
    if split not in SPLITS:
        raise ConfigError(f'"{split}" is not a split', remedy=f"Choose among {', '.join(SPLITS)}")
    first, count = SEEDS[split]
    if not 0 < num_scenes <= _SEED_STEP:
        raise ConfigError(
            f"a data set of {num_scenes} scenes cannot be made",
            remedy=f"Ask for 1 to {_SEED_STEP} scenes",
        )
    if not 0 <= seed < count // _SEED_STEP:
        raise ConfigError(
            f"seed {seed} is out of range for the split {split}",
            remedy=f"Choose a seed from 0 to {count // _SEED_STEP - 1}",
        )
    start = first + seed * _SEED_STEP
    return range(start, start + num_scenes)


def write_dataset(  # noqa: PLR0913 - the options of `whatwhere demo`
    folder: Path,
    *,
    num_scenes: int,
    seed: int,
    split: str,
    shortcut: float | None = 0.75,
    family: Family = "colour",
    twins: bool = False,
    mesh: bool = False,
    frames: int = 8,
    size: tuple[int, int] = (128, 128),
    workers: int = 1,
    progress: Progress | None = None,
) -> None:
    """Make rooms and their sentences; rooms that an interrupted call finished are kept.

    Args:
        folder: gets dataset.json, ScanRefer_filtered_<split>.json, scans/ and maybe twins.json.
        num_scenes: how many rooms.
        seed: another seed, other rooms.
        split: "train", "val", "val_biased" or "test".
        shortcut: probability that a "where" target is the cued one, in train and val_biased.
        family: what the cue is.
        twins: also write each room's twins.
        mesh: also write meshes.
        frames: images per room.
        size: width, height of the images.
        workers: processes.
        progress: told about each finished room.

    Raises:
        ConfigError: a value is out of range, or the folder holds another data set.
        BrokenFileError: a file of an interrupted call is damaged.
    """
    seeds = room_seeds(split, seed, num_scenes)
    if shortcut is not None and not 0 < shortcut <= 1:
        raise ConfigError(
            f"a shortcut of {shortcut} is not a probability", remedy="Choose one above 0, up to 1"
        )
    if family not in FAMILIES:
        raise ConfigError(
            f'"{family}" is not a shortcut family', remedy=f"Choose among {', '.join(FAMILIES)}"
        )
    if frames < 1:
        raise ConfigError(f"{frames} images show no room", remedy="Ask for 1 or more per room")
    active = shortcut if split in BIASED_SPLITS else None
    recipe = Recipe(active, frames, size, mesh=mesh, twins=twins, family=family)
    folder = Path(folder)
    finished = folder / "finished"
    finished.mkdir(parents=True, exist_ok=True)
    _describe(folder, recipe, split=split, seed=seed, num_scenes=num_scenes)
    rows: list[Row] = []
    twin_rows: list[Row] = []
    make = partial(_room_once, folder, recipe=recipe)
    for done, scanned in enumerate(_mapped(make, seeds, workers), start=1):
        rows += scanned.rows
        twin_rows += scanned.twins
        if progress is not None:
            progress(done, num_scenes, scene_name(seeds[done - 1]))
    if twins:
        (folder / "twins.json").write_text(json.dumps(twin_rows, indent=1))
    # Last, and renamed when whole: where the sentences are, the data set is taken for complete.
    sentences = folder / f"ScanRefer_filtered_{split}.json"
    with replacing(sentences) as unfinished:
        unfinished.write_text(json.dumps(rows, indent=1))


def _room_once(folder: Path, seed: int, *, recipe: Recipe) -> Scanned:
    """The rows of a room, which is made unless an earlier call finished it."""
    note = folder / "finished" / f"{scene_name(seed)}.json"
    if note.exists():
        kept = read_json(note)
        return Scanned(kept["rows"], kept["twins"])
    for leftover in (folder / "scans").glob(f"{scene_name(seed)[:-3]}_*"):
        shutil.rmtree(leftover)
    scanned = write_room(folder / "scans", seed, recipe=recipe)
    # Renamed when whole: a note cut short by an interruption would be taken for a finished room.
    with replacing(note) as unfinished:
        unfinished.write_text(as_json(scanned))
    return scanned


def _mapped(make: Callable[[int], Scanned], seeds: range, workers: int) -> Iterator[Scanned]:
    if workers <= 1:
        yield from map(make, seeds)
        return
    # Started afresh, not forked: the caller may have threads.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=end_with_parent
    ) as pool:
        yield from pool.map(make, seeds, chunksize=4)


def _describe(folder: Path, recipe: Recipe, *, split: str, seed: int, num_scenes: int) -> None:
    """Write dataset.json first, so that rooms made under other settings are never mixed in."""
    document = {
        "version": VERSION,
        "split": split,
        "seed": seed,
        "num_scenes": num_scenes,
        "shortcut": {recipe.family: recipe.shortcut},
        "frames": recipe.frames,
        "size": list(recipe.size),
        "mesh": recipe.mesh,
        "twins": recipe.twins,
        "classes": list(CLASS_NAMES),
        "colours": list(COLOURS),
        "vivid": list(VIVID),
        "dull": list(DULL),
        "skills": list(SKILLS),
        "vocabulary": vocabulary(),
    }
    path = folder / "dataset.json"
    if path.exists():
        before = read_json(path)
        alike = isinstance(before, dict) and before | {"num_scenes": num_scenes} == document
        if not alike:
            raise ConfigError(
                "the folder holds a data set made with other settings",
                remedy="Choose an empty folder, or ask for the same settings to go on with it",
                path=folder,
            )
    path.write_text(json.dumps(document, indent=1))
