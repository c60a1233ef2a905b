"""Probes of frames: as if some had not been taken."""

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.probes.edited_scene import without_frames
from whatwhere.evaluation.probes.probe import (
    Case,
    Edit,
    Expected,
    NotApplicable,
    Probe,
    nowhere_to_go,
)
from whatwhere.geometry.visibility import box_visibility

_LEAST_PIXELS = 4


def seen_pixels(case: Case, index: int) -> NDArray[np.int64]:
    """(F,) depth pixels of one candidate in each frame that the model looked at."""
    headers = {header.name: header for header in case.scene.frames}
    box = case.proposals[index].box
    found = []
    for name in case.frames:
        depth = case.scene.read_coarse_depth(headers[name])
        seen = box_visibility(
            depth.depth_m, depth.valid, depth.camera, depth.world_from_camera, [box]
        )
        found.append(int(seen.num_pixels[0]))
    return np.array(found, np.int64)


def dropping(case: Case, names: frozenset[str], expected: Expected, note: str) -> Edit:
    """The case as if these frames had not been taken."""
    listed = " ".join(sorted(names))
    return Edit(
        expected,
        without_frames=names,
        scene=without_frames(case.scene, names, name=f"without {listed}"),
        note=note,
    )


def _drop_best(case: Case) -> Edit | NotApplicable:
    if len(case.frames) < 2:
        return NotApplicable("There is one frame, and without it nothing would be seen.")
    pixels = seen_pixels(case, case.chosen)
    if not pixels.any():
        return NotApplicable("No frame shows the answer.")
    name = case.frames[int(pixels.argmax())]
    return dropping(case, frozenset({name}), "stay", f"frame {name}")


def _drop_all(case: Case) -> Edit | NotApplicable:
    nowhere = nowhere_to_go(case)
    if nowhere is not None:
        return nowhere
    pixels = seen_pixels(case, case.chosen)
    names = frozenset(
        name for name, count in zip(case.frames, pixels, strict=True) if count >= _LEAST_PIXELS
    )
    if not names:
        return NotApplicable("No frame shows the answer.")
    if len(names) == len(case.frames):
        return NotApplicable("Every frame shows the answer, so none would be left.")
    return dropping(case, names, "move", f"{len(names)} of {len(case.frames)} frames")


FRAMES: tuple[Probe, ...] = (
    Probe(
        "drop-frame",
        "Drop the frame that shows it best",
        "frames",
        "Forgets the frame with the most pixels of the answer; the answer should stay.",
        {
            "stayed": "Prediction stayed without {note}.",
            "moved": "Prediction moved without {note}: it hung on one picture.",
        },
        _drop_best,
    ),
    Probe(
        "drop-object-frames",
        "Drop every frame that shows it",
        "frames",
        "Forgets every frame that shows the answer; nothing tells any more what it is, so the "
        "answer should move.",
        {
            "stayed": "Prediction did not move without {note}: its pictures are not what decides.",
            "moved": "Prediction moved without {note}.",
        },
        _drop_all,
    ),
)
