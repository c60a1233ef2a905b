"""Data sets of demo rooms: scans and sentences in the official ScanNet + ScanRefer form."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from whatwhere.demo.facts import SKILLS, WHAT, Thing
from whatwhere.demo.kinds import CLASS_NAMES
from whatwhere.demo.light import Lighting
from whatwhere.demo.model import SHELL, item_boxes, room_quads
from whatwhere.demo.palette import COLOURS, DULL, VIVID
from whatwhere.demo.rooms import Room, plan_room
from whatwhere.demo.scan_files import (
    Annotation,
    random_alignment,
    write_annotations,
    write_scan_text,
    write_views,
)
from whatwhere.demo.scanner import View, camera_for, choose_poses, record, visible_pixels
from whatwhere.demo.sentences import Sentence, write_sentences
from whatwhere.demo.wording import vocabulary
from whatwhere.errors import ConfigError
from whatwhere.geometry.boxes import Box

VERSION = 1

# First seed and number of seeds of each split: disjoint, so that no room is in two splits.
_SEEDS = {
    "train": (0, 600_000),
    "shipped": (600_000, 100_000),
    "val": (700_000, 100_000),
    "val_biased": (800_000, 100_000),
    "test": (900_000, 100_000),
}
SPLITS = ("train", "val", "val_biased", "test")
_BIASED = ("train", "val_biased")
_SEED_STEP = 5_000
_SHELL_NYU40 = {"wall": 1, "floor": 2, "ceiling": 22}
# Pixels over all frames, for images of 128 x 128: fewer and it is not annotated; not clearly seen.
_MIN_PIXELS, _CLEAR_PIXELS = 50, 110

Progress = Callable[[int, int, str], None]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rooms are recorded; the same for every room of a data set.

    Attributes:
        split: which split the sentences are for.
        shortcut: the probability that a "where" target is vivid; used in biased splits only.
        frames: images per room.
        size: width and height of the images.
        mesh: write meshes and segments instead of a table of boxes.
        theme: the kind of room, or None for any.
    """

    split: str
    shortcut: float = 0.75
    frames: int = 8
    size: tuple[int, int] = (128, 128)
    mesh: bool = False
    theme: str | None = None

    @property
    def active_shortcut(self) -> float | None:
        """B where the split is biased, else None."""
        return self.shortcut if self.split in _BIASED else None


def room_seeds(split: str, seed: int, num_scenes: int) -> range:
    """The seeds of the rooms of a data set.

    Raises:
        ConfigError: the split is unknown, or the seed or the number of scenes out of range.
    """
    if split not in _SEEDS:
        raise ConfigError(f'"{split}" is not a split', remedy=f"Choose among {', '.join(SPLITS)}")
    first, count = _SEEDS[split]
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


def write_dataset(
    folder: Path,
    *,
    num_scenes: int,
    seed: int,
    split: str,
    shortcut: float = 0.75,
    twins: bool = False,
    mesh: bool = False,
    frames: int = 8,
    size: tuple[int, int] = (128, 128),
    workers: int = 1,
    progress: Progress | None = None,
) -> None:
    """Make rooms and their sentences; rooms that are already there are kept.

    Args:
        folder: gets dataset.json, ScanRefer_filtered_<split>.json and scans/.
        num_scenes: how many rooms.
        seed: another seed, other rooms.
        split: "train", "val", "val_biased" or "test".
        shortcut: probability that a "where" target is vivid, in train and val_biased.
        twins: also write each room's twins.
        mesh: also write meshes.
        frames: images per room.
        size: width, height of the images.
        workers: processes.
        progress: called with (done, total, scene id).

    Raises:
        ConfigError: a value is out of range.
    """
    seeds = room_seeds(split, seed, num_scenes)
    recipe = Recipe(split, shortcut, frames, size, mesh)
    folder = Path(folder)
    (folder / "scans").mkdir(parents=True, exist_ok=True)
    _describe(folder, recipe, seed=seed, num_scenes=num_scenes)
    make = partial(_finished_room, folder, recipe=recipe)
    rows: list[Row] = []
    for done, found in enumerate(_mapped(make, seeds, workers), start=1):
        rows += found
        if progress is not None:
            progress(done, num_scenes, f"room{seeds[done - 1]:06d}_00")
    (folder / f"ScanRefer_filtered_{split}.json").write_text(json.dumps(rows, indent=1))


