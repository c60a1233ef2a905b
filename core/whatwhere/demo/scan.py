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
from whatwhere.demo.facts import WHAT, Thing
from whatwhere.demo.light import Lighting
from whatwhere.demo.meshing import bake, write_mesh
from whatwhere.demo.model import item_boxes, room_quads
from whatwhere.demo.rooms import Room, plan_room
from whatwhere.demo.scan_files import (
    random_alignment,
    write_annotations,
    write_scan_text,
    write_views,
)
from whatwhere.demo.scanner import camera_for, choose_poses, record
from whatwhere.demo.sentences import Sentence, write_sentences
from whatwhere.demo.solids import Quads
from whatwhere.demo.twins import twins_of
from whatwhere.geometry.poses import Matrix4

Row = dict[str, Any]
# Number of the re-scan each kind of twin is stored as, and of its image noise.
_TWIN_SCANS = {"appearance": 1, "placebo": 2, "position": 3}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rooms are recorded; the same for every room of a data set.

    Attributes:
        shortcut: the probability that a "where" target is vivid; None for a fair split.
        frames: images per room.
        size: width and height of the images.
        mesh: write meshes and segments instead of a table of boxes.
        twins: also write the twins.
        theme: the kind of room, or None for any.
    """

    shortcut: float | None = None
    frames: int = 8
    size: tuple[int, int] = (128, 128)
    mesh: bool = False
    twins: bool = False
    theme: str | None = None


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
    room = plan_room(seed, theme=recipe.theme)
    camera = camera_for(recipe.size)
    quads = room_quads(room)
    boxes = item_boxes(quads, len(room.items))
    poses = choose_poses(room, boxes, camera, num_frames=recipe.frames)
    scan = _Scan(scans, poses, recipe)
    visibility, things = scan.write(0, room, quads)
    sentences = write_sentences(
        things, room.size[:2], shortcut=recipe.shortcut, rng=np.random.default_rng([seed, 7])
    )
    rows = [_row(scene_name(seed), n, item, things) for n, item in enumerate(sentences)]
    twins = _write_twins(scan, room, visibility, rows) if recipe.twins else []
    return Scanned(rows, twins)


@dataclass(frozen=True, slots=True)
class _Scan:
    """A room about to be written, as it is or changed, always seen from the same poses."""

    scans: Path
    poses: list[Matrix4]
    recipe: Recipe

    def write(
        self, number: int, room: Room, quads: Quads, visibility: Visibility | None = None
    ) -> tuple[Visibility, list[Thing]]:
        """Write scan `number`; twins keep the visibility, hence the object ids, of the original."""
        lighting = Lighting.of(room, quads)
        camera = camera_for(self.recipe.size)
        noise = np.random.default_rng([room.seed, 6, number])
        views = record(quads, lighting, self.poses, camera, noise)
        visibility = visibility or judge_visibility(room, views)
        things = things_of(room, item_boxes(quads, len(room.items)), visibility)

        folder = self.scans / scene_name(room.seed, number)
        folder.mkdir(parents=True, exist_ok=True)
        aligned_from_mesh = random_alignment(room.seed)
        write_scan_text(
            folder,
            aligned_from_mesh,
            camera,
            num_frames=len(views),
            scene_type=room.theme.name,
        )
        write_views(folder, views, aligned_from_mesh)
        if self.recipe.mesh:
            write_mesh(folder, bake(room, quads, lighting), aligned_from_mesh)
        annotations = annotations_of(room, quads, things, visibility)
        write_annotations(folder, annotations, has_mesh=self.recipe.mesh)
        return visibility, things


def _write_twins(scan: _Scan, room: Room, visibility: Visibility, rows: list[Row]) -> list[Row]:
    named = Counter(row["object_name"].replace("_", " ") for row in rows if row["kind"] == "where")
    id_of = {number: object_id for object_id, number in enumerate(visibility.annotated)}
    found = []
    for twin in twins_of(room, named):
        number = _TWIN_SCANS[twin.kind]
        scan.write(number, twin.room, room_quads(twin.room), visibility)
        found.append(
            {
                "scene_id": scene_name(room.seed),
                "twin_id": scene_name(room.seed, number),
                "kind": twin.kind,
                "exchanged": [id_of[item] for item in twin.exchanged],
            }
        )
    return found


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
        "shortcut": {True: "aligned", False: "conflict", None: None}[sentence.vivid],
    }
    if fact.skill in ("left", "right"):
        row["frame"] = {"origin": [0.0, 0.0, 0.0], "right": [1.0, 0.0, 0.0]}
    return row


def as_json(scanned: Scanned) -> str:
    """One room's rows, to keep beside the scans until the data set is complete."""
    return json.dumps({"rows": scanned.rows, "twins": scanned.twins})
