"""What a probe is: one edit of one case, and what should happen to the answer.

An expectation is about consistency, not about being right: whatever a model answers to "nearest",
it may not answer the same to "farthest".

Shapes: K candidates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from whatwhere.geometry.boxes import Box
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import Scene

Family = Literal["words", "colour", "depth", "geometry", "frames"]
Expected = Literal["stay", "move", "follow", "either"]
"""What should happen: stay at its place, leave it, go with what was exchanged; or anything."""
Outcome = Literal["stayed", "moved", "followed"]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A sentence in a scene, and what a model answered to it.

    Attributes:
        scene: as it was recorded.
        proposals: the K candidates; labels say which are look-alikes, and no model sees them.
        text: the sentence.
        ranking: indices of candidates, the answer first.
        frames: names of the frames that the model looked at.
    """

    scene: Scene
    proposals: Sequence[Proposal]
    text: str
    ranking: tuple[int, ...]
    frames: tuple[str, ...]

    @property
    def chosen(self) -> int:
        """Index of the answer."""
        return self.ranking[0]

    @property
    def look_alikes(self) -> tuple[int, ...]:
        """Other candidates of the answer's class, the likelier first; none without labels."""
        label = self.proposals[self.chosen].label
        return tuple(
            index
            for index in self.ranking[1:]
            if label is not None and self.proposals[index].label == label
        )

    @property
    def class_name(self) -> str:
        """Of the answer: "chair", or "candidate" where nothing says."""
        return self.proposals[self.chosen].label or "candidate"

    def name_of(self, index: int) -> str:
        """For people: "chair 3" by its object id, else by its number among the candidates."""
        item = self.proposals[index]
        if item.label is None:
            return f"candidate {item.proposal}"
        number = "" if item.object_id is None else f" {item.object_id}"
        return f"{item.label}{number}"


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """What is given to the model in place of the case.

    What is None or empty stays as it is. An edit of boxes or frames alone can be imagined by a
    model that keeps what each frame shows (`models.grounder.Rearranging`); another one looks at
    `scene`, and where that is None it cannot be asked.

    Attributes:
        expected: what should happen.
        text: another sentence.
        boxes: K boxes of the candidates, aligned metres.
        without_frames: names of frames that are forgotten.
        scene: an edited scene, with these boxes and without these frames.
        must_look: pixels or depth are others, so nothing that was seen before counts.
        pair: two candidates that exchanged something; None where nothing was exchanged.
        exchanged_places: the pair exchanged places, and not its looks.
        boxes_are_places: the boxes stand in the room as it is; False for a mirrored room, whose
            answers are shown where the same candidates stand in the real one.
        note: what was changed, as a phrase: "nearest → farthest from".
        says: verdicts in place of the probe's own, where its expectation differs from case to case.
    """

    expected: Expected
    text: str | None = None
    boxes: tuple[Box, ...] | None = None
    without_frames: frozenset[str] = frozenset()
    scene: Scene | None = None
    must_look: bool = False
    pair: tuple[int, int] | None = None
    exchanged_places: bool = False
    boxes_are_places: bool = True
    note: str = ""
    says: Mapping[Outcome, str] = field(default_factory=dict)

    @property
    def is_of_all(self) -> bool:
        """Whether it concerns every answer, and not only the one it was made for."""
        return self.text is not None or self.must_look or not self.boxes_are_places

    def outcome(self, before: int, after: int) -> Outcome:
        """What an answer did, compared by place.

        Args:
            before: index of the candidate that was chosen in the case.
            after: index of the candidate that was chosen in the edit.
        """
        other = self.other(before)
        if other is None:
            return "stayed" if after == before else "moved"
        stayed, followed = (other, before) if self.exchanged_places else (before, other)
        return "stayed" if after == stayed else "followed" if after == followed else "moved"

    def other(self, index: int) -> int | None:
        """The candidate that this one exchanged something with, or None."""
        if self.pair is None or index not in self.pair:
            return None
        return self.pair[1] if index == self.pair[0] else self.pair[0]

    def shown_boxes(self, case: Case) -> tuple[Box, ...]:
        """(K,) where answers to the edit are drawn in the room as it is."""
        if self.boxes is None or not self.boxes_are_places:
            return tuple(item.box for item in case.proposals)
        return self.boxes


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """Why a probe asks nothing of a case, as a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Probe:
    """One kind of edit.

    Attributes:
        name: unique, e.g. "swap-relation".
        title: for people: "Swap the relation".
        family: what is edited.
        does: what it does and what should happen, in one sentence.
        says: outcome -> the verdict of a case; "{note}" and "{name}" are filled in.
        plan: the edit of one case, or why there is none.
    """

    name: str
    title: str
    family: Family
    does: str
    says: Mapping[Outcome, str]
    plan: Callable[[Case], Edit | NotApplicable]

    def verdict(self, case: Case, edit: Edit, outcome: Outcome) -> str:
        """What the outcome of one case means, as a sentence."""
        says = {**self.says, **edit.says}
        said = says.get(outcome, says["moved"])
        return said.format(note=edit.note, name=case.class_name)


def is_as_expected(expected: Expected, outcome: Outcome) -> bool | None:
    """Whether the answer did what it should; None where anything may happen."""
    if expected == "either":
        return None
    if expected == "move":
        return outcome != "stayed"
    return outcome == ("stayed" if expected == "stay" else "followed")


def nowhere_to_go(case: Case) -> NotApplicable | None:
    """Why the answer could not move: nothing else is of its class."""
    label = case.proposals[case.chosen].label
    if label is None or case.look_alikes:
        return None
    return NotApplicable(f"Only one {label} is here, so the answer has nowhere to go.")
