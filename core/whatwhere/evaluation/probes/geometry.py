"""Probes of geometry: every pixel keeps its colour and its candidate."""

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.probes.edited_scene import mirrored, mirrored_box
from whatwhere.evaluation.probes.phrases import with_sides_exchanged
from whatwhere.evaluation.probes.probe import (
    Case,
    Edit,
    Expected,
    NotApplicable,
    Outcome,
    Probe,
    nowhere_to_go,
)
from whatwhere.geometry.boxes import Box, box_rows
from whatwhere.language.relations import is_spatial, names_looks

_SIDES_SAID: dict[Outcome, str] = {
    "stayed": "Prediction did not move: relation ignored.",
    "moved": "Prediction moved with left and right.",
}


def _mirror(case: Case) -> Edit | NotApplicable:
    if with_sides_exchanged(case.text) is None:
        return _mirrored(case, "stay", None)
    return nowhere_to_go(case) or _mirrored(case, "move", None)


def _mirror_and_words(case: Case) -> Edit | NotApplicable:
    text = with_sides_exchanged(case.text)
    if text is None:
        return NotApplicable("The sentence says neither left nor right.")
    return _mirrored(case, "stay", text)


def _mirrored(case: Case, expected: Expected, text: str | None) -> Edit:
    x_m = middle_m(case)
    return Edit(
        expected,
        text=text,
        boxes=tuple(mirrored_box(item.box, x_m) for item in case.proposals),
        scene=mirrored(case.scene, x_m, name=f"mirrored {x_m:.6f}"),
        boxes_are_places=False,
        note="left and right exchanged",
        says=_SIDES_SAID if expected == "move" else {},
    )


def _exchange(case: Case) -> Edit | NotApplicable:
    if not case.look_alikes:
        return NotApplicable(f"No other {case.class_name} is here to exchange places with.")
    if not is_spatial(case.text):
        return NotApplicable("The sentence says nothing of place.")
    pair = (case.chosen, case.look_alikes[0])
    boxes = [item.box for item in case.proposals]
    one, other = boxes[pair[0]], boxes[pair[1]]
    boxes[pair[0]], boxes[pair[1]] = standing_at(one, other), standing_at(other, one)
    return Edit(
        "either" if names_looks(case.text) else "stay",
        boxes=tuple(boxes),
        pair=pair,
        exchanged_places=True,
        note=f"{case.name_of(pair[0])} and {case.name_of(pair[1])}",
    )


def _move(case: Case) -> Edit | NotApplicable:
    if not is_spatial(case.text):
        return NotApplicable("The sentence says nothing of place.")
    nowhere = nowhere_to_go(case)
    if nowhere is not None:
        return nowhere
    boxes = [item.box for item in case.proposals]
    boxes[case.chosen] = carried_across(case, boxes[case.chosen])
    moved_m = float(np.linalg.norm(np.subtract(boxes[case.chosen].center, _center(case))))
    return Edit("either", boxes=tuple(boxes), note=f"{moved_m:.1f} m across the room")


def carried_across(case: Case, box: Box) -> Box:
    """The box in that corner of the room, as far as candidates reach, that is farthest from it."""
    half = np.array(box.size[:2]) / 2
    lower, upper = room_of(case)
    lower, upper = lower + half, upper - half
    here = np.array(box.center[:2])
    x, y = np.where(upper - here > here - lower, upper, lower).tolist()
    return Box((x, y, box.center[2]), box.size)


def room_of(case: Case) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(2,) and (2,): least and largest x and y of all candidates, metres."""
    rows = box_rows(item.box for item in case.proposals)
    half = rows[:, 3:5] / 2
    return (rows[:, :2] - half).min(axis=0), (rows[:, :2] + half).max(axis=0)


def standing_at(box: Box, place: Box) -> Box:
    """A box where another one stands: over the middle of its foot."""
    x, y, z = place.center
    foot_m = z - place.size[2] / 2
    return Box((x, y, foot_m + box.size[2] / 2), box.size)


def middle_m(case: Case) -> float:
    """X of the middle of all candidates, aligned metres."""
    lower, upper = room_of(case)
    return float(lower[0] + upper[0]) / 2


def _center(case: Case) -> tuple[float, float, float]:
    return case.proposals[case.chosen].box.center


GEOMETRY: tuple[Probe, ...] = (
    Probe(
        "mirror",
        "Mirror left and right",
        "geometry",
        "Mirrors the room, and the words stay: the answer should move where they say left or "
        "right, and stay where they do not.",
        {
            "stayed": "Prediction stayed with its object in the mirrored room.",
            "moved": "Prediction moved in the mirrored room, though the words say no side.",
        },
        _mirror,
    ),
    Probe(
        "mirror-words",
        "Mirror room and words",
        "geometry",
        "Mirrors the room and the words: the same object is meant, so the answer should stay.",
        {
            "stayed": "Prediction stayed with its object in the mirrored room.",
            "moved": "Prediction moved, although room and words were mirrored alike.",
        },
        _mirror_and_words,
    ),
    Probe(
        "exchange-places",
        "Exchange places with a look-alike",
        "geometry",
        "The answer and its likeliest look-alike exchange places with their looks; the answer "
        "should stay at its place, where the other one now stands.",
        {
            "stayed": "Prediction stayed at its place, where the other {name} now stands.",
            "followed": "Prediction went with its {name}: place ignored.",
            "moved": "Prediction left both places when the pair was exchanged.",
        },
        _exchange,
    ),
    Probe(
        "move-object",
        "Move the answer across the room",
        "geometry",
        "Carries the chosen object to the other side of the room. Whether it is still meant "
        "there depends on the sentence, so either may happen.",
        {
            "stayed": "Prediction went along with the {name} ({note}).",
            "moved": "Prediction let the {name} go ({note}): its place decided.",
        },
        _move,
    ),
)
