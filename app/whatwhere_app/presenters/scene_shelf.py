"""The list of scenes: demo rooms, pinned, recent and listed ones; found by words and parts."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.scenes.listed_scans import ListedScan, Part
from whatwhere.scenes.scene import display_name
from whatwhere_app.presenters.scan_rows import hint, listed_row
from whatwhere_app.services.scene_facts import SceneFacts
from whatwhere_app.settings import Settings, SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import Row

_GONE = (
    "{path}: the open scene is no longer there. Bring its disk or folder back, or open the scene "
    "from where it is now. What has been read stays."
)


class ShelfView(Protocol):
    """The list."""

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace the rows."""

    def set_current_key(self, key: str | None) -> None:
        """Mark the open scene."""

    def set_picture(self, key: str, pixels: NDArray[np.uint8]) -> None:
        """(H, W, 4) RGBA of one scene."""

    def set_count(self, text: str) -> None:
        """What the empty search line says."""

    def set_filters_shown(self, is_shown: bool) -> None:
        """Offer to show only scans that have something, or ask for nothing."""


class SceneShelf:
    """Keeps the list in step with the settings and with what is on the disk.

    Args:
        board: pictures that are still to be drawn wait until no job is under way.
        demo_rooms: name -> scan folder of the rooms that ship with the program.
        settings: remember recent and pinned scenes.
        facts: looks at the disk; called in a thread.
        picture: (H, W, 4) RGBA of a scene or None; called in a thread.
        kept: the same at once, for what has been drawn before.
    """

    def __init__(
        self,
        view: ShelfView,
        board: TaskBoard,
        *,
        demo_rooms: Mapping[str, Path],
        settings: SettingsStore,
        facts: Callable[[Iterable[Path]], dict[Path, SceneFacts]],
        picture: Callable[[Path], NDArray[np.uint8] | None],
        kept: Callable[[Path], NDArray[np.uint8] | None] = lambda _: None,
    ) -> None:
        self._view = view
        self._board = board
        self._demo_rooms = {folder: name for name, folder in demo_rooms.items()}
        self._settings = settings
        self._look, self._draw, self._kept = facts, picture, kept
        self._facts: dict[Path, SceneFacts] = {}
        self._has_picture: set[Path] = set()
        self._listed: dict[Path, ListedScan] = {}
        self._sought = ""
        self._wanted: frozenset[Part] = frozenset()
        self._seen: tuple[Path, ...] = ()
        self._is_telling = False
        self._opened: Path | None = None
        self._opening: Path | None = None
        self._looking, self._drawing = LatestOnly(board), LatestOnly(board)
        self._is_quiet = asyncio.Event()
        board.jobs_changed.connect(self._on_jobs_changed)
        self._on_jobs_changed()
        self._show()

    @property
    def is_looking(self) -> bool:
        """Whether an answer of the disk is awaited."""
        return self._looking.is_running

    def refresh(self) -> None:
        """Look at the disk again: names, what has gone and what has come back, then pictures.

        That the open scene itself has gone is told, for it explains what else went wrong.
        """
        if self._is_telling:  # of this very look
            return
        paths = self._paths()
        self._looking.run(asyncio.to_thread(self._look, paths), self._on_facts)

    def show_opening(self, path: Path | None) -> None:
        """A scene is being read; None when that has ended."""
        was, self._opening = self._opening, path
        self._show()
        if path is None and was is not None:
            self.refresh()

    def show_opened(self, path: Path) -> None:
        """A scene is the open one."""
        self._opened = path
        self._show()

    def set_listed(self, scans: Sequence[ListedScan]) -> None:
        """These lie below the user's folders; they follow the recent scenes."""
        self._listed = {scan.path: scan for scan in scans}
        is_any = bool(self._settings.value.scan_folders)
        self._view.set_count(f"Find among {len(scans):,} scans" if is_any else "Find a scene")
        self._view.set_filters_shown(is_any)
        self._show()

    def on_searched(self, text: str) -> None:
        """Show only scenes with all of these words in name, id, type or folder."""
        self._sought = text
        self._show()

    def on_filtered(self, parts: frozenset[Part]) -> None:
        """Show only listed scans that have all of these; every scene where nothing is asked."""
        self._wanted = parts
        self._show()

    def on_in_sight(self, keys: Sequence[str]) -> None:
        """These rows can be seen; their pictures come before all others."""
        self._seen = tuple(map(Path, keys))
        if any(path in self._listed and path not in self._has_picture for path in self._seen):
            self._draw_missing()

    def toggle_pin(self, key: str | None = None) -> None:
        """Keep a scene in the list, or no longer; None means the open one."""
        path = self._opened if key is None else Path(key)
        if path is None or path in self._demo_rooms:
            what = "Open a scene first." if path is None else "The demo rooms are always here."
            self._board.notice(f"{what} Pin a scan of your own to keep it here.", level="warning")
            return
        is_pinned = str(path) in self._settings.value.pinned_scenes
        self._change(self._settings.value.with_pin(path, is_pinned=not is_pinned))

    def remove(self, key: str) -> None:
        """Take a scene off the list; its files stay."""
        self._change(self._settings.value.without_scene(Path(key)))

    def clear_recent(self) -> None:
        """Forget the recent scenes, pinned ones aside."""
        self._change(self._settings.value.model_copy(update={"recent_scenes": ()}))

    def _change(self, settings: Settings) -> None:
        self._settings.change(settings)
        self._show()
        self.refresh()

    def _paths(self) -> list[Path]:
        """Demo rooms, pinned and recent scenes; what is listed keeps its place in its folder."""
        value = self._settings.value
        pinned = map(Path, value.pinned_scenes)
        recent = (path for path in map(Path, value.recent_scenes) if path not in self._listed)
        return list(dict.fromkeys([*self._demo_rooms, *pinned, *recent]))

    def _on_facts(self, facts: dict[Path, SceneFacts]) -> None:
        self._facts = facts
        self._show()
        if self._opened in facts and not facts[self._opened].is_there:
            self._is_telling = True
            self._board.notice(_GONE.format(path=self._opened))
            self._is_telling = False
        self._draw_missing()

    def _draw_missing(self) -> None:
        """What can be seen first; of what is listed nothing else, for it may be thousands."""
        own = (path for path in self._facts if self._facts[path].is_there)
        seen = (path for path in self._seen if path in self._listed)
        missing = [path for path in dict.fromkeys((*seen, *own)) if path not in self._has_picture]
        if missing:
            self._drawing.run(self._draw_all(missing), lambda _: None)

    def _on_jobs_changed(self) -> None:
        if self._board.jobs:
            self._is_quiet.clear()
        else:
            self._is_quiet.set()

    async def _draw_all(self, paths: Sequence[Path]) -> None:
        """What is kept at once, then one after another, while nobody waits for something else."""
        for path in paths:
            self._show_picture(path, await asyncio.to_thread(self._kept, path))
        for path in paths:
            if path not in self._has_picture:
                await self._is_quiet.wait()
                self._show_picture(path, await asyncio.to_thread(self._draw, path))
                self._has_picture.add(path)  # or has none to give

    def _show_picture(self, path: Path, pixels: NDArray[np.uint8] | None) -> None:
        if pixels is not None:
            self._has_picture.add(path)
            self._view.set_picture(str(path), pixels)

    def _show(self) -> None:
        words = self._sought.casefold().split()
        own = [] if self._wanted else self._paths()
        rows = [self._row(path) for path in own]
        rows += [
            self._listed_row(scan)
            for path, scan in self._listed.items()
            if path not in own and all(scan.has(part) for part in self._wanted)
        ]
        found = [row for row in rows if all(word in _text_of(row) for word in words)]
        self._view.set_rows(found)
        self._view.set_current_key(None if self._opened is None else str(self._opened))

    def _listed_row(self, scan: ListedScan) -> Row:
        is_pinned = str(scan.path) in self._settings.value.pinned_scenes
        return listed_row(scan, is_pinned=is_pinned, is_opening=scan.path == self._opening)

    def _row(self, path: Path) -> Row:
        facts = self._facts.get(path, SceneFacts(path.name, "", is_there=True))
        is_fixed = path in self._demo_rooms
        is_pinned = str(path) in self._settings.value.pinned_scenes
        name = display_name(facts.scene_id, facts.kind)
        if is_fixed:
            text = name if facts.kind else self._demo_rooms[path].capitalize().replace("-", " ")
            captions = ["demo", facts.scene_id]
        else:
            text = facts.scene_id
            captions = ["pinned" if is_pinned else "", facts.kind and name, str(path.parent)]
        if not facts.is_there:
            captions = ["no longer there"]
        if path == self._opening:
            captions = ["opening…"]
        caption = " · ".join(filter(None, captions))
        said = str(path) if path not in self._listed else hint(self._listed[path])
        return Row(str(path), text, caption, said, not facts.is_there, is_fixed, is_pinned)


def _text_of(row: Row) -> str:
    return f"{row.text} {row.caption} {row.key}".casefold()