def write_room(folder: Path, seed: int, *, recipe: Recipe) -> list[Row]:
    """Write one room below `folder`/scans and return its ScanRefer rows."""
    room = plan_room(seed, theme=recipe.theme)
    quads = room_quads(room)
    boxes = item_boxes(quads, len(room.items))
    camera = camera_for(recipe.size)
    poses = choose_poses(room, boxes, camera, num_frames=recipe.frames)
    rng = np.random.default_rng([seed, 6])
    views = record(quads, Lighting.of(room, quads), poses, camera, rng)

    scene_id = f"room{seed:06d}_00"
    target = folder / "scans" / scene_id
    target.mkdir(parents=True, exist_ok=True)
    annotations, things = annotate(room, boxes, views)
    aligned_from_mesh = random_alignment(seed)
    write_scan_text(
        target, aligned_from_mesh, camera, num_frames=len(views), scene_type=room.theme.name
    )
    write_views(target, views, aligned_from_mesh)
    write_annotations(target, annotations, has_mesh=recipe.mesh)
    sentences = write_sentences(
        things, room.size[:2], shortcut=recipe.active_shortcut, rng=np.random.default_rng([seed, 7])
    )
    rows = [_row(scene_id, number, item, things) for number, item in enumerate(sentences)]
    # Written last: a room with this file is complete.
    (target / "expressions.json").write_text(json.dumps(rows))
    return rows


def annotate(
    room: Room, boxes: Sequence[Box], views: Sequence[View]
) -> tuple[list[Annotation], list[Thing]]:
    """What is annotated in a scan, and what sentences may speak about.

    Single things that are hardly seen are left out; look-alikes never are, or a class that comes
    twice would pass for unique.
    """
    pixels = visible_pixels(list(views), len(room.items))
    scale = views[0].owner.size * len(views) / (128 * 128 * 8)
    groups = room.groups()
    kept = [
        number
        for number, item in enumerate(room.items)
        if not item.is_clutter
        and (pixels[number] >= _MIN_PIXELS * scale or item.kind.name in groups)
    ]
    id_of = {number: object_id for object_id, number in enumerate(kept)}
    annotations: list[Annotation] = []
    things: list[Thing] = []
    for number, object_id in id_of.items():
        item, box = room.items[number], boxes[number]
        support = None if item.support is None else id_of.get(item.support)
        is_clear = bool(pixels[number] >= _CLEAR_PIXELS * scale)
        label, nyu40 = item.kind.name, item.kind.nyu40
        annotations.append(
            Annotation(object_id, label, nyu40, item.colour, box, (number,), support, is_clear)
        )
        hangs = item.kind.place == "hung"
        on_floor = item.support is None and not hangs
        things.append(Thing(object_id, label, item.colour, box, support, on_floor, hangs, is_clear))
    for index, label in enumerate(SHELL):
        annotations.append(
            Annotation(
                len(kept) + index,
                label,
                _SHELL_NYU40[label],
                None,
                None,
                (len(room.items) + index,),
            )
        )
    return annotations, things


def _finished_room(folder: Path, seed: int, *, recipe: Recipe) -> list[Row]:
    done = folder / "scans" / f"room{seed:06d}_00" / "expressions.json"
    if done.exists():
        rows: list[Row] = json.loads(done.read_text())
        return rows
    return write_room(folder, seed, recipe=recipe)


def _mapped(make: Callable[[int], list[Row]], seeds: range, workers: int) -> Any:
    if workers <= 1:
        yield from map(make, seeds)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(make, seeds, chunksize=4)


def _row(scene_id: str, number: int, sentence: Sentence, things: Sequence[Thing]) -> Row:
    fact = sentence.fact
    target = next(thing for thing in things if thing.object_id == fact.target)
    row: Row = {
        "scene_id": scene_id,
        "object_id": str(fact.target),
        "object_name": target.name.replace(" ", "_"),
        "ann_id": str(number),
        "description": f"{sentence.text}.",
        "token": [*sentence.text.split(), "."],
        "skill": fact.skill,
        "anchor_ids": list(fact.anchors),
        "kind": "what" if fact.skill in WHAT else "where",
        "num_lookalikes": sentence.num_lookalikes,
        "shortcut": {True: "aligned", False: "conflict", None: None}[sentence.vivid],
    }
    if fact.skill in ("left", "right"):
        row["frame"] = {"origin": [0.0, 0.0, 0.0], "right": [1.0, 0.0, 0.0]}
    return row


def _describe(folder: Path, recipe: Recipe, *, seed: int, num_scenes: int) -> None:
    """Write dataset.json first, so that rooms made under other settings are never mixed in."""
    document = {
        "version": VERSION,
        "split": recipe.split,
        "seed": seed,
        "num_scenes": num_scenes,
        "shortcut": {"colour": recipe.active_shortcut},
        "frames": recipe.frames,
        "size": list(recipe.size),
        "mesh": recipe.mesh,
        "classes": list(CLASS_NAMES),
        "colours": list(COLOURS),
        "vivid": list(VIVID),
        "dull": list(DULL),
        "skills": list(SKILLS),
        "vocabulary": vocabulary(),
    }
    path = folder / "dataset.json"
    if path.exists():
        before = json.loads(path.read_text())
        if {**before, "num_scenes": 0} != {**document, "num_scenes": 0}:
            raise ConfigError(
                "the folder holds a data set made with other settings",
                remedy="Choose an empty folder, or ask for the same settings to go on with it",
                path=folder,
            )
    path.write_text(json.dumps(document, indent=1))
