"""`whatwhere open`: the explorer."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from whatwhere.cli.scenes import scene_path
from whatwhere.errors import NotSupportedError

_EXPLORER = "whatwhere_app.__main__"  # by name: the core does not know the window
_WINDOW_LIBRARIES = {
    *("PySide6", "pyvista", "pyvistaqt", "qasync", "qtawesome", "rapidfuzz", "vtk", "vtkmodules")
}


def open_explorer(
    scene: Annotated[
        str | None, typer.Argument(help="A scan folder, a PLY file or the name of a demo room.")
    ] = None,
    expression: Annotated[
        str | None, typer.Option("--expression", help="A sentence to ground at once.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="A shipped model or a model folder; else as set."),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option("--compare", metavar="MODEL", help="A second model to stand beside it."),
    ] = None,
    screenshot: Annotated[
        Path | None,
        typer.Option("--screenshot", metavar="PNG", help="Save the window there and leave."),
    ] = None,
    reset_settings: Annotated[
        bool,
        typer.Option("--reset-settings", help="Start with default settings and layout."),
    ] = False,
    example: Annotated[
        bool,
        typer.Option("--example", help="Show the example of the first start: two models."),
    ] = False,
) -> None:
    """Open the explorer; without a scene, where you left it, at first with an example."""
    if example and (scene or expression or model or compare):
        raise typer.BadParameter("--example chooses scene, sentence and both models itself")
    path = None if scene is None else scene_path(scene)
    try:
        explorer = import_module(_EXPLORER)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _WINDOW_LIBRARIES:
            raise
        raise NotSupportedError(
            f"the explorer needs {missing}, which is not installed",
            remedy='Install it with pip install "whatwhere[app]"',
        ) from error
    status = explorer.run(
        path,
        expression=expression,
        model=model,
        compare=compare,
        screenshot=screenshot,
        reset_settings=reset_settings,
        example=example,
    )
    raise typer.Exit(status)
