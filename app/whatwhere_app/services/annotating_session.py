"""Where one was in annotating, kept from one start to the next."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from whatwhere_app.stored import Store


class KeptQueue(BaseModel):
    """What was being annotated.

    Attributes:
        schema_version: of this file.
        diagnosis: name of the diagnosis; "" before anything was annotated.
        indices: the cases, as places in its columns.
        place: which of them was in hand.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    diagnosis: str = ""
    indices: tuple[int, ...] = ()
    place: int = 0


class AnnotatingSession:
    """Remembers the cases in hand.

    Args:
        path: of the file; one that cannot be read is kept aside.
    """

    def __init__(self, path: Path) -> None:
        self._store = Store(path, KeptQueue, what="cases in hand")

    @property
    def kept(self) -> KeptQueue:
        """What was being annotated last."""
        return self._store.value

    def keep(self, diagnosis: str, indices: Sequence[int], place: int) -> None:
        """Remember it."""
        self._store.change(KeptQueue(diagnosis=diagnosis, indices=tuple(indices), place=place))
