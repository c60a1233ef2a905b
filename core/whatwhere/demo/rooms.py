"""The plan of a room: its size, and what stands, lies and hangs where, in which colour.

A plan is pure data drawn from one seed. The aligned frame has the middle of the floor as its
origin, x and y along the walls, z up; metres and radians.
"""

from dataclasses import dataclass

import numpy as np

from whatwhere.demo.kinds import CLUTTER, KINDS, Kind
from whatwhere.demo.layout import Layout
from whatwhere.demo.palette import DULL, VIVID
from whatwhere.demo.solids import Size
from whatwhere.demo.themes import THEMES, Theme

HEIGHT_M = 2.6

# How often a single small thing stands on furniture instead of on the floor.
_ON_TOP = {"monitor": 1.0, "laptop": 1.0}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the room.

    Attributes:
        kind: its class.
        colour: one of the eight names.
        size: width, depth, height, metres.
        position: x, y of its middle and z of its underside, metres.
        yaw_rad: its turn; 0 faces -y.
        style_seed: draws the variant; equal within a group of look-alikes.
        paint_seed: draws the exact hue.
        support: index of the item it stands on, or None.
        is_clutter: never named, never annotated.
    """

    kind: Kind
    colour: str
    size: Size
    position: tuple[float, float, float]
    yaw_rad: float
    style_seed: int
    paint_seed: int
    support: int | None = None
    is_clutter: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """A planned room.

    Attributes:
        seed: drew everything.
        theme: what kind of room.
        size: width (x), depth (y), height, metres.
        items: everything in it; an item's place in this tuple is its number.
    """

    seed: int
    theme: Theme
    size: Size
    items: tuple[Item, ...]

    def groups(self) -> dict[str, list[int]]:
        """Class name -> numbers of its items, for classes that occur at least twice."""
        found: dict[str, list[int]] = {}
        for number, item in enumerate(self.items):
            if not item.is_clutter:
                found.setdefault(item.kind.name, []).append(number)
        return {name: numbers for name, numbers in found.items() if len(numbers) > 1}


def plan_room(seed: int, *, theme: str | None = None) -> Room:
    """The room of this seed; `theme` names one of `THEMES`, else the seed draws it."""
    rng = np.random.default_rng([seed, 1])
    chosen = THEMES[theme or list(THEMES)[int(rng.integers(len(THEMES)))]]
    while True:
        width, depth = (float(value) for value in rng.uniform(4.2, 6.8, 2))
        planner = _Planner(rng, chosen, Layout((width, depth, HEIGHT_M), rng))
        room = Room(seed, chosen, (width, depth, HEIGHT_M), planner.plan())
        if len(room.groups()) >= 2:  # a crowded room may have lost one to lack of space
            return room


class _Planner:
    """Draws the contents of one room and asks the layout where they can go."""

    def __init__(self, rng: np.random.Generator, theme: Theme, layout: Layout) -> None:
        self._rng = rng
        self._theme = theme
        self._layout = layout
        self._items: list[Item] = []

    def plan(self) -> tuple[Item, ...]:
        groups = self._draw_groups()
        singles = self._draw_singles(set(groups))
        self._place_door_and_windows(groups)
        first = ["bed", "sofa", "wardrobe", "piano", "refrigerator", "sink", "stove", "desk"]
        first += ["bookshelf", "cabinet", "table", "rug"]
        for name in first:
            if name in groups:
                self._place_group(name, groups[name])
            elif name in singles:
                self._place_new(name)
        for name in groups:
            if name not in first and name != "window":
                self._place_group(name, groups[name])
        for name in singles:
            if name not in first:
                self._place_new(name)
        self._scatter_clutter()
        return tuple(self._items)

    def _draw_groups(self) -> dict[str, int]:
        """Two or three classes that come two to four times."""
        several = self._theme.several
        small = [name for name in several if KINDS[name].place == "top"]
        names = [str(self._rng.choice(small))] if self._rng.random() < 0.7 else []
        weights = np.array([6.0 if name == "chair" else 1.0 for name in several])
        drawn = self._rng.choice(np.array(several), 3, replace=False, p=weights / weights.sum())
        names = list(dict.fromkeys([*names, *map(str, drawn)]))
        names = names[: 2 if self._rng.random() < 0.35 else 3]
        sizes = self._rng.choice([2, 3, 4], size=len(names), p=[0.5, 0.36, 0.14])
        most = {"window": 2, "cabinet": 2, "bookshelf": 2, "armchair": 2} | dict.fromkeys(small, 3)
        return {
            name: min(int(size), most.get(name, 4)) for name, size in zip(names, sizes, strict=True)
        }

    def _draw_singles(self, taken: set[str]) -> list[str]:
        names = [*self._theme.must]
        names += [name for name, odds in self._theme.may.items() if self._rng.random() < odds]
        return [name for name in dict.fromkeys(names) if name not in taken]

    def _place_door_and_windows(self, groups: dict[str, int]) -> None:
        self._place_new("door")
        if "window" in groups:
            self._place_group("window", groups["window"])
        else:
            self._place_new("window")

    def _place_new(self, name: str) -> None:
        kind, support = KINDS[name], None
        carriers = self._single_supports()
        if kind.place == "top" and carriers and self._rng.random() < _ON_TOP.get(name, 0.6):
            support = int(self._rng.choice(carriers))
        size = self._draw_size(kind)
        self._add(kind, size, self._draw_colour(), self._seed(), support=support)

    def _place_group(self, name: str, count: int) -> None:
        """Look-alikes: one shape, or sizes that differ clearly; one vivid, the others dull."""
        kind = KINDS[name]
        style, size = self._seed(), self._draw_size(kind)
        sizes = [size] * count
        if self._rng.random() < 0.35 and kind.place != "hung":
            sizes = _scaled_sizes(size, count, self._rng)
        before = len(self._items)
        colours = self._group_colours(count)
        for index, where in enumerate(self._group_supports(kind, count)):
            self._add(kind, sizes[index], colours[index], style, support=where)
        placed = self._items[before:]
        if len(placed) > 1 and not any(item.colour in VIVID for item in placed):
            self._items[before] = _recoloured(placed[0], str(self._rng.choice(VIVID)))

    def _group_supports(self, kind: Kind, count: int) -> list[int | None]:
        """Where the members of a small kind stand: each on another piece, or one apart."""
        floor: list[int | None] = [None] * count
        supports = list(self._rng.permutation(np.array(self._single_supports(), int)))
        if kind.place != "top" or not supports:
            return floor
        if kind.name == "monitor":  # nobody leaves one on the floor
            return [int(supports[i % len(supports)]) for i in range(count)]
        if len(supports) >= count and self._rng.random() < 0.55:
            return [int(number) for number in supports[:count]]
        if self._rng.random() < 0.85:
            return [None, *(int(supports[i % len(supports)]) for i in range(count - 1))]
        return floor

    def _single_supports(self) -> list[int]:
        """Numbers of items that carry things and are the only one of their class."""
        names = [item.kind.name for item in self._items]
        return [
            number
            for number, item in enumerate(self._items)
            if item.kind.surface is not None and names.count(item.kind.name) == 1
        ]

    def _add(self, kind: Kind, size: Size, colour: str, style: int, *, support: int | None) -> None:
        spot = self._layout.find(kind, size, self._items, support)
        if spot is not None:
            self._items.append(
                Item(kind, colour, size, spot[0], spot[1], style, self._seed(), support)
            )

    def _scatter_clutter(self) -> None:
        """Cups, plates and books on whatever has room left."""
        for number, item in enumerate(list(self._items)):
            if item.kind.surface != "top":
                continue
            for _ in range(int(self._rng.integers(1, 5))):
                kind = CLUTTER[str(self._rng.choice(list(CLUTTER)))]
                size = self._draw_size(kind)
                spot = self._layout.find(kind, size, self._items, number)
                if spot is not None:
                    style, hue = self._seed(), self._seed()
                    self._items.append(
                        Item(kind, "white", size, spot[0], spot[1], style, hue, number, True)
                    )

    def _draw_size(self, kind: Kind) -> Size:
        low, high = kind.size
        w, d, h = (float(value) for value in self._rng.uniform(low, high))
        if kind.square or (kind.name in ("table", "rug") and self._rng.random() < 0.3):
            d = w = (w + d) / 2
        return w, d, h

    def _draw_colour(self) -> str:
        names = VIVID if self._rng.random() < 0.45 else DULL
        return str(self._rng.choice(names))

    def _group_colours(self, count: int) -> list[str]:
        """One vivid and otherwise different dull names, in any order."""
        dull = self._rng.permutation(np.array(DULL))[: count - 1]
        colours = [str(self._rng.choice(VIVID)), *(str(name) for name in dull)]
        return [colours[i] for i in self._rng.permutation(count)]

    def _seed(self) -> int:
        return int(self._rng.integers(2**31))


def _scaled_sizes(size: Size, count: int, rng: np.random.Generator) -> list[Size]:
    """The same shape in clearly different sizes, in any order."""
    factors = np.linspace(0.72, 1.16, count)[rng.permutation(count)]
    return [(size[0] * f, size[1] * f, size[2] * f) for f in map(float, factors)]


def _recoloured(item: Item, colour: str) -> Item:
    return Item(
        item.kind,
        colour,
        item.size,
        item.position,
        item.yaw_rad,
        item.style_seed,
        item.paint_seed,
        item.support,
    )
