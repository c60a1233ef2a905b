"""Sentences checked from boxes alone, by definitions written a second time."""

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from whatwhere.demo.audit import masked_hit
from whatwhere.demo.facts import ANCHORED, SKILLS, WHAT, WHERE, Fact, Thing
from whatwhere.demo.palette import COLOURS, VIVID
from whatwhere.demo.rooms import Room
from whatwhere.demo.sentences import Sentence, write_sentences
from whatwhere.demo.wording import vocabulary

Told = list[tuple[list[Thing], tuple[float, float], list[Sentence]]]


def tell(rooms: list[Room], all_things: list[list[Thing]], shortcut: float | None) -> Told:
    return [
        (
            things,
            room.size[:2],
            write_sentences(
                things,
                room.size[:2],
                cued=vivid_ids(things),
                shortcut=shortcut,
                rng=np.random.default_rng([room.seed, 99]),
            ),
        )
        for room, things in zip(rooms, all_things, strict=True)
    ]


def vivid_ids(things: list[Thing]) -> set[int]:
    return {thing.object_id for thing in things if thing.colour in VIVID}


@pytest.fixture(scope="module")
def fair(rooms: list[Room], all_things: list[list[Thing]]) -> Told:
    return tell(rooms, all_things, None)


@pytest.fixture(scope="module")
def biased(rooms: list[Room], all_things: list[list[Thing]]) -> Told:
    return tell(rooms, all_things, 0.75)


def answers(sentence: Sentence, things: list[Thing], room: tuple[float, float]) -> list[int]:
    """Every object of the target's class that the sentence is true of."""
    by_id = {thing.object_id: thing for thing in things}
    fact = sentence.fact
    name = by_id[fact.target].name
    members = [thing for thing in things if thing.name == name]
    anchors = [by_id[number] for number in fact.anchors]
    true = {
        "near": lambda t: all(gap(t, anchors) < gap(o, anchors) for o in members if o is not t),
        "far": lambda t: all(gap(t, anchors) > gap(o, anchors) for o in members if o is not t),
        "left": lambda t: first_beside(t, members, anchors[0], -1),
        "right": lambda t: first_beside(t, members, anchors[0], 1),
        "between": lambda t: (
            on_the_way(t, anchors)
            and detour(t, anchors)
            < min((detour(o, anchors) for o in members if o is not t), default=math.inf)
        ),
        "on": lambda t: stands_on(t, anchors[0]),
        "corner": lambda t: smallest(t, members, lambda o: math.hypot(*to_walls(o, room))),
        "wall": lambda t: smallest(t, members, lambda o: min(to_walls(o, room))),
        "middle": lambda t: smallest(t, members, lambda o: math.hypot(*o.box.center[:2])),
        "floor": lambda t: t.box.lower[2] < 0.01,
        "cat": lambda t: True,
        "colour": lambda t: t.colour == by_id[fact.target].colour,
        "big": lambda t: smallest(t, members, lambda o: -math.prod(o.box.size)),
        "small": lambda t: smallest(t, members, lambda o: math.prod(o.box.size)),
    }[fact.skill]
    return [thing.object_id for thing in members if true(thing)]


def gap(thing: Thing, anchors: list[Thing]) -> float:
    return math.dist(thing.box.center, anchors[0].box.center)


def first_beside(thing: Thing, members: list[Thing], anchor: Thing, sign: int) -> bool:
    side = [m for m in members if sign * (m.box.center[0] - anchor.box.center[0]) > 0]
    return bool(side) and thing is min(
        side, key=lambda m: abs(m.box.center[0] - anchor.box.center[0])
    )


def detour(thing: Thing, ends: list[Thing]) -> float:
    at, a, b = (item.box.center[:2] for item in (thing, *ends))
    return math.dist(at, a) + math.dist(at, b) - math.dist(a, b)


def on_the_way(thing: Thing, ends: list[Thing]) -> bool:
    at, a, b = (item.box.center[:2] for item in (thing, *ends))
    return max(math.dist(at, a), math.dist(at, b)) < math.dist(a, b)


