"""Models by name or folder. What a kind of model needs is imported when one of it is loaded."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whatwhere.errors import ModelError, NotSupportedError
from whatwhere.models.catalogue import Entry, find_model
from whatwhere.models.declared_kind import declared_kind
from whatwhere.models.external import ExternalGrounder
from whatwhere.models.grounder import Grounder, IsCancelled, Progress
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.stored import StoredGrounder

if TYPE_CHECKING:
    from whatwhere.models.predictor import SpatialGrounder

DEFAULT = "default"
"""The model that ships with the program."""

_LOADERS = {
    "frame_vlm": "whatwhere.models.frame_vlm.folder:load_frame_grounder",
    "geometry_vlm": "whatwhere.models.geometry_vlm.folder:load_geometry_grounder",
    "video_3d_llm": "whatwhere.models.video_3d_llm.folder:load_video_3d_grounder",
}
"""How the folder of each kind but spatial_vlm is loaded, "module:function", all called alike. By
name, so that a program that answers, or a file of answers, is used without torch."""


def load_grounder(
    name: str | Path = DEFAULT,
    *,
    device: str = "auto",
    settings: LoadSettings | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Grounder:
    """Load a model that ships with the program, or a model folder.

    Args:
        name: "default" or another name that `whatwhere models list` lists, or the path of a
            folder with config.json, weights in safetensors and tokenizer.json.
        device: "auto" (a GPU when there is one), "cpu", "cuda", "cuda:1", ...
        settings: type of the weights' numbers, frames and their size; None leaves all to the
            model. Its device counts where `device` is "auto".
        progress: told how much of the weights was read.
        is_cancelled: polled while they are read.

    Raises:
        ModelError: no such model, or a folder that cannot be loaded safely.
        NotSupportedError: the device does not exist here, or the model cannot be loaded so.
        WorkerDiedError: an external model ended before it was ready.
        Cancelled: `is_cancelled` returned True.
    """
    entry = find_model(name)
    if entry.kind == "external":
        return ExternalGrounder(entry)
    if entry.kind == "predictions":
        return StoredGrounder(entry)
    chosen = settings or LoadSettings()
    folder = _folder_of(entry)
    kind = declared_kind(folder)
    on = _device(device if device != "auto" else chosen.device)
    reading = {"settings": chosen, "progress": progress, "is_cancelled": is_cancelled}
    grounder: Grounder
    if kind in _LOADERS:
        grounder = _function(_LOADERS[kind])(folder, device=on, **reading)
    else:
        grounder = _spatial()(folder, name=entry.name, device=on, **reading)
    return grounder


def load_spatial_grounder(name: str | Path, *, device: str = "auto") -> "SpatialGrounder":
    """As `load_grounder`, typed for callers that train or measure the network itself.

    Raises:
        NotSupportedError: the model is of another kind.
    """
    entry = find_model(name)
    folder = _folder_of(entry)
    kind = declared_kind(folder)
    if kind in _LOADERS:
        raise NotSupportedError(
            f'"{name}" is a {kind}, and only a spatial_vlm will do here',
            remedy="Name a spatial_vlm, such as default",
        )
    grounder: SpatialGrounder = _spatial()(folder, name=entry.name, device=_device(device))
    return grounder


def model_folder(name: str | Path) -> Path:
    """The folder of a model's name or of a path.

    Raises:
        ModelError: there is no such model, or it is none that has weights here.
    """
    return _folder_of(find_model(name))


def _folder_of(entry: Entry) -> Path:
    if entry.kind in ("external", "predictions"):
        raise ModelError(
            f'"{entry.name}" has no weights here: it is of the kind {entry.kind}',
            remedy="Name a model folder",
        )
    if not entry.folder.is_dir():
        raise ModelError(
            f'the folder of "{entry.name}" is gone',
            remedy=f"Bring it back, or `whatwhere models remove {entry.name}`",
            path=entry.folder,
        )
    return entry.folder


def _device(device: str) -> str:
    found: str = _function("whatwhere.models.devices:resolve_device")(device)
    return found


def _spatial() -> Callable[..., Any]:
    return _function("whatwhere.models.spatial_vlm.folder:load_spatial_folder")


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found
