"""What is written down of a session; an older file is brought up to date."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from whatwhere.errors import NotSupportedError
from whatwhere.models.grounder import Modality
from whatwhere.models.load_settings import LoadSettings
from whatwhere_app.render.figure_record import CameraRecord
from whatwhere_app.theme import Layer
from whatwhere_app.workspace_values import (
    AS_USUAL,
    Arrangement,
    CandidateRef,
    ModelsInUse,
    ObjectRef,
    Selection,
)


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


class Loaded(BaseModel):
    """One model in use, and how it was loaded.

    Attributes:
        model: name or folder.
        changes: settings that were not as usual, as `LoadSettings.as_json` writes them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    changes: dict[str, Any] = {}

    @classmethod
    def of(cls, model: str, settings: LoadSettings) -> "Loaded":
        """What is written down of a model in use."""
        usual = AS_USUAL.as_json()
        changes = {k: v for k, v in settings.as_json().items() if v != usual[k]}
        return cls(model=model, changes=changes)

    def settings(self) -> LoadSettings:
        """How it was loaded; as usual where another version could load it in other ways."""
        try:
            return AS_USUAL.changed(self.changes)
        except (AttributeError, NotSupportedError, TypeError, ValueError):
            return AS_USUAL


class ModelsRecord(BaseModel):
    """The models that were asked.

    Attributes:
        usual: the one of the settings when the session began; another one there wins at the next
            start.
        first: A.
        second: B, or None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    usual: str
    first: Loaded
    second: Loaded | None = None

    @classmethod
    def of(cls, usual: str, models: ModelsInUse) -> "ModelsRecord":
        """What is written down of the models in use."""
        second = models.second
        return cls(
            usual=usual,
            first=Loaded.of(models.first, models.first_settings),
            second=None if second is None else Loaded.of(second, models.second_settings),
        )

    def models(self) -> ModelsInUse:
        """The models that were in use."""
        second = self.second
        return ModelsInUse(
            self.first.model,
            None if second is None else second.model,
            self.first.settings(),
            AS_USUAL if second is None else second.settings(),
        )


class Session(BaseModel):
    """One file between two starts.

    Attributes:
        schema_version: of this file.
        is_clean: the program was ended by its user; False while it runs, and after a crash.
        scene: path of the scene that was open, or None.
        sentence: the expression in hand, or None.
        is_asked: whether it had been asked.
        in_words: whether it was answered in words; None where its question mark tells.
        selection: what was selected.
        frame: name of the frame that was looked at.
        camera: where the eye was, or None without a scene.
        layers: the visible ones.
        layout: of the window, or None.
        arrangement: which panels stood around the 3D view.
        models: that were asked, or None where that is not known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[5] = 5
    is_clean: bool = True
    scene: str | None = None
    sentence: str | None = None
    is_asked: bool = False
    in_words: bool | None = None
    selection: Chosen | None = None
    frame: str | None = None
    camera: CameraRecord | None = None
    layers: tuple[Layer, ...] | None = None
    layout: Layout | None = None
    arrangement: Arrangement = "explore"
    models: ModelsRecord | None = None


def up_to_date(document: object) -> object:
    """What an older version wrote; all that is new since has a default.

    Version 1 knew neither sentence nor selection, and not whether the program had crashed; version
    2 knew one arrangement of panels, version 3 no models, version 4 not how something was answered.
    """
    if isinstance(document, dict) and document.get("schema_version", 1) in (1, 2, 3, 4):
        old: dict[Any, Any] = document
        return {**old, "schema_version": 5}
    return document
