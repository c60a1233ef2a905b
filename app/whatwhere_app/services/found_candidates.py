"""Candidates in the geometry of a scene, and how much of its annotation they reach."""

from collections.abc import Callable

from whatwhere.scenes.geometric import GeometricProposals
from whatwhere.scenes.proposal_files import best_overlaps
from whatwhere.scenes.scene import Scene
from whatwhere_app.workspace_values import Found

OnStep = Callable[[int, int, str], None]


def find_candidates(scene: Scene, on_step: OnStep) -> Found:
    """For a thread; what `on_step` raises stops it.

    Raises:
        SceneError: the scene has no mesh with faces.
    """
    found = GeometricProposals(on_step).of(scene).proposals
    boxed = [item.box for item in scene.objects if item.box is not None]
    overlaps = best_overlaps(boxed, found)
    reached = (int((overlaps >= 0.25).sum()), int((overlaps >= 0.5).sum()))
    return Found(tuple(item.box for item in found), len(boxed), reached)
