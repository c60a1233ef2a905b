"""The program: one window, one event loop for Qt and asyncio, and an orderly end."""

import asyncio
import faulthandler
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

import qasync  # type: ignore[import-untyped]
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from whatwhere.demo.shipped import shipped_rooms
from whatwhere.demo.showcase import CHEATING
from whatwhere.errors import ConfigError, NotSupportedError, WhatWhereError
from whatwhere_app.comforts import session_path
from whatwhere_app.composition import Explorer
from whatwhere_app.presenters.shown import candidate_name, groundings_of
from whatwhere_app.settings import Settings, SettingsStore, settings_path, user_folder
from whatwhere_app.showing import Example, Showing, read_example
from whatwhere_app.starting import Start
from whatwhere_app.stored import put_aside
from whatwhere_app.tasks.allocator import return_large_blocks
from whatwhere_app.tasks.board import Notice
from whatwhere_app.theme import LAYER_NAMES

_SIZE = (1440, 900)
_SETTLE_S = 0.4
_POLL_S = 0.05


def run(
    scene: Path | None,
    *,
    expression: str | None = None,
    model: str | None = None,
    compare: str | None = None,
    screenshot: Path | None = None,
    reset_settings: bool = False,
    example: bool = False,
) -> int:
    """Show the explorer until it is closed; the exit status comes back.

    Args:
        scene: a scan to open; None opens the one of last time. At the very first start, with
            nothing else named either, that is the example of two models in a demo room.
        expression: a sentence to ask at once.
        model: name or folder of a model; None takes the one of the settings.
        compare: name or folder of a second model to stand beside it.
        screenshot: save the whole window there when everything is drawn, print the answers, and
            leave. What was open last time is then neither restored nor replaced.
        reset_settings: put settings and session of last time aside first.
        example: show the example of two models, also when this is not the first start.

    Raises:
        NotSupportedError: there is no display.
    """
    app = start_qt()
    if reset_settings:
        _reset_settings()
    _write_crashes_down()
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        settings = SettingsStore(settings_path()).value
        is_free = (scene, expression, model, compare) == (None,) * 4
        is_first = screenshot is not None or not session_path().exists()
        is_usual = settings.model == Settings().model
        is_shown = example or (is_free and is_first and is_usual)
        session = _Session(
            app,
            model=model or settings.model,
            compare=compare,
            example=read_example() if is_shown else None,
            are_models_named=model is not None or compare is not None,
        )
        return int(
            loop.run_until_complete(
                session.run(scene, expression=expression, screenshot=screenshot)
            )
        )


def start_qt() -> QApplication:
    """The application object; any start of the window begins here.

    Raises:
        NotSupportedError: there is no display; Qt itself would abort.
    """
    displays = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in displays):
        raise NotSupportedError(
            "the explorer needs a display, and there is none",
            remedy='Start it under xvfb-run -s "-screen 0 1600x1000x24 -noreset"',
        )
    if os.environ.get("XDG_SESSION_TYPE") == "wayland" and os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
    app = QApplication.instance()
    if app is None:
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
            Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
        )
        scale = SettingsStore(settings_path()).value.scale_percent
        if scale is not None:
            os.environ.setdefault("QT_SCALE_FACTOR", f"{scale / 100:g}")
        app = QApplication(sys.argv[:1])
        return_large_blocks()
    assert isinstance(app, QApplication)
    QCoreApplication.setApplicationName("WhatWhere")
    app.setDesktopFileName("whatwhere")
    app.setQuitOnLastWindowClosed(False)
    return app


