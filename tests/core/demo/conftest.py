"""Rooms planned once for all tests of the demo world; planning needs no rendering."""

from collections.abc import Callable

import pytest

from whatwhere.demo.annotating import Visibility, things_of
from whatwhere.demo.facts import Thing
from whatwhere.demo.model import item_boxes, room_quads
from whatwhere.demo.rooms import Room, plan_room

_NUM_ROOMS = 90


@pytest.fixture(scope="session")
def rooms() -> list[Room]:
    return [plan_room(seed) for seed in range(_NUM_ROOMS)]


@pytest.fixture(scope="session")
def all_things(rooms: list[Room]) -> list[list[Thing]]:
    """The things of every room, as if the frames showed each of them well."""
    return [_seen_whole(room) for room in rooms]


@pytest.fixture(scope="session")
def seen_whole() -> Callable[[Room], list[Thing]]:
    return _seen_whole


def _seen_whole(room: Room) -> list[Thing]:
    named = tuple(number for number, item in enumerate(room.items) if not item.is_clutter)
    boxes = item_boxes(room_quads(room), len(room.items))
    return things_of(room, boxes, Visibility(named, frozenset(named)))
