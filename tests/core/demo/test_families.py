"""Cues beside colour: who carries them, what they leave alone, and how twins move them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from whatwhere.demo.annotating import judge_visibility
from whatwhere.demo.companions import BESIDE_M, accompany, moved_companion
from whatwhere.demo.cues import PROMINENCE_RATIO, cued_items
from whatwhere.demo.dataset import write_dataset
from whatwhere.demo.families import CAUSAL_TWIN, FAMILIES, Family
from whatwhere.demo.kinds import CLASS_NAMES, COMPANION
from whatwhere.demo.light import Lighting
from whatwhere.demo.model import item_boxes, room_quads
from whatwhere.demo.palette import VIVID
from whatwhere.demo.prominence import draw_focus
from whatwhere.demo.rooms import Room
from whatwhere.demo.scanner import View, camera_for, record, visible_pixels
from whatwhere.demo.staging import Staged, stage
from whatwhere.demo.wording import vocabulary
from whatwhere.errors import ConfigError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import backproject
from whatwhere.geometry.poses import transform
from whatwhere.geometry.visibility import box_visibility
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene

NEW: tuple[Family, ...] = ("prominence", "cooccurrence")
SIZE, FRAMES = (80, 60), 8


def looked_at(room: Room, family: Family) -> tuple[Staged, list[View], frozenset[int]]:
    staged = stage(room, family, camera_for(SIZE), num_frames=FRAMES)
    lighting = Lighting.of(staged.room, staged.quads)
    rng = np.random.default_rng(0)
    views = record(staged.quads, lighting, staged.poses, camera_for(SIZE), rng)
    return staged, views, cued_items(family, staged.room, views, staged.companions)


def gap_m(one: Box, two: Box) -> float:
    return float(
        np.linalg.norm(np.clip(np.maximum(one.lower - two.upper, two.lower - one.upper), 0, None))
    )


def test_poses_make_the_drawn_member_prominent(rooms: list[Room]) -> None:
    held, groups, clear, named = 0, 0, 0, 0
    for room in rooms[:6]:
        staged, views, cued = looked_at(room, "prominence")
        pixels = visible_pixels(views, len(room.items))
        for name, members in room.groups().items():
            groups += 1
            one = staged.focus[name]
            rivals = [pixels[number] for number in members if number != one]
            holds = pixels[one] >= PROMINENCE_RATIO * max(rivals)
            assert (one in cued) == holds
            held += holds
        clear += len(judge_visibility(room, views).clear)
        named += sum(not item.is_clutter for item in room.items)
    assert held / groups > 0.85
    assert clear / named > 0.95, "nothing else is lost from sight"


def test_a_companion_stands_beside_its_member_and_near_no_other_look_alike(
    rooms: list[Room],
) -> None:
    groups = found = 0
    for room in rooms[:30]:
        scene = accompany(room)
        assert scene.room.items[: len(room.items)] == room.items, "all else stays where it is"
        boxes = item_boxes(room_quads(scene.room), len(scene.room.items))
        groups += len(room.groups())
        found += len(scene.companions)
        assert len(scene.room.items) == len(room.items) + len(scene.companions)
        for member, companion in scene.companions.items():
            item = scene.room.items[companion]
            assert item.is_clutter
            assert item.support == room.items[member].support
            near = gap_m(boxes[companion], boxes[member])
            assert near < BESIDE_M
            for members in room.groups().values():
                for other in members:
                    apart = gap_m(boxes[companion], boxes[other])
                    assert other == member or apart > BESIDE_M
            assert (np.abs(boxes[companion].center[:2]) < np.array(room.size[:2]) / 2).all()
    assert found / groups > 0.9


def test_a_companion_moves_to_another_member(rooms: list[Room]) -> None:
    moved = 0
    for room in rooms[:15]:
        scene = accompany(room)
        for members in room.groups().values():
            one = next((number for number in members if number in scene.companions), None)
            if one is None:
                continue
            other = next(number for number in members if number != one)
            after = moved_companion(scene, one, other, np.random.default_rng(0))
            if after is None:
                continue
            moved += 1
            assert set(after.companions) == {*scene.companions} - {one} | {other}
            number = after.companions[other]
            same = [n for n in range(len(scene.room.items)) if n != number]
            assert all(after.room.items[n] == scene.room.items[n] for n in same)
            assert after.room.items[number].position != scene.room.items[number].position
    assert moved > 20


def test_nobody_speaks_of_a_companion() -> None:
    assert COMPANION.name not in CLASS_NAMES
    assert COMPANION.name not in vocabulary()
    assert COMPANION.words == ()


@pytest.mark.parametrize("family", NEW)
def test_the_cue_says_nothing_of_the_colour(rooms: list[Room], family: Family) -> None:
    vivid, chance = [], []
    for room in rooms[:60]:
        groups = room.groups()
        if family == "prominence":
            carriers = set(draw_focus(room, np.random.default_rng([room.seed, 9])).values())
        else:
            carriers = set(accompany(room).companions)
        for members in groups.values():
            for number in carriers & set(members):
                vivid.append(room.items[number].colour in VIVID)
                chance.append(1 / len(members))
    error = np.sqrt(np.sum(np.array(chance) * (1 - np.array(chance)))) / len(chance)
    assert len(vivid) > 120
    assert abs(np.mean(vivid) - np.mean(chance)) < 3 * error


@pytest.fixture(scope="module", params=NEW)
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Family, Path]:
    family: Family = request.param
    folder = tmp_path_factory.mktemp(family)
    options: dict[str, Any] = {"num_scenes": 5, "seed": 6, "split": "train", "shortcut": 0.95}
    options |= {"size": SIZE, "frames": FRAMES, "twins": True}
    write_dataset(folder, family=family, **options)
    return family, folder


def pairs_of(folder: Path, kind: str) -> list[tuple[Scene, Scene, list[int]]]:
    rows = json.loads((folder / "twins.json").read_text())
    return [
        (
            open_scene(folder / "scans" / row["scene_id"]),
            open_scene(folder / "scans" / row["twin_id"]),
            row["exchanged"],
        )
        for row in rows
        if row["kind"] == kind
    ]


def box_of(scene: Scene, object_id: int) -> Box:
    found = scene.object_by_id(object_id)
    assert found is not None
    assert found.box is not None
    return found.box


def pixels_in(scene: Scene, box: Box) -> int:
    total = 0
    for header in scene.frames:
        frame = scene.read_frame(header)
        seen = box_visibility(
            frame.depth_m, frame.depth_valid, frame.depth_camera, frame.world_from_camera, [box]
        )
        total += int(seen.num_pixels[0])
    return total


def violet_points(scene: Scene) -> np.ndarray:
    """(N, 3) where the frames show the companion's violet, aligned metres."""
    found = []
    for header in scene.frames:
        frame = scene.read_frame(header)
        red, green, blue = np.moveaxis(frame.color.astype(float), -1, 0)
        violet = (blue > 1.7 * green) & (red > 1.3 * green) & (blue > 90) & frame.depth_valid
        points = backproject(frame.depth_m, frame.depth_camera)
        found.append(transform(points[violet], frame.world_from_camera))
    return np.concatenate(found)


