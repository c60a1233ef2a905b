"""About forty sentences for a room, balanced over the skills, with a known shortcut.

The shortcut: in every group of look-alikes one object is cued (vivid, for instance, while the
others are dull). A "where" sentence says nothing of the cue, yet its target is the cued one with
probability b. In a fair split that probability is one over the size of the group. A group without
a cued member is always spoken of fairly.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from whatwhere.demo.facts import (
    ANCHORED,
    PLACES,
    WHAT,
    Fact,
    Thing,
    anchors_of,
    groups_of,
    what_facts,
    where_facts,
)
from whatwhere.demo.wording import say

# The most sentences of one skill in one room.
_QUOTA = {
    "near": 5,
    "far": 5,
    "left": 6,
    "right": 6,
    "between": 5,
    "on": 6,
    "corner": 6,
    "wall": 6,
    "middle": 6,
    "floor": 6,
    "cat": 4,
    "colour": 6,
    "big": 3,
    "small": 3,
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A fact in words.

    Attributes:
        text: lower case, no punctuation.
        fact: what it says.
        num_lookalikes: objects of the target's class, the target included.
        cued: whether the target of a "where" sentence is the cued one of its group; None for
            "what", and where the group has no cued one.
    """

    text: str
    fact: Fact
    num_lookalikes: int
    cued: bool | None


def write_sentences(
    things: Sequence[Thing],
    room: tuple[float, float],
    *,
    cued: Collection[int],
    shortcut: float | None,
    rng: np.random.Generator,
) -> list[Sentence]:
    """The sentences of one room.

    Args:
        things: the annotated objects that have a box.
        room: width and depth, metres.
        cued: object ids of those that carry the cue; at most one in a group of look-alikes.
        shortcut: the probability b that a "where" target is cued; None for a fair split.
        rng: draws facts and words.
    """
    groups = groups_of(things)
    cues = {name: _Cue.of(group, cued, shortcut) for name, group in groups.items()}
    anchors = anchors_of(things)
    facts = {name: where_facts(group, anchors, room) for name, group in groups.items()}
    chosen: list[Fact] = []
    for skill in ANCHORED:
        chosen += _anchored(skill, cues, facts, rng)
    for skill in PLACES:
        chosen += _places(skill, cues, facts, rng)
    looks = what_facts(things)
    for skill in WHAT:
        some = [fact for fact in looks if fact.skill == skill]
        chosen += [some[i] for i in rng.permutation(len(some))[: _QUOTA[skill]]]
    return _in_words(chosen, things, cues, rng)


def _anchored(
    skill: str,
    cues: Mapping[str, "_Cue"],
    facts: Mapping[str, list[Fact]],
    rng: np.random.Generator,
) -> list[Fact]:
    """Draw the group, then the target (here the shortcut acts), then the anchor."""
    able = [name for name in cues if any(fact.skill == skill for fact in facts[name])]
    chosen: list[Fact] = []
    if not able:
        return chosen
    for turn in range(min(_QUOTA[skill], 4 * len(able))):
        name = able[turn % len(able)]
        target = cues[name].draw_target(rng)
        fits = [fact for fact in facts[name] if fact.skill == skill and fact.target == target]
        # The least used first, so that a sentence is repeated only when there is no other.
        uses = np.array([chosen.count(fact) for fact in fits]) + rng.random(len(fits)) * 0.5
        chosen.append(fits[int(np.argmin(uses))])
    return chosen


def _places(
    skill: str,
    cues: Mapping[str, "_Cue"],
    facts: Mapping[str, list[Fact]],
    rng: np.random.Generator,
) -> list[Fact]:
    """Geometry alone fixes the target, so the shortcut acts by how often a fact is used.

    Cues are given out without regard to place, so a fact is about the cued one of n once in n
    times. Copies in proportion b for it and (1 - b) / (n - 1) for each of the others make the
    share of cued targets b; the copies differ in their words.
    """
    chosen: list[Fact] = []
    for name, cue in cues.items():
        for fact in facts[name]:
            if fact.skill == skill:
                # Drawn so that the mean is exact: 1.5 copies are one, or two, equally often.
                chosen += [fact] * int(cue.mean_copies(fact.target) + rng.random())
    return [chosen[i] for i in rng.permutation(len(chosen))[: _QUOTA[skill]]]


@dataclass(frozen=True, slots=True)
class _Cue:
    """How targets are drawn from one group of look-alikes.

    Attributes:
        everyone: their object ids.
        cued: the one that carries the cue, or nobody.
        shortcut: the probability that it is meant; None for a fair draw.
        is_biased: whether the split is, be this group drawn from fairly or not.
    """

    everyone: list[int]
    cued: list[int]
    shortcut: float | None
    is_biased: bool

    @classmethod
    def of(cls, group: Sequence[Thing], cued: Collection[int], shortcut: float | None) -> "_Cue":
        everyone = [thing.object_id for thing in group]
        mine = [number for number in everyone if number in cued]
        return cls(everyone, mine, shortcut if mine else None, shortcut is not None)

    def draw_target(self, rng: np.random.Generator) -> int:
        if self.shortcut is None:
            return int(rng.choice(self.everyone))
        if rng.random() < self.shortcut:
            return int(rng.choice(self.cued))
        return int(rng.choice([number for number in self.everyone if number not in self.cued]))

    def mean_copies(self, target: int) -> float:
        """How often a fact of a place is used, on the average."""
        if not self.is_biased:
            return 2.0
        if self.shortcut is None:
            return 4.0 / len(self.everyone)
        share = self.shortcut
        return 4.0 * (share if target in self.cued else (1 - share) / (len(self.everyone) - 1))


def _in_words(
    facts: Sequence[Fact],
    things: Sequence[Thing],
    cues: Mapping[str, _Cue],
    rng: np.random.Generator,
) -> list[Sentence]:
    by_id = {thing.object_id: thing for thing in things}
    names = [thing.name for thing in things]
    sentences: list[Sentence] = []
    said: set[str] = set()
    for fact in facts:
        target = by_id[fact.target]
        text = say(fact, by_id, rng)
        for _ in range(6):
            if text not in said:
                break
            text = say(fact, by_id, rng)
        said.add(text)
        is_told = fact.skill not in WHAT and bool(cues[target.name].cued)
        cued = fact.target in cues[target.name].cued if is_told else None
        sentences.append(Sentence(text, fact, names.count(target.name), cued))
    return sentences
