"""One room from its seed to its files, with its sentences and, if asked for, its twins."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from whatwhere.demo.annotating import (
    Visibility,
    annotations_of,
    judge_visibility,
    things_of,
)
from whatwhere.demo.cues import cued_items
from whatwhere.demo.facts import WHAT, Thing
from whatwhere.demo.families import Family
from whatwhere.demo.light import Lighting
from whatwhere.demo.meshing import bake, write_mesh
from whatwhere.demo.rooms import plan_room
from whatwhere.demo.scan_files import (
    random_alignment,
    write_annotations,
    write_scan_text,
    write_views,
)
from whatwhere.demo.scanner import View, camera_for, record
from whatwhere.demo.sentences import Sentence, write_sentences
from whatwhere.demo.staging import Staged, restaged, stage
from whatwhere.demo.twins import Twin, TwinKind, twins_of, with_colours_exchanged
from whatwhere.geometry.cameras import Intrinsics

Row = dict[str, Any]
# Number of the re-scan each kind of twin is stored as, and of its image noise.
_TWIN_SCANS: dict[TwinKind, int] = {
    **{"appearance": 1, "prominence": 1, "cooccurrence": 1},
    **{"placebo": 2, "position": 3},
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rooms are recorded; the same for every room of a data set.

    Attributes:
        shortcut: the probability that a "where" target is cued; None for a fair split.
        frames: images per room.
        size: width and height of the images.
        mesh: write meshes and segments instead of a table of boxes.
        twins: also write the twins.
        theme: the kind of room, or None for any.
        family: what the cue is.
    """

    shortcut: float | None = None
    frames: int = 8
    size: tuple[int, int] = (128, 128)
    mesh: bool = False
    twins: bool = False
    theme: str | None = None
    family: Family = "colour"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one room added to a data set.

    Attributes:
        rows: its ScanRefer rows.
        twins: rows of twins.json.
    """

    rows: list[Row]
    twins: list[Row]


def scene_name(seed: int, scan: int = 0) -> str:
    """ScanNet's naming: the room, then the number of the scan of it."""
    return f"room{seed:06d}_{scan:02d}"


def write_room(scans: Path, seed: int, *, recipe: Recipe) -> Scanned:
    """Write one room below `scans`, its twins beside it, and return its rows."""
    scan = _Scan(scans, recipe, camera_for(recipe.size))
    room = plan_room(seed, theme=recipe.theme)
    staged = stage(room, recipe.family, scan.camera, num_frames=recipe.frames)
    recording = scan.record(0, staged)
    visibility = judge_visibility(staged.room, recording.views)
    things = scan.write(0, recording, visibility)
    sentences = write_sentences(
        things,
        room.size[:2],
        cued=visibility.ids_of(recording.cued),
        shortcut=recipe.shortcut,
        rng=np.random.default_rng([seed, 7]),
    )
    rows = [_row(scene_name(seed), n, item, things) for n, item in enumerate(sentences)]
    twins = _write_twins(scan, recording, visibility, rows) if recipe.twins else []
    return Scanned(rows, twins)


def write_exchanged(scans: Path, seed: int, *, recipe: Recipe, exchanged: tuple[int, int]) -> Path:
    """Record a room once more, with the colours of two of its things exchanged.

    Args:
        scans: gets the scan folder, whose path comes back; the original is not written.
        seed: of the room.
        recipe: as the original was recorded.
        exchanged: object ids of the two.
    """
    scan = _Scan(scans, recipe, camera_for(recipe.size))
    staged = stage(
        plan_room(seed, theme=recipe.theme), recipe.family, scan.camera, num_frames=recipe.frames
    )
    visibility = judge_visibility(staged.room, scan.record(0, staged).views)
    one, two = (visibility.annotated[object_id] for object_id in exchanged)
    number = _TWIN_SCANS["appearance"]
    changed = restaged(with_colours_exchanged(staged.room, one, two), staged)
    scan.write(number, scan.record(number, changed), visibility)
    return scans / scene_name(seed, number)


