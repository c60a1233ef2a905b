"""The model keeper: a worker that takes models in and checks them, so that nobody waits for it.

Requests: `add_folder`, `add_hub`, `add_program`, `import_predictions`, `verify`. Each handler's
docstring gives its params; all but `verify` answer with what `described` says of the new model.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whatwhere.jobs.connection import Connection, Request
from whatwhere.jobs.foreign import heeding
from whatwhere.language.beside import find_expressions
from whatwhere.language.expressions import Expression
from whatwhere.models.adding import (
    Watch,
    add_external,
    add_folder,
    add_from_hub,
    described,
    import_predictions,
    verify,
)
from whatwhere.models.catalogue import TABLE, find_model
from whatwhere.models.stored import read_stored
from whatwhere.scenes.opening import scene_name
from whatwhere.serving.faults import needed, says_when_full


def run(connection: Connection, hub: str = "") -> None:
    """Entry of the worker; with "hub" the network may be used, as it is for no other worker."""
    if hub:
        os.environ.pop("HF_HUB_OFFLINE", None)
    handlers = {
        "add_folder": _add_folder,
        "add_hub": _add_hub,
        "add_program": _add_program,
        "import_predictions": _import_predictions,
        "verify": _verify,
    }
    connection.serve({name: says_when_full(handler) for name, handler in handlers.items()})


def _add_folder(request: Request) -> dict[str, Any]:
    """`{"source": path, "name": ""}`."""
    source, name = Path(str(needed(request, "source"))).expanduser(), _name(request)
    return described(add_folder(source, name=name, watch=_watch(request)))


def _add_hub(request: Request) -> dict[str, Any]:
    """`{"source": "organisation/name", "name": ""}`."""
    source = str(needed(request, "source"))
    return described(add_from_hub(source, name=_name(request), watch=_watch(request)))


def _add_program(request: Request) -> dict[str, Any]:
    """`{"source": command, "name", "cwd": folder or nil}`; whether it answers, `verify` tells."""
    command, folder = str(needed(request, "source")), request.params.get("cwd")
    cwd = Path(str(folder)).expanduser() if folder else Path.home()
    return described(add_external(command, name=_name(request), cwd=cwd))


def _import_predictions(request: Request) -> dict[str, Any]:
    """`{"source": path, "name", "scene": path or nil}`; sentences for ids lie beside the scene."""
    source, scene = Path(str(needed(request, "source"))).expanduser(), request.params.get("scene")
    beside = _beside(Path(str(scene))) if scene else iter(())
    entry, imported = import_predictions(source, name=_name(request), expressions=beside)
    num_scenes, num_sentences, modalities = read_stored(entry.folder / TABLE)
    said = (
        f"{imported.form}: {_counted(num_sentences, 'sentence')} in "
        f"{_counted(num_scenes, 'scene')}, {', '.join(modalities)}."
    )
    return {**described(entry), "said": said}


def _verify(request: Request) -> list[str]:
    """`{"name"}` -> a sentence for each thing that is as it was."""
    entry = find_model(str(needed(request, "name")))
    with heeding(request.is_cancelled):
        return list(verify(entry, watch=_watch(request)))


def _name(request: Request) -> str:
    return str(request.params.get("name") or "").strip()


def _watch(request: Request) -> Watch:
    return Watch(progress=request.progress, is_cancelled=request.is_cancelled)


def _beside(path: Path) -> Iterator[Expression]:
    scene_id, _ = scene_name(path)
    folder = path if path.is_dir() else path.parent
    yield from find_expressions(scene_id, folder.resolve())[0]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
