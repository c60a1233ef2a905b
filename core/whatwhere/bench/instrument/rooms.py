"""Sentences of generated rooms, without a picture of them: what planted answers are about.

Shapes: n sentences.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.demo.annotating import Visibility, things_of
from whatwhere.demo.facts import SKILLS, WHAT, Thing, groups_of
from whatwhere.demo.model import item_boxes, room_quads
from whatwhere.demo.palette import VIVID
from whatwhere.demo.rooms import Room, plan_room
from whatwhere.demo.sentences import Sentence, write_sentences


@dataclass(frozen=True, slots=True, eq=False)
class RoomCases:
    """The sentences of many rooms, as much of them as a planted answer depends on.

    Attributes:
        rooms: (n,) int32 seed of the room.
        skills: (n,) int8 index into `demo.facts.SKILLS`.
        size: (n,) int8 members of the target's class, the target included; 1 for a unique one.
        target: (n,) int8 place of the target among them.
        vivid: (n,) int8 place of the vivid one; -1 where the class has none.
        dull: (n,) int8 place of the look-alike that exchanges colours with it in the twin; -1
            where the twin of the room is about another class.
        num_objects: (n,) int8 candidates of the room.
    """

    rooms: NDArray[np.int32]
    skills: NDArray[np.int8]
    size: NDArray[np.int8]
    target: NDArray[np.int8]
    vivid: NDArray[np.int8]
    dull: NDArray[np.int8]
    num_objects: NDArray[np.int8]

    @property
    def is_spatial(self) -> NDArray[np.bool_]:
        """(n,) whether the sentence speaks of place."""
        return np.asarray(self.skills < SKILLS.index(WHAT[0]))


def room_cases(seeds: Iterable[int], *, shortcut: float | None) -> RoomCases:
    """The sentences of rooms, as `whatwhere demo` writes them; everything counts as seen.

    Args:
        seeds: of the rooms.
        shortcut: probability that a "where" target is the vivid one; None for a fair split.
    """
    rows = [row for seed in seeds for row in _rows_of(plan_room(seed), shortcut)]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return RoomCases(columns[0].astype(np.int32), *(c.astype(np.int8) for c in columns[1:]))


def _rows_of(room: Room, shortcut: float | None) -> list[tuple[int, ...]]:
    named = tuple(number for number, item in enumerate(room.items) if not item.is_clutter)
    boxes = item_boxes(room_quads(room), len(room.items))
    things = things_of(room, boxes, Visibility(named, frozenset(named)))
    vivid = {thing.object_id for thing in things if thing.colour in VIVID}
    sentences = write_sentences(
        things,
        room.size[:2],
        cued=vivid,
        shortcut=shortcut,
        rng=np.random.default_rng([room.seed, 7]),
    )
    groups = groups_of(things)
    name_of = {thing.object_id: thing.name for thing in things}
    spoken = [name_of[sentence.fact.target] for sentence in sentences if _is_where(sentence)]
    twin = max(groups, key=spoken.count) if groups else ""
    dull = _dull_one(groups[twin], vivid, room.seed) if twin else -1
    rows: list[tuple[int, ...]] = []
    for sentence in sentences:
        name = name_of[sentence.fact.target]
        members = groups.get(name, ())
        ids = [thing.object_id for thing in members] or [sentence.fact.target]
        cued = [place for place, number in enumerate(ids) if number in vivid and len(ids) > 1]
        rows.append(
            (
                room.seed,
                SKILLS.index(sentence.fact.skill),
                len(ids),
                ids.index(sentence.fact.target),
                cued[0] if cued else -1,
                dull if name == twin else -1,
                len(things),
            )
        )
    return rows


def _is_where(sentence: Sentence) -> bool:
    return sentence.fact.skill not in WHAT


def _dull_one(members: Sequence[Thing], vivid: set[int], seed: int) -> int:
    """The place of one that is not vivid, as the demo world draws it for its twins."""
    places = [place for place, thing in enumerate(members) if thing.object_id not in vivid]
    return int(np.random.default_rng([seed, 8]).choice(places)) if places else -1
