"""What kind of sentence it is: spatial or not, by relation, view-dependent, easy or hard."""

from dataclasses import dataclass

from whatwhere.language.expressions import Expression
from whatwhere.language.relations import is_view_dependent, relations_in, view_dependent_words

EASY_AT_MOST = 2
"""ReferIt3D calls a sentence easy where there are at most so many objects of the target's class."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What kind of sentence it is.

    Attributes:
        relations: that it speaks of, in order: "near", "left", ...; none where it is not spatial.
        is_view_dependent: whether its truth depends on where one stands, by ReferIt3D's words.
        is_hard: whether there are more than two objects of the target's class; None if unknown.
    """

    relations: tuple[str, ...]
    is_view_dependent: bool
    is_hard: bool | None

    @property
    def is_spatial(self) -> bool:
        """Whether any word speaks of place."""
        return bool(self.relations)


def tags_of(expression: Expression) -> Tags:
    """The tags of one sentence; the data set's own words are compared where it gave them."""
    tokens, count = expression.tokens, expression.num_lookalikes
    return Tags(
        relations=relations_in(expression.text),
        is_view_dependent=view_dependent_words(tokens)
        if tokens
        else is_view_dependent(expression.text),
        is_hard=None if count is None else count > EASY_AT_MOST,
    )
