"""What a diagnosis is of: without it, none of its numbers may be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class DiagnosisFacts:
    """What was asked of whom.

    Attributes:
        name: of the diagnosis, unique among the user's; the name of its folder.
        model: its name.
        model_hash: of its weights; "" for imported predictions.
        data: which data set and where its file lies.
        split: "val", ...
        split_hash: of the sentences.
        num_sentences: in the split, asked or not.
        modalities: that were asked.
        box_source: where the candidates came from.
        created: ISO 8601, UTC.
        is_complete: whether every sentence of the split was asked or counted out.
        not_asked: reason -> sentences that are no cases, e.g. their scan is missing.
        versions: program and libraries.
        checkpoint_of: folder of the run that the model is a checkpoint of; "" otherwise.
        step: of that run.
    """

    name: str
    model: str
    model_hash: str
    data: str
    split: str
    split_hash: str
    num_sentences: int
    modalities: tuple[str, ...]
    box_source: str
    created: str
    is_complete: bool = False
    not_asked: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    checkpoint_of: str = ""
    step: int = 0

    def as_json(self) -> dict[str, Any]:
        """The header of a diagnosis folder."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
