"""What is looked for among annotated cases, asked of the store or of what is in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.queries import CaseQuery
from whatwhere.annotations.values import TruthVerdict

WantedKind = Literal["tag", "annotator", "verdict", "annotated"]

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that a case must be.

    Attributes:
        kind: what is looked at.
        value: id of a tag, name of an annotator, a verdict on the ground truth; of "annotated"
            `YES` (something is said of it, be it only that somebody has done with it) or `NO`.
    """

    kind: WantedKind
    value: str

    @property
    def is_none_of(self) -> bool:
        """Whether cases that the store does not know are meant as well."""
        return (self.kind, self.value) == ("annotated", NO)

    def caption(self, tags: Mapping[str, str]) -> str:
        """For a chip; `tags` has the captions of tags by their ids."""
        if self.kind == "tag":
            return f"tag = {tags.get(self.value, self.value)}"
        if self.kind == "annotator":
            return f"by {self.value}"
        if self.kind == "verdict":
            return f"ground truth {self.value}"
        return "not annotated" if self.is_none_of else "annotated"

    def query(self, annotator: str | None) -> CaseQuery:
        """Asks the store; of `NO` it asks for those that are annotated.

        Args:
            annotator: whose tags, verdicts and marks count; None takes anyone's.
        """
        if self.kind == "tag":
            return CaseQuery(tag_id=self.value, annotator=annotator)
        if self.kind == "verdict":
            return CaseQuery(verdict=cast(TruthVerdict, self.value), annotator=annotator)
        whose = self.value if self.kind == "annotator" else annotator
        return CaseQuery(is_annotated=True, annotator=whose)

    def holds(self, said: CaseAnnotations, annotator: str | None) -> bool:
        """Whether a case is so; see `query`."""
        if self.kind == "tag":
            return any(
                item.tag_id == self.value and annotator in (None, item.annotator)
                for item in said.tags
            )
        if self.kind == "verdict":
            return any(
                item.verdict == self.value and annotator in (None, item.annotator)
                for item in said.verdicts
            )
        whose = self.value if self.kind == "annotator" else annotator
        everything = (
            said.tags, said.notes, said.seen, said.verdicts, said.boxes, said.regions
        )  # fmt: skip
        is_annotated = any(
            whose in (None, getattr(item, "annotator", None))
            for part in everything
            for item in part
        )
        return is_annotated is not self.is_none_of


def annotator_of(wanted: tuple[Wanted, ...]) -> str | None:
    """Whose tags and marks the others of these mean; None for anyone's."""
    return next((item.value for item in wanted if item.kind == "annotator"), None)


def all_hold(wanted: tuple[Wanted, ...], said: CaseAnnotations) -> bool:
    """Whether a case is all of this."""
    annotator = annotator_of(wanted)
    return all(item.holds(said, annotator) for item in wanted)