def is_lit_beside(scene: Scene, box: Box) -> bool:
    near = box.contains(violet_points(scene), margin_m=BESIDE_M + 0.1)
    return int(near.sum()) >= 8


def test_the_description_names_the_family(made: tuple[Family, Path]) -> None:
    family, folder = made
    document = json.loads((folder / "dataset.json").read_text())
    assert document["shortcut"] == {family: 0.95}
    rows = json.loads((folder / "ScanRefer_filtered_train.json").read_text())
    told = [row["shortcut"] for row in rows if row["kind"] == "where"]
    assert told.count("aligned") > 5 * told.count("conflict") > 0


def test_a_causal_twin_comes_with_its_placebo_and_keeps_every_box(
    made: tuple[Family, Path],
) -> None:
    family, folder = made
    causal, placebos = pairs_of(folder, CAUSAL_TWIN[family]), pairs_of(folder, "placebo")
    assert len(causal) >= 3
    assert [ends for _, _, ends in causal] == [ends for _, _, ends in placebos]
    for original, twin, (one, two) in [*causal, *placebos]:
        labels = {item.object_id: item.label for item in original.objects}
        assert labels == {item.object_id: item.label for item in twin.objects}
        assert labels[one] == labels[two]
        assert all(
            box_of(original, item.object_id) == box_of(twin, item.object_id)
            for item in original.objects
            if item.box is not None
        )


@pytest.mark.parametrize("made", ["prominence"], indirect=True)
def test_prominence_goes_to_the_other_member(made: tuple[Family, Path]) -> None:
    _, folder = made
    for kind, favoured in (("prominence", 1), ("placebo", 0)):
        for original, twin, ends in pairs_of(folder, kind):
            boxes = [box_of(original, number) for number in ends]
            before = [pixels_in(original, box) for box in boxes]
            after = [pixels_in(twin, box) for box in boxes]
            assert before[0] > before[1]
            assert after[favoured] > after[1 - favoured]
            poses = [[h.world_from_camera for h in scene.frames] for scene in (original, twin)]
            assert not np.allclose(poses[0], poses[1])


@pytest.mark.parametrize("made", ["cooccurrence"], indirect=True)
def test_the_companion_goes_to_the_other_member(made: tuple[Family, Path]) -> None:
    _, folder = made
    for kind, favoured in (("cooccurrence", 1), ("placebo", 0)):
        for original, twin, ends in pairs_of(folder, kind):
            boxes = [box_of(original, number) for number in ends]
            assert is_lit_beside(original, boxes[0])
            assert is_lit_beside(twin, boxes[favoured])
            assert not is_lit_beside(twin, boxes[1 - favoured])
            for one, two in zip(original.frames, twin.frames, strict=True):
                np.testing.assert_array_equal(one.world_from_camera, two.world_from_camera)


def test_an_unknown_family_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=", ".join(FAMILIES)):
        write_dataset(tmp_path, num_scenes=1, seed=0, split="val", family="size")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
