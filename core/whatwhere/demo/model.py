"""The geometry of a planned room: every quad, and which item it belongs to."""

import numpy as np

from whatwhere.demo.palette import linear, paint, room_wood, wall_paint
from whatwhere.demo.rooms import Item, Room
from whatwhere.demo.solids import Finish, Quads, Shape, joined
from whatwhere.geometry.boxes import Box

SHELL = ("wall", "floor", "ceiling")
"""Labels of the room's own surfaces; their owner numbers follow those of the items."""

_FLOORS = {"planks": Finish.PLANKS, "tiles": Finish.TILES, "carpet": Finish.CARPET}


def room_quads(room: Room) -> Quads:
    """Everything in the room; owners number its items, then wall, floor, ceiling."""
    rng = np.random.default_rng([room.seed, 2])
    wood = room_wood(rng)
    pieces = [
        _item_quads(item, wood).placed(np.array(item.position), item.yaw_rad, number)
        for number, item in enumerate(room.items)
    ]
    first = len(room.items)
    for index, shape in enumerate(_shell(room, rng)):
        pieces.append(shape.quads().placed(np.zeros(3), 0.0, first + index))
    return joined(pieces)


def item_boxes(quads: Quads, num_items: int) -> list[Box]:
    """The exact axis-aligned box of every item."""
    return [
        Box.from_points(quads.corners[quads.owners == number].reshape(-1, 3))
        for number in range(num_items)
    ]


def _item_quads(item: Item, wood: tuple[float, float, float]) -> Quads:
    rng = np.random.default_rng(item.paint_seed)
    shape = Shape()
    item.kind.build(shape, item.size, paint(item.colour, wood, rng, style_seed=item.style_seed))
    return shape.quads()


def _shell(room: Room, rng: np.random.Generator) -> tuple[Shape, Shape, Shape]:
    """Walls with skirting boards, floor and ceiling, all facing inwards."""
    w, d, h = (value / 2 for value in room.size)
    h *= 2
    walls, floor, ceiling = Shape(), Shape(), Shape()
    colour = wall_paint(rng)
    corners = [(w, d), (-w, d), (-w, -d), (w, -d)]
    skirting = linear((0.93, 0.92, 0.90))
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        wall = np.array([[x1, y1, 0.0], [x0, y0, 0.0], [x0, y0, h], [x1, y1, h]])
        walls.solid(wall[None], colour)
    for x, y, sx, sy in ((0, d, 2 * w, 0), (0, -d, 2 * w, 0), (w, 0, 0, 2 * d), (-w, 0, 0, 2 * d)):
        at = (x - np.sign(x) * 0.01, y - np.sign(y) * 0.01, 0.0)
        walls.box(at, (max(sx, 0.02), max(sy, 0.02), 0.08), skirting)
    ground = np.array([[-w, -d, 0.0], [w, -d, 0.0], [w, d, 0.0], [-w, d, 0.0]])
    floor.solid(ground[None], _floor_colour(room, rng), _FLOORS[room.theme.floor])
    ceiling.solid((ground[::-1] + [0, 0, h])[None], linear((0.95, 0.95, 0.94)))
    return walls, floor, ceiling


def _floor_colour(room: Room, rng: np.random.Generator) -> tuple[float, float, float]:
    choices = {
        "planks": ((0.66, 0.50, 0.34), (0.55, 0.40, 0.27), (0.74, 0.62, 0.48)),
        "tiles": ((0.78, 0.76, 0.72), (0.70, 0.72, 0.72), (0.80, 0.74, 0.66)),
        "carpet": ((0.56, 0.56, 0.58), (0.62, 0.58, 0.52), (0.46, 0.50, 0.56)),
    }[room.theme.floor]
    return linear(choices[int(rng.integers(len(choices)))])
