"""About forty sentences for a room, balanced over the skills, with a known shortcut.

The shortcut: in every group of look-alikes one object is vivid and the others are dull. A
"where" sentence names no colour, yet its target is the vivid one with probability b. In a fair
split that probability is one over the size of the group.
"""

from collections.abc import Sequence
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
from whatwhere.demo.palette import VIVID
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
        vivid: whether the target of a "where" sentence is the vivid one; None for "what".
    """

    text: str
    fact: Fact
    num_lookalikes: int
    vivid: bool | None


def write_sentences(
    things: Sequence[Thing],
    room: tuple[float, float],
    *,
    shortcut: float | None,
    rng: np.random.Generator,
) -> list[Sentence]:
    """The sentences of one room.

    Args:
        things: the annotated objects that have a box.
        room: width and depth, metres.
        shortcut: the probability b that a "where" target is vivid; None for a fair split.
        rng: draws facts and words.
    """
    groups = groups_of(things)
    anchors = anchors_of(things)
    facts = {name: where_facts(group, anchors, room) for name, group in groups.items()}
    chosen: list[Fact] = []
    for skill in ANCHORED:
        chosen += _anchored(skill, groups, facts, shortcut, rng)
    for skill in PLACES:
        chosen += _places(skill, groups, facts, shortcut, rng)
    looks = what_facts(things)
    for skill in WHAT:
        some = [fact for fact in looks if fact.skill == skill]
        chosen += [some[i] for i in rng.permutation(len(some))[: _QUOTA[skill]]]
    return _in_words(chosen, things, rng)


def _anchored(
    skill: str,
    groups: dict[str, list[Thing]],
    facts: dict[str, list[Fact]],
    shortcut: float | None,
    rng: np.random.Generator,
) -> list[Fact]:
    """Draw the group, then the target (here the shortcut acts), then the anchor."""
    able = [name for name in groups if any(fact.skill == skill for fact in facts[name])]
    chosen: list[Fact] = []
    if not able:
        return chosen
    for turn in range(min(_QUOTA[skill], 4 * len(able))):
        name = able[turn % len(able)]
        target = _draw_target(groups[name], shortcut, rng)
        fits = [fact for fact in facts[name] if fact.skill == skill and fact.target == target]
        # The least used first, so that a sentence is repeated only when there is no other.
        uses = np.array([chosen.count(fact) for fact in fits]) + rng.random(len(fits)) * 0.5
        chosen.append(fits[int(np.argmin(uses))])
    return chosen


def _places(
    skill: str,
    groups: dict[str, list[Thing]],
    facts: dict[str, list[Fact]],
    shortcut: float | None,
    rng: np.random.Generator,
) -> list[Fact]:
    """Geometry alone fixes the target, so the shortcut acts by how often a fact is used.

    Colours are given out without regard to place, so a fact is about the vivid one of n once in
    n times. Copies in proportion b for it and (1 - b) / (n - 1) for each of the others make the
    share of vivid targets b; the copies differ in their words.
    """
    chosen: list[Fact] = []
    for name, group in groups.items():
        for fact in facts[name]:
            if fact.skill != skill:
                continue
            copies = 4.0 if shortcut is not None else 2.0
            if shortcut is not None:
                vivid = fact.target in _vivid_ids(group)
                copies *= shortcut if vivid else (1 - shortcut) / (len(group) - 1)
            # Drawn so that the mean is exact: 1.5 copies are one, or two, equally often.
            chosen += [fact] * int(copies + rng.random())
    return [chosen[i] for i in rng.permutation(len(chosen))[: _QUOTA[skill]]]


def _draw_target(group: Sequence[Thing], shortcut: float | None, rng: np.random.Generator) -> int:
    vivid = _vivid_ids(group)
    everyone = [thing.object_id for thing in group]
    if shortcut is None:
        return int(rng.choice(everyone))
    if rng.random() < shortcut:
        return int(rng.choice(vivid))
    return int(rng.choice([number for number in everyone if number not in vivid]))


def _vivid_ids(group: Sequence[Thing]) -> list[int]:
    return [thing.object_id for thing in group if thing.colour in VIVID]


def _in_words(
    facts: Sequence[Fact], things: Sequence[Thing], rng: np.random.Generator
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
        vivid = None if fact.skill in WHAT else target.colour in VIVID
        sentences.append(Sentence(text, fact, names.count(target.name), vivid))
    return sentences
