"""The boxes that the user drew in every scene, kept from one start to the next."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from whatwhere.geometry.boxes import Box
from whatwhere_app.stored import Store
from whatwhere_app.workspace_values import Drawn, UserBox

_Size = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _KeptBox(BaseModel):
    """One box; aligned metres."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Annotated[int, Field(ge=1)]
    center: tuple[FiniteFloat, FiniteFloat, FiniteFloat]
    size: tuple[_Size, _Size, _Size]
    label: str = ""
    yaw_rad: FiniteFloat = 0.0


class _KeptScene(BaseModel):
    """What was drawn in one scene, and the highest number that was ever given there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    boxes: tuple[_KeptBox, ...] = ()
    are_alone: bool = False
    last_number: int = 0


class _KeptScenes(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    scenes: dict[str, _KeptScene] = {}


class DrawnBoxes:
    """Remembers what was drawn in which scene.

    Args:
        path: of the file; one that cannot be read is kept aside.
    """

    def __init__(self, path: Path) -> None:
        self._store = Store(path, _KeptScenes, what="drawn boxes")

    @property
    def fault(self) -> str | None:
        """Why the boxes could not be read or saved; None when all is well."""
        return self._store.fault

    def of(self, scene: Path) -> Drawn:
        """What was drawn in a scene."""
        kept = self._scene(scene)
        boxes = (
            UserBox(item.number, Box(item.center, item.size), item.label, item.yaw_rad)
            for item in kept.boxes
        )
        return Drawn(tuple(boxes), kept.are_alone)

    def last_number(self, scene: Path) -> int:
        """The highest number that was ever given there; 0 for none."""
        return self._scene(scene).last_number

    def keep(self, scene: Path, drawn: Drawn, last_number: int) -> None:
        """Remember this for a scene, on the disk at once; see `fault`."""
        boxes = tuple(
            _KeptBox(
                number=item.number,
                center=item.unturned.center,
                size=item.unturned.size,
                label=item.label,
                yaw_rad=item.yaw_rad,
            )
            for item in drawn.boxes
        )
        kept = _KeptScene(boxes=boxes, are_alone=drawn.are_alone, last_number=last_number)
        scenes = {**self._store.value.scenes, str(scene): kept}
        self._store.change(_KeptScenes(scenes=scenes))

    def _scene(self, scene: Path) -> _KeptScene:
        return self._store.value.scenes.get(str(scene), _KeptScene())
