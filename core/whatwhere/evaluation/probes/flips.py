"""Ever larger edits of a case, until one changes the answer: what it hangs on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from whatwhere.evaluation.probes.catalogue import PROBES
from whatwhere.evaluation.probes.frames import dropping
from whatwhere.evaluation.probes.geometry import room_of
from whatwhere.evaluation.probes.phrases import phrases_in
from whatwhere.evaluation.probes.probe import Case, Edit, Family, NotApplicable
from whatwhere.geometry.boxes import Box

FlipKind = Literal["word", "move", "frame", "probe"]

_WORD = re.compile(r"[\w'-]+")
_EMPTY = frozenset({"a", "an", "the", "is", "are", "that", "to", "of", "me", "i"})
_STEPS_M = (0.1, 0.25, 0.5, 1.0, 2.0)
_WAYS = ((1.0, 0.0, "+x"), (-1.0, 0.0, "-x"), (0.0, 1.0, "+y"), (0.0, -1.0, "-y"))
_FAMILY_ORDER: tuple[Family, ...] = ("words", "geometry", "frames", "colour", "depth")


@dataclass(frozen=True, slots=True, eq=False)
class Flip:
    """An edit that may change the answer.

    Attributes:
        kind: what is edited.
        says: the edit, as a phrase: "without the word “door”".
        edit: what the model is shown.
    """

    kind: FlipKind
    says: str
    edit: Edit


def flips(case: Case) -> Iterator[Flip]:
    """Edits from small to large: a word less, the answer moved, a frame less, then the probes."""
    yield from _words(case)
    yield from _moves(case)
    for name in case.frames if len(case.frames) > 1 else ():
        said = f"frame {name}"
        yield Flip("frame", f"without {said}", dropping(case, frozenset({name}), "either", said))
    for family in _FAMILY_ORDER:
        for probe in PROBES:
            if probe.family == family:
                edit = probe.plan(case)
                if not isinstance(edit, NotApplicable):
                    yield Flip("probe", f"under “{probe.title}” ({edit.note})", edit)


def _words(case: Case) -> Iterator[Flip]:
    """A word of the relation less; without what it is about the sentence would be another."""
    phrases = phrases_in(case.text)
    for match in _WORD.finditer(case.text, phrases[0].start) if phrases else ():
        left = " ".join((case.text[: match.start()] + case.text[match.end() :]).split())
        if match.group().lower() not in _EMPTY and _WORD.search(left):
            note = f"without the word “{match.group()}”"
            yield Flip("word", note, Edit("either", text=left, note=note))


def _moves(case: Case) -> Iterator[Flip]:
    """The answer a little way along each axis, as far as the room reaches."""
    lower, upper = room_of(case)
    box = case.proposals[case.chosen].box
    half = np.array(box.size[:2]) / 2
    for step_m in _STEPS_M:
        for dx, dy, way in _WAYS:
            x, y = box.center[0] + dx * step_m, box.center[1] + dy * step_m
            here = np.array([x, y])
            if (here - half < lower).any() or (here + half > upper).any():
                continue
            boxes = [item.box for item in case.proposals]
            boxes[case.chosen] = Box((x, y, box.center[2]), box.size)
            note = f"with {case.name_of(case.chosen)} moved {step_m:g} m along {way}"
            yield Flip("move", note, Edit("either", boxes=tuple(boxes), note=note))
