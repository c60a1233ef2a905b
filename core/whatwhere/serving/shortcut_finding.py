"""The shortcut finder over a diagnosis: cues of the scans, choices of the cases."""

from collections.abc import Callable, Sequence

import numpy as np

from whatwhere.errors import BrokenFileError, MissingFileError, NotSupportedError, SceneError
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cues import CUES, cues_of
from whatwhere.evaluation.shortcuts import Choices, Shortcuts, find_shortcuts
from whatwhere.language.splits import SplitScene
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene

_MOST_FRAMES = 32


def shortcuts_of(
    columns: CaseColumns,
    scenes: Sequence[SplitScene],
    *,
    modality: str = "2d",
    on_scene: Callable[[int, int], None] | None = None,
) -> Shortcuts:
    """Which cue explains what a modality chooses among objects of one class.

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
    if modality not in columns.modalities:
        raise NotSupportedError(
            f"these cases have no {modality} answers",
            remedy=f"Choose among {', '.join(columns.modalities)}",
        )
    chosen_ids = columns.modalities[modality].object_ids
    sets: list[np.ndarray] = []
    chosen: list[int] = []
    codes: list[int] = []
    for number, item in enumerate(scenes, start=1):
        if item.scene_id in columns.scene_ids:
            code = columns.scene_ids.index(item.scene_id)
            cases = np.flatnonzero((columns.scenes == code) & columns.counts)
            for cues, place in _choices(item, chosen_ids[cases].tolist()):
                sets.append(cues)
                chosen.append(place)
                codes.append(code)
        if on_scene is not None:
            on_scene(number, len(scenes))
    widest = max((len(cues) for cues in sets), default=1)
    padded = np.zeros((len(sets), widest, len(CUES)))
    exists = np.zeros((len(sets), widest), bool)
    for row, cues in enumerate(sets):
        padded[row, : len(cues)], exists[row, : len(cues)] = cues, True
    return find_shortcuts(
        Choices(CUES, padded, exists, np.array(chosen, np.int64), np.array(codes, np.int64))
    )


def _choices(item: SplitScene, object_ids: Sequence[int]) -> list[tuple[np.ndarray, int]]:
    """Of each case in one scan: cues of the look-alikes (k, 5), and which was chosen."""
    try:
        scene = open_scene(item.path)
        cues = _cues_by_id(scene)
    except (BrokenFileError, MissingFileError, SceneError):
        return []
    groups: dict[str, list[int]] = {}
    labels = {thing.object_id: thing.label for thing in scene.objects}
    for object_id in cues:
        groups.setdefault(labels[object_id], []).append(object_id)
    found = []
    for object_id in object_ids:
        group = groups.get(labels.get(object_id, ""), [])
        if object_id in group and len(group) > 1:
            found.append((np.array([cues[one] for one in group]), group.index(object_id)))
    return found


def _cues_by_id(scene: Scene) -> dict[int, np.ndarray]:
    boxed = [(thing.object_id, thing.box) for thing in scene.objects if thing.box is not None]
    headers = scene.frames
    names = [header.name for header in headers[:: max(1, -(-len(headers) // _MOST_FRAMES))]]
    if not names:
        raise SceneError("the scene has no usable frames", remedy="Add posed frames")
    found = cues_of(scene, [box for _, box in boxed], names)
    return {object_id: row for (object_id, _), row in zip(boxed, found, strict=True)}
