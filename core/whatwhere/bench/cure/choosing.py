"""Chooses the case that a newcomer sees first: one sentence that a cheat and its cure part on."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import exp
from pathlib import Path

import numpy as np

from whatwhere.demo.facts import Thing, anchored_facts, anchors_of, groups_of
from whatwhere.demo.kinds import KINDS
from whatwhere.demo.palette import DULL, VIVID
from whatwhere.demo.shipped import ShippedRoom, shipped_rooms
from whatwhere.demo.shipping import make_exchanged_room
from whatwhere.demo.showcase import Answered, Showcase
from whatwhere.demo.wording import say
from whatwhere.errors import ModelError
from whatwhere.models.grounder import Grounding, Modality
from whatwhere.models.predictor import SpatialGrounder
from whatwhere.models.registry import load_spatial_grounder
from whatwhere.models.spatial_vlm.encoding import SpatialEncoding
from whatwhere.models.weights import FILE_NAME
from whatwhere.scenes.annotation import read_json
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene

Report = Callable[[str], None]
_MODALITIES: tuple[Modality, ...] = ("fused", "2d", "3d")
# Near and on are seen in one look at a room; left and right need a frame, far a comparison.
_SKILLS = ("near", "on")
_SMALLEST_M = 0.8  # diagonal; smaller things are a few pixels when the whole room is in view
_CLEAR = 0.5
_WORDINGS = 32
_MOST_EXCHANGES = 6


@dataclass(frozen=True, slots=True)
class _Case:
    """A sentence that parts the two models, and how surely each of them says what it says."""

    room: ShippedRoom
    sentence: str
    target: Thing
    rival: Thing
    answers: tuple[Mapping[Modality, Grounding], Mapping[Modality, Grounding]]

    @property
    def clarity(self) -> float:
        """The lower of the two probabilities, of the cheat's wrong answer and the cure's right."""
        return min(exp(found["fused"].best.score) for found in self.answers)


def choose_showcase(cheating: Path, cured: Path, *, say: Report) -> Showcase:
    """The clearest case in the shipped rooms.

    The cheat is wrong and chooses what colour alone chooses, a vivid look-alike of a dull target;
    the cure is right; geometry alone is right in both; and when the two look-alikes exchange their
    colours, the cheat's answer goes with the colour and the cure's stays.

    Args:
        cheating: model folder.
        cured: model folder.
        say: told what was found.

    Raises:
        ModelError: no sentence in these rooms parts the two.
    """
    models = (
        load_spatial_grounder(cheating, device="cpu"),
        load_spatial_grounder(cured, device="cpu"),
    )
    cases = [case for room in shipped_rooms() for case in _cases(room, models)]
    cases.sort(key=lambda case: -case.clarity)
    say(f"{len(cases)} sentences part the two models")
    for case in cases[:_MOST_EXCHANGES]:
        after = _after_exchange(case, models)
        holds = after == (case.target.object_id, case.target.object_id)
        say(
            f"{case.clarity:.2f} {case.room.name}: {case.sentence}"
            f"{'' if holds else ' (not when colours are exchanged)'}"
        )
        if holds:
            return _showcase(case, after, (cheating, cured))
    raise ModelError(
        "no sentence in the demo rooms shows that one model cheats and the other does not",
        remedy="Choose another pair",
        path=cured,
    )


def _showcase(case: _Case, after: tuple[int, int], folders: tuple[Path, Path]) -> Showcase:
    cheating, cured = (
        Answered(
            fused=_id(found["fused"]),
            appearance=_id(found["2d"]),
            geometry=_id(found["3d"]),
            exchanged=exchanged,
            weights=sha256((folder / FILE_NAME).read_bytes()).hexdigest(),
        )
        for found, exchanged, folder in zip(case.answers, after, folders, strict=True)
    )
    return Showcase.model_validate(
        {
            "room": case.room.name,
            "sentence": case.sentence,
            "label": case.target.name,
            "target": case.target.object_id,
            "target_colour": case.target.colour,
            "rival": case.rival.object_id,
            "rival_colour": case.rival.colour,
            "cheating": cheating,
            "cured": cured,
        }
    )


def _cases(room: ShippedRoom, models: tuple[SpatialGrounder, SpatialGrounder]) -> Iterator[_Case]:
    scene = open_scene(room.path)
    encodings = _encoded(scene, models)
    things = {thing.object_id: thing for thing in _things(room)}
    for text, target in sorted(_sentences(list(things.values()))):
        one, two = (
            model.ground(encoding, text, _MODALITIES).groundings
            for model, encoding in zip(models, encodings, strict=True)
        )
        case = _Case(room, text, things[target], things[_rival(one, things)], (one, two))
        if _parts(case):
            yield case


def _parts(case: _Case) -> bool:
    cheating, cured = case.answers
    wrong, right = case.rival, case.target
    is_about_colour = wrong.name == right.name and wrong.colour in VIVID and right.colour in DULL
    return (
        is_about_colour
        and _id(cheating["2d"]) == wrong.object_id
        and _id(cured["fused"]) == right.object_id
        and {_id(found["3d"]) for found in case.answers} == {right.object_id}
        and case.clarity >= _CLEAR
    )


def _sentences(things: list[Thing]) -> set[tuple[str, int]]:
    """Every fact in its shortest bare words, with the object id of its target."""
    by_id = {thing.object_id: thing for thing in things}
    found = set()
    for members in groups_of(things).values():
        if max(np.linalg.norm(thing.box.size) for thing in members) < _SMALLEST_M:
            continue
        for skill in _SKILLS:
            for fact in anchored_facts(skill, members, anchors_of(things)):
                wordings = {say(fact, by_id, np.random.default_rng(n)) for n in range(_WORDINGS)}
                bare = [text for text in wordings if text.startswith("the ")]
                found.add((min(bare, key=lambda text: (len(text), text)), fact.target))
    return found


def _things(room: ShippedRoom) -> list[Thing]:
    """The annotated things, from the scan's own files."""
    boxes = {item.object_id: item.box for item in open_scene(room.path).objects}
    found = []
    for group in read_json(room.path / f"{room.path.name}.aggregation.json")["segGroups"]:
        box = boxes.get(group["objectId"])
        if group["colour"] is None or box is None:
            continue
        hangs = KINDS[group["label"]].place == "hung"
        found.append(
            Thing(
                object_id=group["objectId"],
                name=group["label"],
                colour=group["colour"],
                box=box,
                support=group["support"],
                on_floor=group["support"] is None and not hangs,
                hangs=hangs,
                clear=group["clear"],
            )
        )
    return found


def _after_exchange(
    case: _Case, models: tuple[SpatialGrounder, SpatialGrounder]
) -> tuple[int, int]:
    with tempfile.TemporaryDirectory() as folder:
        exchanged = case.target.object_id, case.rival.object_id
        scene = open_scene(make_exchanged_room(Path(folder), case.room.name, exchanged))
        first, second = (
            _id(model.ground(encoding, case.sentence, ("fused",))["fused"])
            for model, encoding in zip(models, _encoded(scene, models), strict=True)
        )
    return first, second


def _encoded(
    scene: Scene, models: tuple[SpatialGrounder, SpatialGrounder]
) -> tuple[SpatialEncoding, SpatialEncoding]:
    """All arms have the shipped tower, so the frames are looked at once."""
    first, second = models
    seen = first.encode(scene)
    second.share_look(first)
    return seen, second.encode(scene)


def _rival(cheating: Mapping[Modality, Grounding], things: Mapping[int, Thing]) -> int:
    found = _id(cheating["fused"])
    return found if found in things else next(iter(things))


def _id(grounding: Grounding) -> int:
    found = grounding.best.object_id
    assert found is not None, "the candidates are annotated objects"
    return found
