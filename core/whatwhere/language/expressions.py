"""A sentence that points at an object, with its target when that is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import ExpressionError
from whatwhere.geometry.poses import Matrix4, transform


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a sentence that names objects.

    Attributes:
        token_indices: its words among the data set's tokens of the sentence.
        object_ids: objectIds of what it names.
        label: their category.
    """

    token_indices: tuple[int, ...]
    object_ids: tuple[int, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Where the annotator of a sentence looked from, in the mesh frame: before axisAlignment.

    Attributes:
        position_in_mesh_m: x, y, z of the camera.
        look_at_in_mesh_m: x, y, z of what it turned about, the target's centre.
    """

    position_in_mesh_m: tuple[float, float, float]
    look_at_in_mesh_m: tuple[float, float, float]

    def aligned(self, aligned_from_mesh: Matrix4) -> NDArray[np.float64]:
        """(2, 3): position and what is looked at, aligned metres."""
        points = np.array([self.position_in_mesh_m, self.look_at_in_mesh_m])
        return transform(points, aligned_from_mesh)


@dataclass(frozen=True, slots=True)
class Expression:
    """One referring expression.

    Attributes:
        scene_id: the scene it speaks about.
        text: the sentence as written.
        target_id: objectId of its target, or None when unknown (typed by the user).
        target_label: the target's category as the data set spells it, blanks for underscores.
        ann_id: the data set's annotation id; "" for typed sentences.
        anchor_ids: objectIds of the mentioned anchors, when the data set knows them.
        skill: what it takes to resolve it ("near", "colour", ...), when the data set knows it.
        tokens: its words as the data set cut them; () when it did not.
        phrases: which words name which objects, when the data set knows it.
        num_lookalikes: objects of the target's class, the target included; None when unknown.
        viewpoint: where the annotator looked from, when the data set knows it.
        extra: whatever else the data set says of it, untouched.
    """

    scene_id: str
    text: str
    target_id: int | None = None
    target_label: str | None = None
    ann_id: str = ""
    anchor_ids: tuple[int, ...] = ()
    skill: str | None = None
    tokens: tuple[str, ...] = field(default=(), compare=False)
    phrases: tuple[Phrase, ...] = field(default=(), compare=False)
    num_lookalikes: int | None = field(default=None, compare=False)
    viewpoint: Viewpoint | None = field(default=None, compare=False)
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def typed(cls, scene_id: str, text: str) -> "Expression":
        """A sentence from the query bar.

        Raises:
            ExpressionError: there is no word in it.
        """
        if not any(character.isalnum() for character in text):
            raise ExpressionError(
                "the sentence is empty", remedy='Type a referring expression, e.g. "the chair"'
            )
        return cls(scene_id=scene_id, text=" ".join(text.split()))
