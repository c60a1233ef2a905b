"""What is written down of a session; an older file is brought up to date."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from whatwhere.models.grounder import Modality
from whatwhere_app.render.figure_record import CameraRecord
from whatwhere_app.theme import Layer
from whatwhere_app.workspace_values import Arrangement, CandidateRef, ObjectRef, Selection


class Layout(BaseModel):
    """Size and place of the window and its panels.

    Attributes:
        version: of the set of panels; Qt refuses another one's.
        geometry: base64 of what Qt says of the window.
        panels: base64 of what Qt says of the panels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    geometry: str
    panels: str


class Chosen(BaseModel):
    """What was selected: an object, or a candidate by its modality and rank."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    object_id: int | None = None
    modality: Modality | None = None
    rank: int = 0

    @classmethod
    def of(cls, selection: Selection | None) -> "Chosen | None":
        """What is written down of a selection."""
        if isinstance(selection, ObjectRef):
            return cls(object_id=selection.object_id)
        if isinstance(selection, CandidateRef):
            return cls(modality=selection.modality, rank=selection.rank)
        return None


class Session(BaseModel):
    """One file between two starts.

    Attributes:
        schema_version: of this file.
        is_clean: the program was ended by its user; False while it runs, and after a crash.
        scene: path of the scene that was open, or None.
        sentence: the expression in hand, or None.
        is_asked: whether it had been asked.
        selection: what was selected.
        frame: name of the frame that was looked at.
        camera: where the eye was, or None without a scene.
        layers: the visible ones.
        layout: of the window, or None.
        arrangement: which panels stood around the 3D view.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[3] = 3
    is_clean: bool = True
    scene: str | None = None
    sentence: str | None = None
    is_asked: bool = False
    selection: Chosen | None = None
    frame: str | None = None
    camera: CameraRecord | None = None
    layers: tuple[Layer, ...] | None = None
    layout: Layout | None = None
    arrangement: Arrangement = "explore"


def up_to_date(document: object) -> object:
    """What an older version wrote; all that is new since has a default.

    Version 1 knew neither sentence nor selection, and not whether the program had crashed; version
    2 knew one arrangement of panels.
    """
    if isinstance(document, dict) and document.get("schema_version", 1) in (1, 2):
        old: dict[Any, Any] = document
        return {**old, "schema_version": 3}
    return document
