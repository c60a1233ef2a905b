"""What was asked of the last diagnosis, from one start to the next."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from whatwhere.folders import user_folder
from whatwhere_app.case_values import AskedShown
from whatwhere_app.stored import Store

_USUAL = AskedShown()


class _Written(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = _USUAL.model
    data: str = _USUAL.data
    split: str = _USUAL.split
    modalities: tuple[str, ...] = _USUAL.modalities


class DiagnoseMemory:
    """Read once, written at every change.

    Args:
        path: of the file; None takes that of the user.
    """

    def __init__(self, path: Path | None = None) -> None:
        path = path or user_folder("config") / "diagnose.json"
        self._store = Store(path, _Written, what="last diagnosis")

    @property
    def asked(self) -> AskedShown:
        """What was asked last."""
        return AskedShown(**self._store.value.model_dump())

    def remember(self, asked: AskedShown) -> None:
        """Keep it."""
        self._store.change(
            _Written(
                model=asked.model, data=asked.data, split=asked.split, modalities=asked.modalities
            )
        )