class _Session:
    """One life of the window."""

    def __init__(
        self,
        app: QApplication,
        *,
        model: str,
        compare: str | None,
        example: Example | None,
        are_models_named: bool,
    ) -> None:
        rooms = shipped_folders()
        showcase = None if example is None or not rooms else example.showcase
        self._explorer = Explorer(
            app, demo_rooms=rooms, model=model if showcase is None else CHEATING
        )
        self._compare = compare
        showing = None if showcase is None else Showing(self._explorer, showcase)
        self._asks_itself = showing is not None
        self._closed = asyncio.Event()
        self._faults: list[Notice] = []
        self._start = Start(
            self._explorer, showing, demo_rooms=rooms, are_models_named=are_models_named
        )
        if example is not None and example.fault:
            self._explorer.board.notice(example.fault, level="warning")
            self._start.said.append(example.fault)
        fault, keys = self._explorer.settings.fault, self._explorer.preferring.keys
        self._start.said += [*([] if fault is None else [fault]), *keys.faults]
        leave = self._explorer.training.leaving.leave
        self._explorer.window.close_requested.connect(lambda: leave(self._closed.set))
        self._explorer.board.noticed.connect(self._on_noticed)

    async def run(
        self, scene: Path | None, *, expression: str | None, screenshot: Path | None
    ) -> int:
        explorer = self._explorer
        explorer.show(_SIZE)
        for number in (signal.SIGINT, signal.SIGTERM):
            # Python hears signals between two beats of the heartbeat.
            signal.signal(number, lambda *_: self._closed.set())
        try:
            if screenshot is None:
                self._start.open_first(scene)
            else:
                self._start.open_without_session(scene)
            if self._compare is not None:
                explorer.comparing.presenter.open(self._compare)
            if screenshot is not None:
                picture = asyncio.ensure_future(self._take_picture(screenshot, expression))
                return await self._unless_closed(picture)
            if expression is not None:
                explorer.board.spawn(self._ask(expression))
            await self._closed.wait()
            return 0
        finally:
            if screenshot is None:
                explorer.comforts.session.end()
            await explorer.end_work()
            explorer.shut_views()
            explorer.window.close_for_good()

    async def _unless_closed(self, work: "asyncio.Future[int]") -> int:
        """What the work returns, or 1 when the user ends the program first."""
        closed = asyncio.ensure_future(self._closed.wait())
        either: set[asyncio.Future[Any]] = {work, closed}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        closed.cancel()
        if work.done():
            return work.result()
        work.cancel()
        return 1

    async def _ask(self, expression: str | None) -> None:
        explorer = self._explorer
        await self._settle(quiet_s=0.0)
        expressions = explorer.workspace.expressions
        text = expression or (expressions[0].text if expressions else None)
        if text is not None and explorer.workspace.scene is not None:
            explorer.presenters.query.on_submitted(text)

    async def _take_picture(self, path: Path, expression: str | None) -> int:
        if not self._asks_itself:
            await self._ask(expression)
        while self._asks_itself and self._explorer.workspace.expression is None:
            if self._faults:
                break
            await asyncio.sleep(_POLL_S)
        await self._settle(quiet_s=_SETTLE_S)
        for notice in self._faults:
            sys.stderr.write(f"{notice.text}\n")
        if self._explorer.workspace.scene is None:
            return WhatWhereError.exit_code
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self._explorer.window.grab().save(str(path)):
            sys.stderr.write(f"{path}: the picture could not be written. Choose another path.\n")
            return WhatWhereError.exit_code
        sys.stdout.write(f"{path}\n")
        for line in _answer_lines(self._explorer):
            sys.stdout.write(f"{line}\n")
        return WhatWhereError.exit_code if self._faults else 0

    async def _settle(self, *, quiet_s: float) -> None:
        """Wait until nothing has been under way for a while."""
        busy_s = time.perf_counter()
        while True:
            await asyncio.sleep(_POLL_S)
            if not self._explorer.is_idle:
                busy_s = time.perf_counter()
            elif time.perf_counter() - busy_s >= quiet_s:
                return

    def _on_noticed(self, notice: Notice) -> None:
        self._start.said.append(notice.text)
        if notice.level == "error":
            self._faults.append(notice)


def _answer_lines(explorer: Explorer) -> list[str]:
    """The sentence, and what each modality answered."""
    expression = explorer.workspace.expression
    lines = [] if expression is None else [expression.text]
    for modality, grounding in groundings_of(explorer.workspace).items():
        best = grounding.best
        centre = ", ".join(f"{value:.2f}" for value in best.box.center)
        name = next((text for layer, text in LAYER_NAMES.items() if layer == modality), modality)
        lines.append(f"{name:<8} {candidate_name(best)} at ({centre}) m, log p {best.score:.2f}")
    return lines


def shipped_folders() -> dict[str, Path]:
    """Name -> scan folder; none in an incomplete installation."""
    try:
        return {room.name: room.path.absolute() for room in shipped_rooms()}
    except WhatWhereError:
        return {}


def _reset_settings() -> None:
    for path in (settings_path(), session_path()):
        try:
            put_aside(path)
        except OSError as error:
            raise ConfigError(
                f"it could not be put aside ({error.strerror})",
                path=path,
                remedy="Make its folder writable, or set WHATWHERE_HOME to one that is",
            ) from error


def _write_crashes_down() -> None:
    """Crashes of the interpreter and unexpected errors go to a log beside the settings."""
    folder = user_folder("state")
    folder.mkdir(parents=True, exist_ok=True)
    log = (folder / "window.log").open("a", encoding="utf-8")
    faulthandler.enable(log)

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        log.write(text)
        log.flush()
        sys.stderr.write(text)

    sys.excepthook = hook


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