def stands_on(thing: Thing, anchor: Thing) -> bool:
    x, y, _ = thing.box.center
    lower, upper = anchor.box.lower, anchor.box.upper
    above = lower[0] < x < upper[0] and lower[1] < y < upper[1]
    return bool(above and 0.2 < thing.box.lower[2] <= upper[2] + 0.01)


def to_walls(thing: Thing, room: tuple[float, float]) -> tuple[float, float]:
    x, y, _ = thing.box.center
    return room[0] / 2 - abs(x), room[1] / 2 - abs(y)


def smallest(thing: Thing, members: list[Thing], measure) -> bool:
    return all(measure(thing) < measure(other) for other in members if other is not thing)


def test_every_answer_is_unique_by_an_independent_definition(fair: Told, biased: Told) -> None:
    checked: Counter[str] = Counter()
    for things, room, sentences in fair + biased:
        for sentence in sentences:
            assert answers(sentence, things, room) == [sentence.fact.target], sentence
            checked[sentence.fact.skill] += 1
    assert set(checked) == set(SKILLS)
    assert min(checked.values()) >= 40, checked


def test_left_is_left_of_the_anchor_with_room_to_spare(fair: Told) -> None:
    for things, _, sentences in fair:
        at = {thing.object_id: thing.box.center[0] for thing in things}
        for sentence in sentences:
            fact = sentence.fact
            if fact.skill in ("left", "right"):
                offset = at[fact.target] - at[fact.anchors[0]]
                assert (offset < -0.3) if fact.skill == "left" else (offset > 0.3)


def test_anchors_are_the_only_one_of_their_class(fair: Told) -> None:
    for things, _, sentences in fair:
        names = [thing.name for thing in things]
        by_id = {thing.object_id: thing for thing in things}
        for sentence in sentences:
            assert all(names.count(by_id[a].name) == 1 for a in sentence.fact.anchors)
            expected = {"between": 2}.get(sentence.fact.skill, 1)
            if sentence.fact.skill in ANCHORED:
                assert len(sentence.fact.anchors) == expected
                assert fact_words(sentence, by_id)


def fact_words(sentence: Sentence, by_id: dict[int, Thing]) -> bool:
    """Whether the sentence has words besides those for its target."""
    return len(sentence.text.split()) > len(by_id[sentence.fact.target].name.split()) + 2


def test_where_sentences_name_no_colour_and_no_size(fair: Told, biased: Told) -> None:
    looks = {*COLOURS, "gray", "big", "small", "biggest", "smallest", "largest", "tiniest"}
    for _, _, sentences in fair + biased:
        for sentence in sentences:
            if sentence.fact.skill in WHERE:
                assert sentence.num_lookalikes >= 2
                assert not looks & set(sentence.text.split())
                assert sentence.cued is not None
            else:
                assert sentence.cued is None


def test_words_come_from_a_small_vocabulary(fair: Told) -> None:
    words = set(vocabulary())
    assert len(words) <= 160
    said = [s.text.split() for _, _, sentences in fair for s in sentences]
    assert {word for text in said for word in text} <= words
    assert max(map(len, said)) <= 16


def test_the_shortcut_is_as_strong_as_asked(
    rooms: list[Room], all_things: list[list[Thing]], biased: Told, fair: Told
) -> None:
    strong = tell(rooms, all_things, 0.95)
    for told, expected in ((biased, 0.75), (strong, 0.95)):
        vivid = [s.cued for _, _, sentences in told for s in sentences if s.cued is not None]
        assert len(vivid) > 1000
        assert np.mean(vivid) == pytest.approx(expected, abs=0.04)
    where = [s for _, _, sentences in fair for s in sentences if s.cued is not None]
    chance = np.mean([1 / s.num_lookalikes for s in where])
    assert np.mean([s.cued for s in where]) == pytest.approx(chance, abs=0.04)


def test_a_cued_target_is_the_cued_one(biased: Told) -> None:
    for things, _, sentences in biased:
        colour = {thing.object_id: thing.colour for thing in things}
        for sentence in sentences:
            if sentence.cued is not None:
                assert sentence.cued == (colour[sentence.fact.target] in VIVID)