@dataclass(frozen=True, slots=True, eq=False)
class _Recording:
    """What the camera brought home from one staged room.

    Attributes:
        staged: the room.
        lighting: its light.
        views: the frames.
        cued: numbers of the items that carry the family's cue.
    """

    staged: Staged
    lighting: Lighting
    views: list[View]
    cued: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Scan:
    """Records and writes a room and its twins."""

    scans: Path
    recipe: Recipe
    camera: Intrinsics

    def record(self, number: int, staged: Staged) -> _Recording:
        """Look at a staged room as scan `number`, which has image noise of its own."""
        lighting = Lighting.of(staged.room, staged.quads)
        noise = np.random.default_rng([staged.room.seed, 6, number])
        views = record(staged.quads, lighting, staged.poses, self.camera, noise)
        cued = cued_items(self.recipe.family, staged.room, views, staged.companions)
        return _Recording(staged, lighting, views, cued)

    def write(self, number: int, recording: _Recording, visibility: Visibility) -> list[Thing]:
        """Write scan `number`; twins have the visibility, hence the ids, of the original."""
        staged, room = recording.staged, recording.staged.room
        things = things_of(room, staged.boxes, visibility)
        folder = self.scans / scene_name(room.seed, number)
        folder.mkdir(parents=True, exist_ok=True)
        aligned_from_mesh = random_alignment(room.seed)
        write_scan_text(
            folder,
            aligned_from_mesh,
            self.camera,
            num_frames=len(recording.views),
            scene_type=room.theme.name,
        )
        write_views(folder, recording.views, aligned_from_mesh)
        if self.recipe.mesh:
            baked = bake(room, staged.quads, recording.lighting)
            write_mesh(folder, baked, aligned_from_mesh)
        annotations = annotations_of(room, staged.quads, things, visibility)
        write_annotations(folder, annotations, has_mesh=self.recipe.mesh)
        return things


def _write_twins(
    scan: _Scan, original: _Recording, visibility: Visibility, rows: list[Row]
) -> list[Row]:
    """The first set of twins that hold what they promise; none when no set does."""
    named = Counter(row["object_name"].replace("_", " ") for row in rows if row["kind"] == "where")
    seed = original.staged.room.seed
    for twins in twins_of(original.staged, scan.recipe.family, original.cued, named):
        recordings = [scan.record(_TWIN_SCANS[twin.kind], twin.staged) for twin in twins]
        if all(map(_holds, twins, recordings)) or scan.recipe.family == "colour":
            break
    else:
        return []
    found = []
    for twin, recording in zip(twins, recordings, strict=True):
        number = _TWIN_SCANS[twin.kind]
        scan.write(number, recording, visibility)
        found.append(
            {
                "scene_id": scene_name(seed),
                "twin_id": scene_name(seed, number),
                "kind": twin.kind,
                "exchanged": [visibility.id_of(item) for item in twin.exchanged],
            }
        )
    return found


def _holds(twin: Twin, recording: _Recording) -> bool:
    """Whether the cue is where the twin should have it, and both look-alikes are clearly seen."""
    was, becomes = twin.exchanged
    carrier, other = (was, becomes) if twin.kind == "placebo" else (becomes, was)
    clear = judge_visibility(recording.staged.room, recording.views).clear
    is_moved = carrier in recording.cued and other not in recording.cued
    return is_moved and {was, becomes} <= clear


def _row(scene_id: str, number: int, sentence: Sentence, things: list[Thing]) -> Row:
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
        "shortcut": {True: "aligned", False: "conflict", None: None}[sentence.cued],
    }
    if fact.skill in ("left", "right"):
        row["frame"] = {"origin": [0.0, 0.0, 0.0], "right": [1.0, 0.0, 0.0]}
    return row


def as_json(scanned: Scanned) -> str:
    """One room's rows, to keep beside the scans until the data set is complete."""
    return json.dumps({"rows": scanned.rows, "twins": scanned.twins})
