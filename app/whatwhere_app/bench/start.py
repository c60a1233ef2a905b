"""How soon the window can be seen, beside the bare import of the Qt and VTK modules it needs."""

import subprocess
import sys
import time

from whatwhere.bench.figures import Figure, Figures
from whatwhere_app.bench.surroundings import bench_home

_REPEATS = 5
_IMPORTS = "import PySide6.QtWidgets, PySide6.QtOpenGLWidgets, pyvistaqt, qasync; print(flush=True)"
_WINDOW = "from whatwhere_app.bench.start import show_once; show_once()"


def run() -> Figures:
    """From the start of a process to its import done, and to its window painted, in turns.

    Raises:
        NotSupportedError: there is no display.
    """
    seconds: dict[str, list[float]] = {"imports": [], "window": []}
    with bench_home():
        for _ in range(_REPEATS):
            seconds["imports"].append(_until_first_line_s(_IMPORTS))
            seconds["window"].append(_until_first_line_s(_WINDOW))
    imports = Figure.median(seconds["imports"], "s")
    window = Figure.median(seconds["window"], "s")
    return {
        "window painted, from the start of the process": window,
        "bare import of Qt and VTK, likewise": imports,
        "window / bare import": Figure.ratio(window, imports, at_most=2.0),
    }


def show_once() -> None:
    """Show the window as the program does, say so when it is painted, and leave."""
    import asyncio

    import qasync  # type: ignore[import-untyped]

    from whatwhere_app.__main__ import shipped_folders, start_qt
    from whatwhere_app.composition import Explorer

    app = start_qt()
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    explorer = Explorer(app, demo_rooms=shipped_folders())
    painted = asyncio.Event()
    explorer.views.scene.painted.connect(lambda _: painted.set())
    with loop:
        explorer.show((1440, 900))
        loop.run_until_complete(painted.wait())
        # The 3D view is painted last, but the picture is complete only when Qt has flushed it.
        app.processEvents()
        sys.stdout.write("\n")
        sys.stdout.flush()
        loop.run_until_complete(explorer.end_work())
    explorer.shut_views()
    explorer.window.close_for_good()


def _until_first_line_s(code: str) -> float:
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        elapsed_s = time.perf_counter() - started
    if not line:
        raise RuntimeError(f"the measured process ended early (exit status {process.returncode})")
    return elapsed_s
