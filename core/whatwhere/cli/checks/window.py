"""What the window needs besides: Qt, VTK, OpenGL, a display and the libraries below them."""

import ctypes
import os
import shutil
import sys
from importlib import metadata

from whatwhere.cli.checks.check import Check
from whatwhere.cli.checks.child import Failure, run_child
from whatwhere.cli.checks.installation import unmet_requirements

SHARED_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
"""What Qt and VTK open at run time, and the Debian package that holds each."""

SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swiftshader")


def check_window_packages() -> Check:
    """Whether Qt and VTK are installed in versions that were tried."""
    name = "window packages"
    if not has_window_packages():
        remedy = "Run \"pip install -e '.[app]'\" in the project folder to have the window."
        return Check(name, False, "not installed, the commands work", remedy, needed=False)
    faults = unmet_requirements("app")
    if faults:
        remedy = "Run \"pip install -e '.[app]'\" in the project folder, or start through ./dev."
        return Check(name, False, "; ".join(faults), remedy)
    parts = ("PySide6_Essentials", "vtk", "pyvista")
    return Check(name, True, ", ".join(f"{part} {metadata.version(part)}" for part in parts))


def check_shared_libraries() -> Check:
    """Whether the system has the libraries that Qt and VTK open by name."""
    missing = [
        package for library, package in SHARED_LIBRARIES.items() if not _can_open_library(library)
    ]
    if not missing or not sys.platform.startswith("linux"):
        return Check("system libraries", True, f"all {len(SHARED_LIBRARIES)} that Qt and VTK open")
    remedy = f'Run "sudo apt-get install {" ".join(missing)}" or what this system calls them.'
    detail = f"missing: {', '.join(missing)}"
    return Check("system libraries", False, detail, remedy, needed=has_window_packages())


def check_display() -> Check:
    """Where a window would appear."""
    shown_on = os.environ.get("DISPLAY")
    if shown_on:
        return Check("display", True, shown_on)
    if shutil.which("xvfb-run"):
        remedy = "Put xvfb-run before the command, or log in to a desktop."
    else:
        remedy = "Install xvfb and xauth and put xvfb-run before the command."
    return Check("display", False, "none, so no window can be shown", remedy, needed=False)


def check_qt() -> Check:
    """Whether Qt starts: on the display when there is one, else off screen."""
    if not has_window_packages():
        return Check("Qt", True, "not checked without its packages")
    platform_name = {} if os.environ.get("DISPLAY") else {"QT_QPA_PLATFORM": "offscreen"}
    said = run_child(
        "import PySide6.QtWidgets, PySide6.QtOpenGLWidgets, PySide6.QtCore\n"
        "app = PySide6.QtWidgets.QApplication([])\n"
        "print(f'{PySide6.QtCore.qVersion()} starts on the platform \"{app.platformName()}\"')",
        platform_name | dict(os.environ),
    )
    if isinstance(said, Failure):
        remedy = "Install the system libraries above, and see that DISPLAY names a living display."
        return Check("Qt", False, said.reason, remedy)
    return Check("Qt", True, said)


def check_opengl() -> Check:
    """Whether VTK can draw off screen, and with what."""
    if not has_window_packages():
        return Check("OpenGL", True, "not checked without its packages")
    said = run_child(
        "import vtkmodules.vtkRenderingOpenGL2\n"
        "from vtkmodules.vtkRenderingCore import vtkRenderWindow\n"
        "window = vtkRenderWindow()\n"
        "window.SetOffScreenRendering(True)\n"
        "window.Render()\n"
        "print(window.ReportCapabilities())"
    )
    remedy = "Install libgl1 and libegl1, or mend the graphics driver."
    if isinstance(said, Failure):
        return Check("OpenGL", False, said.reason, remedy)
    values = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
    renderer = values.get("OpenGL renderer string", "").strip()
    if not renderer:
        return Check("OpenGL", False, "VTK found no renderer", remedy)
    is_software = any(name in renderer.lower() for name in SOFTWARE_RENDERERS)
    return Check("OpenGL", True, f"{renderer}{', software: slow' if is_software else ''}")


def has_window_packages() -> bool:
    """Whether this is an installation with the window, or of the commands only."""
    return any(metadata.distributions(name="PySide6_Essentials"))


def _can_open_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
