"""Figures that tell whether an own scan is read rightly: depth against mesh or other depth."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from whatwhere.errors import WhatWhereError
from whatwhere.scenes.agreement import frame_agreement_m
from whatwhere.scenes.health import health_of
from whatwhere.scenes.import_choices import Axes, ImportChoices, PoseForm
from whatwhere.scenes.opening import open_place
from whatwhere.scenes.places import ScenePlace
from whatwhere.scenes.scene import Scene

_MAX_COMPARED = 6
_CLEARLY = 0.6
"""Another reading is named only when it lies this much nearer."""

_FORMS: tuple[PoseForm, ...] = ("world_from_camera", "camera_from_world")
_AXES: tuple[Axes, ...] = ("opencv", "opengl")


@dataclass(frozen=True, slots=True)
class MeshAgreement:
    """How far the depth of some frames lies from the mesh.

    Attributes:
        median_m: of |z - depth| over mesh vertices that the frames see.
        near_share: of these within 5 cm.
        num_compared: vertices.
        num_frames: that see enough of the mesh to tell.
        num_blind: frames that do not.
    """

    median_m: float
    near_share: float
    num_compared: int
    num_frames: int
    num_blind: int


def mesh_agreement(scene: Scene, *, max_frames: int = _MAX_COMPARED) -> MeshAgreement | None:
    """Compare frames spread over the capture with the mesh; None where none sees it.

    Raises:
        BrokenFileError: the mesh is broken.
    """
    usable = scene.frames
    picked = usable[:: max(1, -(-len(usable) // max_frames))]
    found = [health_of(scene, header) for header in picked]
    told = [item for item in found if item.depth_error_m is not None]
    if not told:
        return None
    counts = np.array([item.num_compared for item in told])
    return MeshAgreement(
        median_m=float(np.median([item.depth_error_m or 0.0 for item in told])),
        near_share=float(np.average([item.near_share or 0.0 for item in told], weights=counts)),
        num_compared=int(counts.sum()),
        num_frames=len(told),
        num_blind=len(found) - len(told),
    )


def disagreement_m(scene: Scene) -> float | None:
    """One figure for a reading: median distance to the mesh, or between frames where there is none.

    None where nothing tells, which a wrong reading may be the reason for.
    """
    if scene.source.mesh_path() is None:
        return frame_agreement_m(scene)
    found = mesh_agreement(scene, max_frames=3)
    # A frame that does not see the mesh at all is as wrong as one can be.
    return None if found is None else found.median_m * (1 + found.num_blind)


def better_reading(
    place: ScenePlace, choices: ImportChoices, scene: Scene
) -> tuple[ImportChoices, float] | None:
    """Poses and axes with which frames agree clearly better, and how far they are apart then.

    Args:
        place: where the scan lies.
        choices: that it was opened with, and what is up; all but poses and axes stays.
        scene: opened with them.

    Returns:
        None where none of the others is clearly better.
    """
    present = disagreement_m(scene)
    best: tuple[ImportChoices, float] | None = None
    for pose, axes in product(_FORMS, _AXES):
        other = replace(choices, pose=pose, axes=axes)
        if (pose, axes) == (choices.pose or _FORMS[0], choices.axes or _AXES[0]):
            continue
        try:
            opened = open_place(place.read_as(other))
            if scene.source.mesh_path() is not None:
                opened.mesh = scene.mesh  # turned the same way
            distance_m = disagreement_m(opened)
        except WhatWhereError:
            continue
        if distance_m is not None and (best is None or distance_m < best[1]):
            best = other, distance_m
    if best is None or (present is not None and best[1] > _CLEARLY * present):
        return None
    return best
