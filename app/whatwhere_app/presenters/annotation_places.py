"""Who annotates and where: tried, copied into and taken over, with a sentence for each."""

from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from whatwhere.annotations.copying import Copied
from whatwhere.annotations.looking import Look
from whatwhere.annotations.place import default_annotator, default_place
from whatwhere.annotations.urls import has_password, without_password
from whatwhere.errors import Cancelled, WhatWhereError
from whatwhere_app.presenters.plurals import counted
from whatwhere_app.services.annotation_copies import Copying, look
from whatwhere_app.services.annotation_place import (
    annotation_place,
    annotator,
    use_annotator,
    use_database,
)
from whatwhere_app.settings import SettingsStore
from whatwhere_app.sharing_values import PlaceShown
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly

_COMPARING = "comparing"


class PlacesView(Protocol):
    """The part of the settings."""

    def show_place(self, shown: PlaceShown) -> None:
        """Who and where, as it is now."""

    def show_used(self) -> None:
        """What was typed is taken over."""

    def show_progress(
        self, share: float | None, step: str = "", *, can_cancel: bool = False
    ) -> None:
        """How far work is that takes a while; None where there is none, -1 while unknown."""

    def say(self, text: str, *, is_fault: bool) -> None:
        """What came of it."""


class PlacesPresenter:
    """Changes name and place; a place that does not answer changes nothing.

    Args:
        switch: lets the Annotate layout go on there, under that name; raises where it cannot.
        is_saved: whether everything that was done is in the present store.
    """

    def __init__(
        self,
        view: PlacesView,
        settings: SettingsStore,
        board: TaskBoard,
        *,
        switch: Callable[[Path | str, str], Awaitable[None]],
        is_saved: Callable[[], bool],
    ) -> None:
        self._view, self._settings, self._board = view, settings, board
        self._switch, self._is_saved = switch, is_saved
        self._latest = LatestOnly(board)
        self._copying: Copying | None = None
        self._step = ""
        use_database(settings.value.database)
        use_annotator(settings.value.annotator)

    @property
    def is_busy(self) -> bool:
        """Whether a place is being tried or copied into."""
        return self._latest.is_running

    def show(self) -> None:
        """As it is now."""
        place, settings = annotation_place(), self._settings.value
        self._view.show_place(
            PlaceShown(
                settings.annotator,
                default_annotator(),
                without_password(str(place)),
                is_own=place == default_place(),
            )
        )

    def rename(self, name: str) -> None:
        """Annotate under another name; "" is the login name."""
        if name == self._settings.value.annotator or self._latest.is_running:
            return
        self._run(lambda: self._rename(name), "")

    def test(self, text: str) -> None:
        """Try a place."""
        self._run(lambda: self._test(_read(text)), "Trying it")

    def use(self, text: str) -> None:
        """Annotate there from now on."""
        self._run(lambda: self._use(text), "Opening it")

    def copy(self, text: str) -> None:
        """Copy all of the present place into it."""
        source, target = annotation_place(), _read(text)
        if _same(source, target):
            self._view.say("That is the place in use. Name another one.", is_fault=True)
            return
        if not self._is_saved():
            self._view.say(
                "Something waits to be saved. Copy once the status says that it is.", is_fault=True
            )
            return
        copying = self._copying = Copying(self._on_progress)
        self._run(lambda: self._copy(copying, source, target), "Copying", can_cancel=True)

    def cancel(self) -> None:
        """Stop copying."""
        if self._copying is not None:
            self._copying.cancel()

    async def _rename(self, name: str) -> str:
        await self._switch(annotation_place(), name or default_annotator())
        use_annotator(name)
        self._settings.change(self._settings.value.model_copy(update={"annotator": name}))
        return f"You annotate as {annotator()}."

    async def _test(self, place: Path | str) -> str:
        return _sentence(await look(place))

    async def _use(self, text: str) -> str:
        place = _read(text)
        found = await look(place)
        named = "" if place == default_place() else text
        settings = self._settings.value
        before = "" if annotation_place() == default_place() else str(annotation_place())
        use_database(named)
        try:
            await self._switch(annotation_place(), annotator())
        except BaseException:
            use_database(before)
            raise
        self._settings.change(settings.model_copy(update={"database": without_password(named)}))
        self._view.show_used()
        kept = " The password holds for this session alone." if has_password(named) else ""
        return f"In use. {_sentence(found)}{kept}"

    async def _copy(self, copying: Copying, source: Path | str, target: Path | str) -> str:
        with self._board.job("Copying annotations", cancel=copying.cancel) as progress:
            progress(0, 0, "")
            try:
                copied = await copying.run(source, target)
            except Cancelled:
                if self._step.startswith(_COMPARING):
                    return "All was copied; comparing the two was cancelled."
                return "Cancelled: nothing was copied."
        return _result(copied)

    def _on_progress(self, done: int, total: int, step: str) -> None:
        self._step = step
        if self._latest.is_running:
            self._view.show_progress(done / total if total else -1, step, can_cancel=True)

    def _run(
        self, work: Callable[[], Coroutine[Any, Any, str]], step: str, *, can_cancel: bool = False
    ) -> None:
        self._step = ""
        self._view.say("", is_fault=False)
        if step:
            self._view.show_progress(-1, step, can_cancel=can_cancel)

        async def guarded() -> tuple[str, bool]:
            try:
                return await work(), False
            except WhatWhereError as error:
                said = str(error)
                return said[:1].upper() + said[1:], True

        self._latest.run(guarded(), self._on_end)

    def _on_end(self, end: tuple[str, bool]) -> None:
        text, is_fault = end
        fault = self._settings.fault
        self._view.show_progress(None)
        self._view.say(fault or text, is_fault=is_fault or fault is not None)
        self.show()


def _read(text: str) -> Path | str:
    text = text.strip()
    if not text:
        return default_place()
    return text if "://" in text else Path(text).expanduser()


def _same(one: Path | str, other: Path | str) -> bool:
    if isinstance(one, Path) and isinstance(other, Path):
        return one.resolve() == other.resolve()
    return without_password(str(one)) == without_password(str(other))


def _sentence(found: Look) -> str:
    if found.version is None:
        return f"{found.server}: no annotations there yet; they begin with the first use."
    who = f" by {', '.join(found.annotators)}" if found.annotators else ""
    old = " It is brought up to date when it is used." if found.is_old else ""
    return f"{found.server}: {counted(found.num_cases, 'case')}{who} (store {found.version}).{old}"


def _result(copied: Copied) -> str:
    return (
        f"{counted(copied.num_annotations, 'annotation')} of "
        f"{counted(copied.num_cases, 'case')} copied, {copied.num_different:,} differ."
    )
