"""What the list of scenes says of one without opening it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from whatwhere.scenes.opening import scene_name


@dataclass(frozen=True, slots=True)
class SceneFacts:
    """One scene of the list.

    Attributes:
        scene_id: e.g. "scene0000_00".
        kind: what its text file calls it, e.g. "Apartment"; "" when unknown.
        is_there: whether its path exists.
    """

    scene_id: str
    kind: str
    is_there: bool


def scene_facts(paths: Iterable[Path]) -> dict[Path, SceneFacts]:
    """Of every path; a disk that does not answer is waited for, so call it in a thread."""
    return {path: _facts(path) for path in paths}


def _facts(path: Path) -> SceneFacts:
    try:
        return SceneFacts(*scene_name(path), path.exists())
    except OSError:  # a disk that went away
        return SceneFacts(path.name, "", is_there=False)
