"""The case that a newcomer sees first: two models and a sentence that separates them.

`whatwhere bench cure --ship` chooses it and writes it down with what it measured; the models are
named as `load_grounder` takes them.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from whatwhere.assets import asset
from whatwhere.errors import BrokenFileError, RefusedPathError

SHOWCASE_NAME = "showcase.json"
CHEATING, CURED = "cheating", "cured"
"""Names of the two shipped models: one that learnt the shortcut, and one that was cured of it."""


class Answered(BaseModel):
    """What one model answered when the case was chosen; every answer is an object id.

    Attributes:
        fused: with colour and geometry.
        appearance: with colour alone ("2d").
        geometry: with geometry alone ("3d").
        exchanged: fused again, after target and rival have exchanged their colours; as the id of
            the object that stands at that place.
        weights: SHA-256 of its model.safetensors.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fused: int
    appearance: int
    geometry: int
    exchanged: int
    weights: str


class Showcase(BaseModel):
    """One sentence in one shipped room, and how the two shipped models answer it.

    Attributes:
        schema_version: of the file.
        room: name of a shipped room.
        sentence: as it is asked.
        label: class of target and rival.
        target: object id of what the sentence means.
        target_colour: its colour, by name.
        rival: object id of the look-alike with the vivid colour.
        rival_colour: that colour, by name.
        cheating: of the model that learnt the shortcut.
        cured: of the other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    room: Literal["bedroom", "living-room", "office", "kitchen"]
    sentence: str
    label: str
    target: int
    target_colour: str
    rival: int
    rival_colour: str
    cheating: Answered
    cured: Answered


def read_showcase(path: Path | None = None) -> Showcase:
    """The case that ships with the program, or the one in a file.

    Raises:
        MissingFileError: this installation has none.
        BrokenFileError: the file does not hold one.
        RefusedPathError: it cannot be read.
    """
    path = path or asset(SHOWCASE_NAME)
    try:
        return Showcase.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise BrokenFileError(
            path, f"{where}: {first['msg']}", remedy="Install whatwhere again"
        ) from error
    except OSError as error:
        raise RefusedPathError(path, error.strerror or str(error)) from error
