from collections import Counter

import numpy as np
import pytest

from whatwhere.demo.facts import Thing
from whatwhere.demo.kinds import CLASS_NAMES, KINDS
from whatwhere.demo.model import room_quads
from whatwhere.demo.palette import COLOURS, DULL, VIVID, paint
from whatwhere.demo.rooms import Room, plan_room
from whatwhere.demo.solids import Shape, plane_normals
from whatwhere.demo.themes import THEMES


def test_there_are_enough_classes_and_the_rooms_use_them(rooms: list[Room]) -> None:
    assert len(CLASS_NAMES) >= 20
    used = {item.kind.name for room in rooms for item in room.items}
    assert set(CLASS_NAMES) <= used


def test_every_room_has_groups_of_look_alikes(rooms: list[Room]) -> None:
    for room in rooms:
        sizes = [len(numbers) for numbers in room.groups().values()]
        assert 2 <= len(sizes) <= 3
        assert all(2 <= size <= 4 for size in sizes)


def test_a_group_has_one_vivid_member_and_no_colour_twice(rooms: list[Room]) -> None:
    for room in rooms:
        for numbers in room.groups().values():
            colours = [room.items[number].colour for number in numbers]
            assert sum(colour in VIVID for colour in colours) == 1
            assert len(set(colours)) == len(colours)
            assert set(colours) <= {*VIVID, *DULL}


def test_look_alikes_have_one_shape_up_to_scale(rooms: list[Room]) -> None:
    for room in rooms[:30]:
        quads = room_quads(room)
        for numbers in room.groups().values():
            items = [room.items[number] for number in numbers]
            assert len({item.style_seed for item in items}) == 1
            if len({item.size for item in items}) == 1:
                # A larger bookshelf has more boards; equal ones have equal books.
                assert len({int((quads.owners == number).sum()) for number in numbers}) == 1
            proportions = np.array([np.array(item.size) / item.size[2] for item in items])
            np.testing.assert_allclose(proportions, proportions[:1].repeat(len(items), axis=0))


def test_colours_do_not_tell_where_a_look_alike_stands(rooms: list[Room]) -> None:
    """The vivid member is no farther from the middle, on the average, than the others."""
    gaps = []
    for room in rooms:
        for numbers in room.groups().values():
            out = {n: float(np.hypot(*room.items[n].position[:2])) for n in numbers}
            vivid = [n for n in numbers if room.items[n].colour in VIVID]
            gaps.append(out[vivid[0]] - np.mean(list(out.values())))
    error = np.std(gaps) / np.sqrt(len(gaps))
    assert abs(np.mean(gaps)) < 3 * error


def test_everything_is_inside_the_room(all_things: list[list[Thing]], rooms: list[Room]) -> None:
    for room, things in zip(rooms, all_things, strict=True):
        upper = np.array(room.size) / [2, 2, 1]
        lower = upper * [-1, -1, 0]
        for thing in things:
            # A soft or turned thing on furniture may be pushed against the wall behind it.
            slack = 0.02 if thing.support is None else 0.16
            assert (thing.box.upper <= upper + slack).all(), thing
            assert (thing.box.lower >= lower - slack).all(), thing


def test_what_stands_on_something_is_above_it(all_things: list[list[Thing]]) -> None:
    standing = 0
    for things in all_things:
        by_id = {thing.object_id: thing for thing in things}
        for thing in things:
            if thing.support is not None:
                standing += 1
                below = by_id[thing.support].box
                offset = np.abs(np.array(thing.box.center) - np.array(below.center))
                assert (offset[:2] <= np.array(below.size[:2]) / 2 + 0.05).all()
                assert thing.box.lower[2] > 0.3
    assert standing > 50


def test_free_furniture_turns_freely(rooms: list[Room]) -> None:
    yaws = [item.yaw_rad for room in rooms for item in room.items if item.kind.name == "chair"]
    quarter = np.abs((np.array(yaws) + np.pi / 4) % (np.pi / 2) - np.pi / 4)
    assert (quarter > 0.1).mean() > 0.6


def test_one_seed_one_room() -> None:
    assert plan_room(17) == plan_room(17)
    assert plan_room(17) != plan_room(18)


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_brings_its_furniture(theme: str) -> None:
    counts: Counter[str] = Counter()
    for seed in range(5):
        counts.update({item.kind.name for item in plan_room(seed, theme=theme).items})
    for name in THEMES[theme].must:
        assert counts[name] >= 4


@pytest.mark.parametrize("name", KINDS)
def test_furniture_is_solid_and_keeps_its_size(name: str) -> None:
    kind = KINDS[name]
    shape = Shape()
    rng = np.random.default_rng(0)
    size = kind.size[1] if not kind.square else (kind.size[1][0], kind.size[1][0], kind.size[1][2])
    kind.build(shape, size, paint("red", (0.3, 0.2, 0.1), rng, style_seed=1))
    quads = shape.quads()
    assert quads.parts.max() >= 2, "it is made of several parts"
    low, high = quads.corners.min(axis=(0, 1)), quads.corners.max(axis=(0, 1))
    assert low[2] >= -1e-9
    assert (high - low <= np.array(size) * 1.02 + 0.02).all()
    assert (high - low >= np.array(size) * 0.8 - 0.02).all()
    # Planar: the fourth corner lies in the plane of the others.
    normals = plane_normals(quads.corners)
    off = np.einsum("qki,qi->qk", quads.corners - quads.corners[:, :1], normals)
    assert np.abs(off).max() < 5e-3


@pytest.mark.parametrize("colour", COLOURS)
def test_named_colours_stay_what_they_are_called(colour: str) -> None:
    rng = np.random.default_rng(3)
    found = np.array([paint(colour, (0, 0, 0), rng, style_seed=0).main for _ in range(20)])
    assert found.min() >= 0
    assert found.max() <= 1
    spread = found.max(axis=1) - found.min(axis=1)
    if colour in ("white", "black", "grey"):
        assert spread.max() < 0.15
    else:
        assert spread.min() > 0.08
    assert len(np.unique(found, axis=0)) == 20, "no two objects have quite the same hue"
