"""Which things of a recorded room are annotated, and which sentences may speak about."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from whatwhere.demo.facts import Thing
from whatwhere.demo.meshing import segments_of
from whatwhere.demo.model import SHELL
from whatwhere.demo.rooms import Room
from whatwhere.demo.scan_files import Annotation
from whatwhere.demo.scanner import View, pixel_scale, visible_pixels
from whatwhere.demo.solids import Quads
from whatwhere.geometry.boxes import Box

_SHELL_NYU40 = {"wall": 1, "floor": 2, "ceiling": 22}
# Pixels over all frames, for eight images of 128 x 128: with fewer, a thing is not annotated, or
# not clear enough to be spoken of.
_MIN_PIXELS, CLEAR_PIXELS = 50, 110


@dataclass(frozen=True, slots=True)
class Visibility:
    """What the frames show.

    Attributes:
        annotated: numbers of the items that are annotated; an item's place here is its object id.
        clear: numbers of those seen well enough for sentences.
    """

    annotated: tuple[int, ...]
    clear: frozenset[int]

    def id_of(self, item: int) -> int:
        """The object id of an annotated item."""
        return self.annotated.index(item)

    def ids_of(self, items: Collection[int]) -> frozenset[int]:
        """The object ids of those items that are annotated."""
        return frozenset(self.id_of(item) for item in items if item in self.annotated)


def judge_visibility(room: Room, views: Sequence[View]) -> Visibility:
    """Single things that are hardly seen are left out.

    Look-alikes never are, or a class that comes twice would pass for unique.
    """
    pixels = visible_pixels(views, len(room.items))
    scale = pixel_scale(views)
    groups = room.groups()
    annotated = tuple(
        number
        for number, item in enumerate(room.items)
        if not item.is_clutter
        and (pixels[number] >= _MIN_PIXELS * scale or item.kind.name in groups)
    )
    clear = {number for number in annotated if pixels[number] >= CLEAR_PIXELS * scale}
    return Visibility(annotated, frozenset(clear))


def things_of(room: Room, boxes: Sequence[Box], visibility: Visibility) -> list[Thing]:
    """The annotated things as sentences see them."""
    id_of = {number: object_id for object_id, number in enumerate(visibility.annotated)}
    things = []
    for number, object_id in id_of.items():
        item = room.items[number]
        hangs = item.kind.place == "hung"
        things.append(
            Thing(
                object_id=object_id,
                name=item.kind.name,
                colour=item.colour,
                box=boxes[number],
                support=None if item.support is None else id_of.get(item.support),
                on_floor=item.support is None and not hangs,
                hangs=hangs,
                clear=number in visibility.clear,
            )
        )
    return things


def annotations_of(
    room: Room, quads: Quads, things: Sequence[Thing], visibility: Visibility
) -> list[Annotation]:
    """The things as ScanNet's aggregation lists them, then wall, floor and ceiling."""
    found = [
        Annotation(
            object_id=thing.object_id,
            label=thing.name,
            nyu40=room.items[number].kind.nyu40,
            colour=thing.colour,
            box=thing.box,
            segments=segments_of(quads, number),
            support=thing.support,
            is_clear=thing.clear,
        )
        for number, thing in zip(visibility.annotated, things, strict=True)
    ]
    for index, label in enumerate(SHELL):
        segments = segments_of(quads, len(room.items) + index)
        number = len(things) + index
        found.append(Annotation(number, label, _SHELL_NYU40[label], None, None, segments))
    return found
