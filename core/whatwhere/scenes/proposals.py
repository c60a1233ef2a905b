"""Candidate objects for a grounder, and where they came from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from whatwhere.errors import SceneError
from whatwhere.geometry.boxes import Box
from whatwhere.scenes.scene import Scene

BoxSource = Literal[
    "annotation",
    "mask3d",
    "detections",
    "geometric",
    "user",
    "annotation+user",
    "geometric+user",
    "model",
]
"""Where candidates came from; a single proposal never has one of the last three."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate object; a model sees its box and pixel membership, never label or id.

    Attributes:
        proposal: its index among the candidates of one scene.
        box: aligned metres.
        source: what made it.
        object_id: the annotated object it stands for, when it came from the annotation.
        label: for display only.
    """

    proposal: int
    box: Box
    source: BoxSource
    object_id: int | None = None
    label: str | None = None


def annotation_proposals(scene: Scene) -> tuple[Proposal, ...]:
    """One proposal per annotated object that has a box.

    Raises:
        SceneError: the scene has no annotated object with a box.
    """
    boxed = [(item, item.box) for item in scene.objects if item.box is not None]
    if not boxed:
        raise SceneError(
            "the scene has no annotated objects, so there are no candidates to choose from",
            remedy="Add the aggregation and segs files, or draw boxes around objects",
            path=scene.folder,
        )
    return tuple(
        Proposal(index, box, "annotation", item.object_id, item.label)
        for index, (item, box) in enumerate(boxed)
    )


@dataclass(frozen=True, slots=True)
class UserBoxes:
    """Boxes to choose among that are not the scene's own: drawn by the user, or found for them.

    Attributes:
        proposals: one per box; a drawn one is labelled with its name ("R1").
        are_alone: they replace the scene's own candidates instead of joining them.
    """

    proposals: tuple[Proposal, ...]
    are_alone: bool = False

    def among(self, own: Sequence[Proposal]) -> tuple[Proposal, ...]:
        """All candidates, numbered anew: the scene's own first, unless these stand alone."""
        chosen = self.proposals if self.are_alone else (*own, *self.proposals)
        return tuple(replace(item, proposal=index) for index, item in enumerate(chosen))


def box_source_of(proposals: Sequence[Proposal]) -> BoxSource:
    """The one source of a set of proposals; "...+user" where the user added to them.

    Without any, the model finds boxes of its own.
    """
    sources = {proposal.source for proposal in proposals}
    if {"annotation", "user"} <= sources:
        return "annotation+user"
    if {"geometric", "user"} <= sources:
        return "geometric+user"
    return "user" if "user" in sources else next(iter(sources), "model")
