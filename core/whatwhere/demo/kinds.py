"""The classes of the demo world: size, place, shape and the words people use for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from whatwhere.demo import casework, kitchenware, screens, seating, smallware, wall_pieces
from whatwhere.demo.palette import Paint
from whatwhere.demo.solids import Shape, Size

Place = Literal["wall", "free", "top", "hung"]
"""Back against a wall; free on the floor; on a surface or the floor; hanging on a wall."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One class.

    Attributes:
        name: its label, as ScanNet's raw categories spell it.
        nyu40: its NYU40 id, from ScanNet's label table.
        build: draws it.
        size: smallest and largest width, depth, height, metres.
        place: where it goes.
        words: what sentences call it; the first is the plain one.
        surface: what carries small things: its top, a surface this high (metres), or nothing.
        is_tall: hides what is behind it on a wall.
        look_alike: may appear two to four times in a room.
        square: width and depth are equal.
    """

    name: str
    nyu40: int
    build: Callable[[Shape, Size, Paint], None]
    size: tuple[Size, Size]
    place: Place
    words: tuple[str, ...]
    surface: float | Literal["top"] | None = None
    is_tall: bool = False
    look_alike: bool = False
    square: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        # Large pieces.
        Kind("bed", 4, seating.bed, ((1.1, 1.95, 0.9), (1.6, 2.1, 1.1)), "wall", ("bed",), 0.52),
        Kind(
            "sofa",
            6,
            seating.sofa,
            ((1.6, 0.85, 0.78), (2.1, 0.95, 0.88)),
            "wall",
            ("sofa", "couch"),
            0.44,
        ),
        Kind(
            "armchair",
            5,
            seating.armchair,
            ((0.8, 0.8, 0.85), (0.9, 0.9, 0.95)),
            "free",
            ("armchair",),
            look_alike=True,
        ),
        Kind(
            "table",
            7,
            casework.table,
            ((1.1, 0.75, 0.7), (1.6, 0.95, 0.78)),
            "free",
            ("table",),
            "top",
        ),
        Kind(
            "desk",
            14,
            casework.desk,
            ((1.2, 0.62, 0.72), (1.5, 0.75, 0.77)),
            "wall",
            ("desk",),
            "top",
        ),
        Kind(
            "cabinet",
            3,
            casework.cabinet,
            ((0.85, 0.42, 0.82), (1.1, 0.48, 0.95)),
            "wall",
            ("cabinet", "cupboard"),
            "top",
            look_alike=True,
        ),
        Kind(
            "wardrobe",
            39,
            casework.wardrobe,
            ((1.0, 0.55, 1.9), (1.3, 0.62, 2.1)),
            "wall",
            ("wardrobe", "closet"),
            is_tall=True,
        ),
        Kind(
            "bookshelf",
            10,
            casework.bookshelf,
            ((0.75, 0.3, 1.5), (0.95, 0.34, 1.9)),
            "wall",
            ("bookshelf", "bookcase"),
            is_tall=True,
            look_alike=True,
        ),
        Kind(
            "piano",
            39,
            casework.piano,
            ((1.35, 0.6, 1.15), (1.5, 0.66, 1.25)),
            "wall",
            ("piano",),
            is_tall=True,
        ),
        Kind(
            "refrigerator",
            24,
            kitchenware.refrigerator,
            ((0.65, 0.66, 1.65), (0.8, 0.72, 1.9)),
            "wall",
            ("refrigerator", "fridge"),
            is_tall=True,
        ),
        Kind(
            "stove",
            38,
            kitchenware.stove,
            ((0.62, 0.6, 0.9), (0.7, 0.64, 0.94)),
            "wall",
            ("stove", "cooker"),
        ),
        Kind(
            "sink", 34, kitchenware.sink, ((0.9, 0.58, 1.15), (1.15, 0.62, 1.2)), "wall", ("sink",)
        ),
        Kind(
            "rug", 40, seating.rug, ((1.8, 1.3, 0.02), (2.4, 1.7, 0.02)), "free", ("rug", "carpet")
        ),
        # Seats and other things that are moved about.
        Kind(
            "chair",
            5,
            seating.chair,
            ((0.44, 0.46, 0.88), (0.5, 0.52, 0.98)),
            "free",
            ("chair",),
            look_alike=True,
        ),
        Kind(
            "stool",
            40,
            seating.stool,
            ((0.4, 0.4, 0.45), (0.46, 0.46, 0.6)),
            "free",
            ("stool",),
            look_alike=True,
            square=True,
        ),
        Kind(
            "lamp",
            35,
            smallware.lamp,
            ((0.5, 0.5, 1.45), (0.6, 0.6, 1.7)),
            "free",
            ("lamp",),
            look_alike=True,
            square=True,
        ),
        Kind(
            "plant",
            40,
            smallware.plant,
            ((0.65, 0.65, 0.95), (0.8, 0.8, 1.3)),
            "free",
            ("plant",),
            look_alike=True,
            square=True,
        ),
        Kind(
            "trash can",
            39,
            smallware.trash_can,
            ((0.36, 0.36, 0.45), (0.44, 0.44, 0.58)),
            "free",
            ("trash can", "bin"),
            look_alike=True,
            square=True,
        ),
        Kind(
            "suitcase",
            40,
            smallware.suitcase,
            ((0.44, 0.26, 0.72), (0.54, 0.32, 0.9)),
            "free",
            ("suitcase",),
            look_alike=True,
        ),
        Kind(
            "ball",
            40,
            smallware.ball,
            ((0.4, 0.4, 0.4), (0.5, 0.5, 0.5)),
            "free",
            ("ball",),
            look_alike=True,
            square=True,
        ),
        # Small things.
        Kind(
            "box",
            29,
            smallware.box,
            ((0.4, 0.34, 0.34), (0.56, 0.46, 0.46)),
            "top",
            ("box", "carton"),
            look_alike=True,
        ),
        Kind(
            "teddy bear",
            40,
            smallware.teddy_bear,
            ((0.42, 0.4, 0.5), (0.5, 0.46, 0.62)),
            "top",
            ("teddy bear", "teddy"),
            look_alike=True,
        ),
        Kind(
            "vase",
            40,
            smallware.vase,
            ((0.28, 0.28, 0.5), (0.34, 0.34, 0.62)),
            "top",
            ("vase",),
            look_alike=True,
            square=True,
        ),
        Kind(
            "monitor",
            40,
            screens.monitor,
            ((0.56, 0.2, 0.46), (0.66, 0.24, 0.54)),
            "top",
            ("monitor", "screen"),
            look_alike=True,
        ),
        Kind(
            "laptop", 40, screens.laptop, ((0.4, 0.36, 0.28), (0.48, 0.4, 0.32)), "top", ("laptop",)
        ),
        Kind(
            "pillow",
            18,
            seating.pillow,
            ((0.5, 0.5, 0.18), (0.62, 0.62, 0.24)),
            "top",
            ("pillow", "cushion"),
            look_alike=True,
            square=True,
        ),
        # On the walls.
        Kind(
            "door",
            8,
            wall_pieces.door,
            ((0.9, 0.1, 2.0), (1.0, 0.1, 2.1)),
            "hung",
            ("door",),
            is_tall=True,
        ),
        Kind(
            "window",
            9,
            wall_pieces.window,
            ((1.2, 0.14, 1.1), (1.7, 0.14, 1.3)),
            "hung",
            ("window",),
            look_alike=True,
        ),
        Kind(
            "picture",
            11,
            wall_pieces.picture,
            ((0.65, 0.05, 0.5), (1.0, 0.05, 0.75)),
            "hung",
            ("picture", "painting"),
            look_alike=True,
        ),
        Kind(
            "clock", 40, wall_pieces.clock, ((0.5, 0.06, 0.5), (0.6, 0.06, 0.6)), "hung", ("clock",)
        ),
        Kind(
            "tv",
            25,
            screens.tv,
            ((1.1, 0.08, 0.64), (1.4, 0.08, 0.8)),
            "hung",
            ("tv", "television"),
        ),
    )
}
CLUTTER: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("books", 0, smallware.book_pile, ((0.26, 0.2, 0.09), (0.3, 0.24, 0.13)), "top", ()),
        Kind("cup", 0, kitchenware.cup, ((0.11, 0.1, 0.11), (0.13, 0.1, 0.14)), "top", ()),
        Kind("plate", 0, kitchenware.plate, ((0.26, 0.26, 0.07), (0.3, 0.3, 0.09)), "top", ()),
    )
}
COMPANION = Kind("lantern", 0, smallware.lantern, ((0.2, 0.2, 0.3), (0.2, 0.2, 0.3)), "free", ())
"""What stands beside one of several look-alikes in the co-occurrence family; never named."""

CLASS_NAMES = tuple(KINDS)
