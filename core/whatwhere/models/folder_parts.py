"""The parts of a model folder, each read with a sentence that names what is wrong with it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from huggingface_hub.errors import StrictDataclassError
from pydantic import BaseModel, ValidationError

from whatwhere.errors import ModelError
from whatwhere.models.frame_vlm.texts import Texts

_BUILD_ERRORS = (
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    RuntimeError,
    StrictDataclassError,
    TypeError,
    ValueError,
)
"""What transformers and torch raise for a configuration that makes no sense."""

Config = TypeVar("Config", bound=BaseModel)
Network = TypeVar("Network")


def read_config(folder: Path, kind: type[Config]) -> Config:
    """The config.json of a folder.

    Raises:
        ModelError: it cannot be read, or is not of this kind; the field is named.
    """
    path = folder / "config.json"
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(
            f"config.json cannot be used: {_first(error)}",
            remedy="Use a model folder written by this version of whatwhere",
            path=path,
        ) from error


def built(folder: Path, build: Callable[[], Network]) -> Network:
    """What `build` makes of a folder's configuration.

    Raises:
        ModelError: it describes nothing that can be built.
    """
    try:
        return build()
    except _BUILD_ERRORS as error:
        raise ModelError(
            f"config.json describes no network that can be built ({error})",
            remedy="Use the config.json that was saved with the weights",
            path=folder / "config.json",
        ) from error


def read_texts(folder: Path, *, num_rows: int) -> Texts:
    """The tokenizer.json of a folder, whose tokens all have a row in the language model.

    Raises:
        ModelError: there is none, it cannot be read, or it has more tokens than there are rows.
    """
    texts = Texts.read(folder / "tokenizer.json")
    if texts.size > num_rows:
        raise ModelError(
            f"the tokenizer has {texts.size} tokens and the language model only {num_rows}",
            remedy="Use the tokenizer.json that was saved with the model",
            path=folder / "tokenizer.json",
        )
    return texts


def _first(error: OSError | ValidationError) -> str:
    """What is wrong with the first field that is wrong."""
    if isinstance(error, OSError):
        return str(error)
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else fault["msg"]