def test_a_group_without_a_cue_is_spoken_of_fairly(
    rooms: list[Room], all_things: list[list[Thing]]
) -> None:
    """Of two groups only one has a cue: the other's targets are drawn as in a fair split."""
    vivid = {True: [], False: []}
    for room, things in zip(rooms, all_things, strict=True):
        names = [thing.name for thing in things]
        first = next(name for name in names if names.count(name) > 1)
        cued = {thing.object_id for thing in things if thing.name == first} & vivid_ids(things)
        rng = np.random.default_rng([room.seed, 98])
        told = write_sentences(things, room.size[:2], cued=cued, shortcut=0.9, rng=rng)
        by_id = {thing.object_id: thing for thing in things}
        for sentence in told:
            if sentence.fact.skill in WHERE:
                target = by_id[sentence.fact.target]
                assert (sentence.cued is None) == (target.name != first)
                share = (target.colour in VIVID) - 1 / sentence.num_lookalikes
                vivid[target.name == first].append(share)
    assert min(map(len, vivid.values())) > 300
    assert np.mean(vivid[True]) > 0.35
    assert abs(np.mean(vivid[False])) < 0.06


@pytest.mark.parametrize("skill", ANCHORED)
def test_without_its_anchor_a_sentence_cannot_be_guessed(
    skill: str, fair: Told, biased: Told
) -> None:
    hits, chances = [], []
    for things, _, sentences in fair + biased:
        for sentence in sentences:
            if sentence.fact.skill == skill:
                hits.append(masked_hit(sentence.fact, things))
                chances.append(1 / sentence.num_lookalikes)
    error = float(np.std(hits)) / math.sqrt(len(hits) / 4)  # sentences of a room hang together
    assert np.mean(hits) - np.mean(chances) < max(0.05, 2 * error)


def test_the_audit_catches_a_skill_that_needs_no_anchor() -> None:
    """If every anchor gives the same answer, hiding it costs nothing."""
    from whatwhere.geometry.boxes import Box

    def thing(number: int, name: str, x: float, colour: str) -> Thing:
        return Thing(number, name, colour, Box((x, 0, 0.5), (0.4, 0.4, 1)), None, True, False, True)

    things = [thing(0, "chair", -2, "red"), thing(1, "chair", 2, "white")]
    things += [thing(2, "door", -2.5, "grey"), thing(3, "bed", -1.5, "blue")]
    facts = [Fact("near", 0, (2,)), Fact("near", 0, (3,))]
    assert [masked_hit(fact, things) for fact in facts] == [1.0, 1.0]
    told = write_sentences(things, (6, 6), cued=(), shortcut=None, rng=np.random.default_rng(0))
    assert not [s for s in told if s.fact.skill == "near"]


def test_skills_are_balanced(fair: Told) -> None:
    counts = Counter(s.fact.skill for _, _, sentences in fair for s in sentences)
    per_room = sum(counts.values()) / len(fair)
    assert 28 <= per_room <= 45
    assert all(counts[skill] / len(fair) > 0.5 for skill in SKILLS)
    assert 0.2 < sum(counts[skill] for skill in WHAT) / sum(counts.values()) < 0.45


def test_pairs_of_anchors_are_said_in_either_order(fair: Told) -> None:
    orders = Counter()
    for things, _, sentences in fair:
        name = {thing.object_id: thing.name for thing in things}
        for sentence in sentences:
            if sentence.fact.skill == "between":
                a, b = (sentence.text.find(name[number]) for number in sentence.fact.anchors)
                if a >= 0 and b >= 0:
                    orders[a < b] += 1
    assert min(orders[True], orders[False]) > 0.3 * sum(orders.values())


def test_two_facts_of_a_room_never_share_their_words(fair: Told) -> None:
    for _, _, sentences in fair:
        for one, two in combinations(sentences, 2):
            if one.text == two.text:
                assert one.fact.target == two.fact.target
