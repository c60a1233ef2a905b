"""What a diagnosis is of: without it, none of its numbers may be compared."""

import platform
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_LIBRARIES = ("whatwhere", "numpy", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class DiagnosisFacts:
    """What was asked of whom.

    Attributes:
        name: of the diagnosis, unique among the user's; the name of its folder.
        model: its name.
        model_hash: of its weights; "" for imported predictions.
        data: the file of sentences, or the folder that it lies in.
        split: "val", ...; of a folder, which of its files.
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
        scans: the folder that holds the scans; "" where they lie beside the sentences.
        candidates_hash: of the boxes that answers were chosen among; only diagnoses with the same
            ones may be compared case by case. "" while it is not complete, or where the model found
            boxes of its own.
        notes: what else there is to know, as sentences.
        asked_model: the model's name or folder, or the file of answers, which asks it again.
        proposals: file or folder that candidates came from, "geometric", or "" for the annotation.
        first: only so many candidates of each scan; 0 for all.
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
    scans: str = ""
    candidates_hash: str = ""
    notes: tuple[str, ...] = ()
    asked_model: str = ""
    proposals: str = ""
    first: int = 0

    def as_json(self) -> dict[str, Any]:
        """The header of a diagnosis folder."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "DiagnosisFacts":
        """The inverse of `as_json`; what a newer version adds is passed over.

        Raises:
            ValueError, TypeError, AttributeError: it is no such header.
        """
        known = {}
        for item in fields(cls):
            if item.name in value:
                known[item.name] = _typed(item.name, item.type, value[item.name])
            elif item.default is MISSING and item.default_factory is MISSING:
                raise ValueError(f"{item.name} is missing")
        return cls(**known)


def versions_now() -> dict[str, str]:
    """Of the program and the libraries that a model's answers depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


_KINDS: Mapping[object, type[Any]] = {
    str: str,
    int: int,
    bool: bool,
    tuple[str, ...]: list,
    Mapping[str, int]: dict,
    Mapping[str, str]: dict,
}


def _typed(name: str, kind: object, value: Any) -> Any:
    wanted = _KINDS[kind]
    if type(value) is not wanted:
        raise ValueError(f"{name} is no {wanted.__name__}")
    inner = value.values() if wanted is dict else value if wanted is list else ()
    within = int if kind == Mapping[str, int] else str
    if not all(type(item) is within for item in inner):
        raise ValueError(f"{name} holds something else than it should")
    return tuple(value) if wanted is list else value
