"""The order of the frames: as captured, or those first that see what one looks for best."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import FrameHeader, Scene
from whatwhere_app.presenters.frame_boxes import (
    SEEN_SHARE,
    best_first,
    facing,
    of_first_seen,
    seen_shares,
    tile,
)
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import FrameTile

# Enough that a thread is worth its start, few enough that a cancelled search ends soon.
_BATCH = 8
_LONG_SEARCH = 60


class FrameOrder:
    """Sorts the frames of one scene after another.

    Args:
        board: where a long search is told of.
        changed: called when the order, or what is known of its frames, is another.
    """

    def __init__(self, board: TaskBoard, *, changed: Callable[[], None]) -> None:
        self._board, self._changed = board, changed
        self._sorting = LatestOnly(board)
        self._headers: list[FrameHeader] = []
        self._names: list[str] = []
        self._shares: Mapping[str, float] = {}
        self._sought = ""
        self._sorted_for: tuple[Box, ...] = ()

    @property
    def is_busy(self) -> bool:
        """Whether another order is still being worked out."""
        return self._sorting.is_running

    @property
    def best(self) -> str | None:
        """The frame that sees what is looked for best; None when none does, or nothing is."""
        first = self._names[0] if self._names else ""
        return first if self._shares.get(first, 0.0) >= SEEN_SHARE else None

    def start(self, headers: Sequence[FrameHeader]) -> None:
        """Take the frames of another scene, as captured; tells nobody."""
        self._sorting.cancel()
        self._headers = list(headers)
        self._reset()

    def sort_for(self, scene: Scene, wanted: Mapping[Box, str]) -> None:
        """Work out which frames see the first box that any frame sees; none is as captured.

        Args:
            scene: that the frames belong to.
            wanted: names of boxes, most wanted first.
        """
        if tuple(wanted) == self._sorted_for:
            self._sorting.cancel()
        else:
            self._sorting.run(self._sort(scene, wanted), lambda _: None)

    def tiles(self) -> list[FrameTile]:
        """What the strip shows, in order."""
        return [self.tile_of(name) for name in self._names]

    def tile_of(self, name: str) -> FrameTile:
        """The texts of one frame, with how much of it shows what is looked for."""
        if name not in self._shares:
            return FrameTile(name, name)
        return tile(name, self._shares[name], self._sought)

    def caption_of(self, name: str) -> tuple[str, str]:
        """What stands beneath the picture of a frame, and its hint."""
        shown = self.tile_of(name)
        if name not in self._shares:
            return name, f"Frame {name}"
        not_seen = f" · {self._sought} not seen" if shown.is_faint else ""
        return f"{shown.caption}{not_seen}", shown.hint

    def beside(self, name: str | None, by: int) -> str | None:
        """The frame so many places further, or the last one that way; None without frames."""
        if not self._names:
            return None
        place = self._names.index(name) + by if name in self._names else 0
        return self._names[max(0, min(len(self._names) - 1, place))]

    def _reset(self) -> None:
        self._names = [header.name for header in self._headers]
        self._sorted_for, self._shares, self._sought = (), {}, ""

    async def _sort(self, scene: Scene, names: Mapping[Box, str]) -> None:
        wanted = tuple(names)
        if not wanted:
            self._reset()
            self._changed()
            return
        shares = await self._measure(scene, wanted)
        self._sorted_for = wanted
        chosen, self._shares = of_first_seen(shares)
        self._sought = names[wanted[chosen]]
        self._names = best_first(self._shares)
        self._changed()

    async def _measure(self, scene: Scene, wanted: tuple[Box, ...]) -> dict[str, tuple[float, ...]]:
        """For each frame the share of each box."""
        corners = [box.corners() for box in wanted]
        may_see = [await asyncio.to_thread(facing, self._headers, points) for points in corners]
        shares = {header.name: (0.0,) * len(wanted) for header in self._headers}
        rows = zip(self._headers, *may_see, strict=True)
        facing_any = [header for header, *row in rows if any(row)]
        if len(facing_any) <= _LONG_SEARCH:
            return shares | await _shares_in(scene, facing_any, wanted, lambda *_: None)
        with self._board.job(
            "Looking for the box in the frames", cancel=self._sorting.cancel
        ) as progress:
            return shares | await _shares_in(scene, facing_any, wanted, progress)


async def _shares_in(
    scene: Scene,
    headers: Sequence[FrameHeader],
    wanted: tuple[Box, ...],
    progress: Callable[[int, int, str], None],
) -> dict[str, tuple[float, ...]]:
    shares: dict[str, tuple[float, ...]] = {}
    for start in range(0, len(headers), _BATCH):
        batch = headers[start : start + _BATCH]
        found = await asyncio.to_thread(_shares_of, scene, batch, wanted)
        shares.update(zip((header.name for header in batch), found, strict=True))
        progress(len(shares), len(headers), f"frame {len(shares)} of {len(headers)}")
    return shares


def _shares_of(
    scene: Scene, headers: Sequence[FrameHeader], boxes: Sequence[Box]
) -> list[tuple[float, ...]]:
    return [seen_shares(scene, header, boxes) for header in headers]
