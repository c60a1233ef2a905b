"""The shortcut finder over a diagnosis: cues of the scans, choices of the cases."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from whatwhere.errors import (
    BrokenFileError,
    Cancelled,
    MissingFileError,
    NotSupportedError,
    SceneError,
)
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cues import CUES, cues_of
from whatwhere.evaluation.explained_choices import WeighedChoices
from whatwhere.evaluation.shortcuts import Choices, Shortcuts, find_shortcuts
from whatwhere.language.splits import SplitScene
from whatwhere.models.grounder import IsCancelled
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene

_MOST_FRAMES = 32

OnScene = Callable[[int, int], None]
"""Called with (scans done, scans in all)."""


def shortcuts_of(
    columns: CaseColumns,
    scenes: Sequence[SplitScene],
    *,
    modality: str = "2d",
    on_scene: OnScene | None = None,
) -> Shortcuts:
    """Which cue explains what a modality chooses among objects of one class, beyond what is meant.

    Cases whose answer is no annotated object, or the only one of its class, are left out, and so
    are those of scans that cannot be read.

    Args:
        columns: the cases.
        scenes: where their scans lie.
        modality: whose choices.
        on_scene: told after every scan.

    Raises:
        NotSupportedError: the cases lack the modality.
    """
    found = weighed_choices(columns, scenes, (modality,), on_scene=on_scene)
    return find_shortcuts(found[modality].choices)


def weighed_choices(
    columns: CaseColumns,
    scenes: Sequence[SplitScene],
    modalities: Sequence[str],
    *,
    on_scene: OnScene | None = None,
    is_cancelled: IsCancelled = lambda: False,
) -> Mapping[str, WeighedChoices]:
    """What modalities chose among look-alikes, with the cues of these; scans are read once.

    Args:
        columns: the cases.
        scenes: where their scans lie.
        modalities: whose choices.
        on_scene: told after every scan.
        is_cancelled: asked before every scan.

    Raises:
        NotSupportedError: the cases lack a modality.
        Cancelled: it was.
    """
    for name in modalities:
        if name not in columns.modalities:
            raise NotSupportedError(
                f"these cases have no {name} answers",
                remedy=f"Choose among {', '.join(columns.modalities)}",
            )
    gathered = {name: _Gathered() for name in modalities}
    for number, item in enumerate(scenes, start=1):
        if is_cancelled():
            raise Cancelled
        if item.scene_id in columns.scene_ids:
            code = columns.scene_ids.index(item.scene_id)
            cases = np.flatnonzero((columns.scenes == code) & columns.counts)
            read = _cues_and_labels(item) if len(cases) else None
            targets = columns.target_ids[cases]
            for name in modalities:
                chosen = columns.modalities[name].object_ids[cases]
                if read is not None:
                    asked = np.stack([cases, chosen, targets], axis=1).tolist()
                    gathered[name].take(asked, *read, code=code)
        if on_scene is not None:
            on_scene(number, len(scenes))
    return {name: found.whole() for name, found in gathered.items()}


class _Gathered:
    """Choices of one modality, scan after scan."""

    def __init__(self) -> None:
        self._sets: list[np.ndarray] = []
        self._chosen: list[int] = []
        self._codes: list[int] = []
        self._cases: list[int] = []
        self._meant: list[int] = []

    def take(
        self,
        asked: Sequence[tuple[int, int, int]],
        cues: Mapping[int, np.ndarray],
        labels: Mapping[int, str],
        *,
        code: int,
    ) -> None:
        """The cases of one scan, each with the ids of what it chose and of its target."""
        groups: dict[str, list[int]] = {}
        for object_id in cues:
            groups.setdefault(labels[object_id], []).append(object_id)
        for case, object_id, target_id in asked:
            group = groups.get(labels.get(object_id, ""), [])
            if object_id in group and len(group) > 1:
                self._sets.append(np.array([cues[one] for one in group]))
                self._chosen.append(group.index(object_id))
                self._codes.append(code)
                self._cases.append(case)
                self._meant.append(group.index(target_id) if target_id in group else -1)

    def whole(self) -> WeighedChoices:
        """All of them, padded."""
        widest = max((len(cues) for cues in self._sets), default=1)
        padded = np.zeros((len(self._sets), widest, len(CUES)))
        exists = np.zeros((len(self._sets), widest), bool)
        for row, cues in enumerate(self._sets):
            padded[row, : len(cues)], exists[row, : len(cues)] = cues, True
        chosen, codes, meant = (
            np.array(values, np.int64) for values in (self._chosen, self._codes, self._meant)
        )
        choices = Choices(CUES, padded, exists, chosen, codes, meant)
        return WeighedChoices(choices, np.array(self._cases, np.int64))


def _cues_and_labels(item: SplitScene) -> tuple[dict[int, np.ndarray], dict[int, str]] | None:
    """Of each object of a scan its cues (5,) and its class; None where the scan cannot be read."""
    try:
        scene = open_scene(item.path)
        cues = _cues_by_id(scene)
    except (BrokenFileError, MissingFileError, SceneError):
        return None
    return cues, {thing.object_id: thing.label for thing in scene.objects}


def _cues_by_id(scene: Scene) -> dict[int, np.ndarray]:
    boxed = [(thing.object_id, thing.box) for thing in scene.objects if thing.box is not None]
    headers = scene.frames
    names = [header.name for header in headers[:: max(1, -(-len(headers) // _MOST_FRAMES))]]
    if not names:
        raise SceneError("the scene has no usable frames", remedy="Add posed frames")
    found = cues_of(scene, [box for _, box in boxed], names)
    return {object_id: row for (object_id, _), row in zip(boxed, found, strict=True)}
