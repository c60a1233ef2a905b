"""Probes of colour: shapes and places stay as they are."""

from collections.abc import Callable
from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.probes.edited_scene import FrameEdit, with_frames_edited
from whatwhere.evaluation.probes.probe import Case, Edit, Expected, NotApplicable, Probe
from whatwhere.evaluation.probes.recolour import (
    Colours,
    colours_of,
    difference,
    in_another_hue,
    in_grey,
    pixels_of,
    recoloured,
)
from whatwhere.geometry.boxes import Box
from whatwhere.language.relations import names_looks
from whatwhere.scenes.scene import Frame

_LEAST_PIXELS = 150
_LEAST_DIFFERENCE = 12.0
_LOOKS = NotApplicable("The sentence names looks, so in other colours another answer may be right.")


def _everywhere(
    name: str, change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], note: str
) -> Callable[[Case], Edit | NotApplicable]:
    def plan(case: Case) -> Edit | NotApplicable:
        if names_looks(case.text):
            return _LOOKS
        scene = with_frames_edited(
            case.scene, lambda frame: replace(frame, color=change(frame.color)), name=name
        )
        return Edit("stay", scene=scene, must_look=True, note=note)

    return plan


def _exchange(case: Case) -> Edit | NotApplicable:
    if not case.look_alikes:
        return NotApplicable(f"No other {case.class_name} is here to exchange colours with.")
    pair = (case.chosen, case.look_alikes[0])
    edit = exchanged_colours(case, pair)
    if isinstance(edit, NotApplicable):
        return edit
    scene = with_frames_edited(case.scene, edit, name=f"colours {pair[0]} {pair[1]}")
    expected: Expected = "follow" if names_looks(case.text) else "stay"
    note = f"{case.name_of(pair[0])} and {case.name_of(pair[1])}"
    return Edit(expected, scene=scene, must_look=True, pair=pair, note=note)


def exchanged_colours(case: Case, pair: tuple[int, int]) -> FrameEdit | NotApplicable:
    """Gives each of two candidates the other's colours, in every frame.

    Each keeps its texture and light: only mean and spread of its colours are exchanged.

    Args:
        case: whose frames are looked through.
        pair: indices of two candidates.

    Returns:
        The edit; or why it cannot be done cleanly: one of them is hardly seen, or they look alike.
    """
    shapes = [_own_and_others(case, index) for index in pair]
    found: list[list[NDArray[np.uint8]]] = [[], []]
    headers = {header.name: header for header in case.scene.frames}
    for name in case.frames:
        frame = case.scene.read_frame(headers[name])
        for (box, others), pixels in zip(shapes, found, strict=True):
            pixels.append(frame.color[pixels_of(frame, box, others)])
    one, other = (np.concatenate([np.empty((0, 3), np.uint8), *pixels]) for pixels in found)
    if min(len(one), len(other)) < _LEAST_PIXELS:
        return NotApplicable(
            f"One of the two {case.class_name}s shows fewer than {_LEAST_PIXELS} pixels, "
            "so their colours cannot be exchanged cleanly."
        )
    colours = colours_of(one), colours_of(other)
    if difference(*colours) < _LEAST_DIFFERENCE:
        return NotApplicable(f"The two {case.class_name}s have the same colours already.")
    return _exchanging(shapes, colours)


def _exchanging(
    shapes: list[tuple[Box, tuple[Box, ...]]], colours: tuple[Colours, Colours]
) -> FrameEdit:
    def edit(frame: Frame) -> Frame:
        color = frame.color.copy()
        for (box, others), own, wanted in zip(shapes, colours, reversed(colours), strict=True):
            here = pixels_of(frame, box, others)
            color[here] = recoloured(frame.color[here], own, wanted)
        return replace(frame, color=color)

    return edit


def _own_and_others(case: Case, index: int) -> tuple[Box, tuple[Box, ...]]:
    """A candidate's box, and those of smaller things, whose pixels are their own."""
    box = case.proposals[index].box
    return box, tuple(
        item.box
        for number, item in enumerate(case.proposals)
        if number != index and prod(item.box.size) < prod(box.size) and _touch(item.box, box)
    )


def _touch(one: Box, other: Box) -> bool:
    return bool((one.lower < other.upper).all() and (other.lower < one.upper).all())


COLOUR: tuple[Probe, ...] = (
    Probe(
        "grey",
        "Take the colours out",
        "colour",
        "Shows every frame in grey; where the sentence names no looks, the answer should stay.",
        {
            "stayed": "Prediction stayed without colours.",
            "moved": "Prediction moved when the colours went: it went by them.",
        },
        _everywhere("grey", in_grey, "grey"),
    ),
    Probe(
        "hue",
        "Turn every hue",
        "colour",
        "Turns red to green and green to blue; where the sentence names no looks, the answer "
        "should stay.",
        {
            "stayed": "Prediction stayed in other colours.",
            "moved": "Prediction moved in other colours: it went by them.",
        },
        _everywhere("hue", in_another_hue, "hue turned by a third"),
    ),
    Probe(
        "exchange-colours",
        "Exchange colours with a look-alike",
        "colour",
        "Gives the answer and its likeliest look-alike each other's colours; the answer should "
        "stay at its place, or follow the colour where the sentence names it.",
        {
            "stayed": "Prediction stayed at its place when the colours were exchanged ({note}).",
            "followed": "Prediction followed the colours to the other {name}.",
            "moved": "Prediction left both of the pair when their colours were exchanged.",
        },
        _exchange,
    ),
)
