"""A sentence that points at an object, with its target when that is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from whatwhere.errors import ExpressionError


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
        extra: whatever else the data set says of it, untouched.
    """

    scene_id: str
    text: str
    target_id: int | None = None
    target_label: str | None = None
    ann_id: str = ""
    anchor_ids: tuple[int, ...] = ()
    skill: str | None = None
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
