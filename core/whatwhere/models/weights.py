"""Reading and writing weights: safetensors and nothing else, in one file or several.

A pickle runs code when it is opened, so one is refused by name whatever its file is called.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from whatwhere.errors import Cancelled, ModelError
from whatwhere.models.adapted_weights import add_adapters
from whatwhere.models.adapter_link import folder_chain, is_adapted
from whatwhere.models.folder_checks import weight_files
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.tensor_headers import stored_tensors

FILE_NAME = "model.safetensors"
_CHECKED_AT_ONCE = 2**20


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of a model folder, as float32 on the CPU.

    Raises:
        ModelError: no weights, weights as a pickle, a broken file, or numbers that are not finite.
    """
    tensors = {}
    if is_adapted(folder):
        raise ModelError(
            "it holds adapters, and no weights of its own",
            remedy="Take the finished model of the run",
            path=folder,
        )
    for name, tensor, path in _read(_files(folder)):
        # A copy: what was read is a view of the file, which may change under it.
        tensors[name] = tensor.to(_kept_as(tensor), copy=True)
        _check_finite(name, tensors[name], tensor, path)
    return tensors


def write_weights(
    folder: Path, tensors: Mapping[str, Tensor], *, dtype: torch.dtype | None = None
) -> None:
    """Write a model folder's weights, cast to `dtype` when one is given."""
    cast = {
        name: (t.to(dtype) if dtype is not None and t.is_floating_point() else t).contiguous()
        for name, t in tensors.items()
    }
    save_file(cast, folder / FILE_NAME, metadata={"format": "pt"})
    (folder / FILE_NAME).chmod(0o644)  # the library writes it for its owner only


def fill(network: nn.Module, tensors: Mapping[str, Tensor], *, folder: Path) -> None:
    """Put tensors into a network built from the same configuration.

    Of parameters that are one and the same (`tied_names`) the first is enough.

    Raises:
        ModelError: names or shapes differ.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    _check_fit(_expected(network), shapes, folder)
    network.load_state_dict(dict(tensors), strict=not tied_names(network))


def fill_from(
    network: nn.Module,
    folder: Path,
    *,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> None:
    """Read a folder's weights into a network where it lies, tensor by tensor.

    Each goes from the file to its place and its type; no other copy of the model is made. Where
    the folder holds adapters alone, they are added to what they were trained on.

    Args:
        network: built from the same configuration, perhaps `unfilled`.
        folder: of the model.
        progress: told of the megabytes that were read.
        is_cancelled: polled between tensors.

    Raises:
        ModelError: as `read_weights`, or names or shapes differ.
        Cancelled: `is_cancelled` returned True.
    """
    *adapted, folder = folder_chain(folder)
    paths = _files(folder)
    stored = {name: item for path in paths for name, item in stored_tensors(path).items()}
    expected = _expected(network)
    _check_fit(expected, {name: item.shape for name, item in stored.items()}, folder)
    total, done = sum(item.numel for item in stored.values()), 0
    for name, tensor, path in _read(paths):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("Loading the model")
        with torch.no_grad():
            expected[name].copy_(tensor)
        _check_finite(name, expected[name], tensor, path)
        done += tensor.numel()
        if progress is not None:
            progress(done, total, f"loading the model: {100 * done // max(1, total)} %")
    for outer in reversed(adapted):
        add_adapters(network, outer)


def tied_names(network: nn.Module) -> set[str]:
    """Names of parameters that have another name before, as an LM's head and its embedding."""
    named = network.named_parameters(remove_duplicate=False)
    return {name for name, _ in named} - {name for name, _ in network.named_parameters()}


def _files(folder: Path) -> tuple[Path, ...]:
    """Those that hold the weights; each is whole."""
    paths = weight_files(folder)
    for path in paths:
        stored_tensors(path)
    return paths


def _read(paths: tuple[Path, ...]) -> Iterator[tuple[str, Tensor, Path]]:
    """Every tensor as it is in its file; valid until the next one is read."""
    for path in paths:
        try:
            with safe_open(path, framework="pt", device="cpu") as file:
                for name in file.keys():  # noqa: SIM118 - it is no mapping
                    yield name, file.get_tensor(name), path
        except (SafetensorError, OSError) as error:
            raise _damaged(path, str(error)) from error


def _expected(network: nn.Module) -> dict[str, Tensor]:
    tied = tied_names(network)
    return {name: t for name, t in network.state_dict().items() if name not in tied}


def _check_fit(
    expected: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]], folder: Path
) -> None:
    odd = sorted(expected.keys() ^ shapes.keys()) or sorted(
        name for name, tensor in expected.items() if tuple(tensor.shape) != shapes[name]
    )
    if odd:
        raise ModelError(
            f"the weights do not fit config.json (first difference: {odd[0]})",
            remedy="Keep config.json and weights of one model together",
            path=folder / FILE_NAME,
        )


def _kept_as(tensor: Tensor) -> torch.dtype:
    return torch.float32 if tensor.is_floating_point() else tensor.dtype


def _check_finite(name: str, kept: Tensor, read: Tensor, path: Path) -> None:
    if _is_finite(kept):
        return
    if _is_finite(read):
        raise ModelError(
            f"{name} holds numbers that {str(kept.dtype).partition('.')[2]} cannot hold",
            remedy="Load the model in bfloat16 or float32",
            path=path,
        )
    raise _damaged(path, f"{name} is not finite")


def _is_finite(tensor: Tensor) -> bool:
    """Some at a time: the test itself makes copies."""
    if not tensor.is_floating_point():
        return True
    return all(bool(part.isfinite().all()) for part in tensor.flatten().split(_CHECKED_AT_ONCE))


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(f"the weights are damaged ({why})", remedy="Copy the file again", path=path)
