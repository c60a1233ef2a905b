"""Probes of depth: colours, poses and the candidates' boxes stay as they are."""

from dataclasses import replace
from zlib import crc32

import numpy as np

from whatwhere.evaluation.probes.edited_scene import with_frames_edited
from whatwhere.evaluation.probes.probe import Case, Edit, NotApplicable, Probe
from whatwhere.scenes.scene import Frame

_NOISE_SHARE = 0.01
"""Standard deviation of the noise as a share of the depth: a poor depth camera's."""


def _noise(case: Case) -> Edit | NotApplicable:
    def edit(frame: Frame) -> Frame:
        rng = np.random.default_rng(crc32(frame.name.encode()))
        noise = rng.standard_normal(frame.depth_m.shape, np.float32) * np.float32(_NOISE_SHARE)
        return replace(frame, depth_m=frame.depth_m * np.maximum(1 + noise, np.float32(0.5)))

    scene = with_frames_edited(case.scene, edit, name="depth noise")
    return Edit("stay", scene=scene, must_look=True, note="1 % of each depth")


def _shuffle(case: Case) -> Edit | NotApplicable:
    names = case.frames
    if len(names) < 2:
        return NotApplicable("There is one frame, so no other depth image to take.")
    headers = {header.name: header for header in case.scene.frames}
    # A cycle through all in a drawn order, so that no frame keeps its own.
    order = np.random.default_rng(crc32(case.scene.scene_id.encode())).permutation(len(names))
    taken = {names[one]: names[other] for one, other in zip(order, np.roll(order, 1), strict=True)}

    def edit(frame: Frame) -> Frame:
        if frame.name not in taken:
            return frame
        other = case.scene.read_frame(headers[taken[frame.name]])
        return replace(
            frame,
            depth_m=other.depth_m,
            depth_valid=other.depth_valid,
            depth_camera=other.depth_camera,
        )

    scene = with_frames_edited(case.scene, edit, name="depth shuffled")
    return Edit("either", scene=scene, must_look=True, note="depth images dealt out")


DEPTH: tuple[Probe, ...] = (
    Probe(
        "depth-noise",
        "Add noise to depth",
        "depth",
        "Adds the noise of a poor depth camera; the answer should stay.",
        {
            "stayed": "Prediction stayed under noise of {note}.",
            "moved": "Prediction moved under noise of {note}: it hangs on small differences.",
        },
        _noise,
    ),
    Probe(
        "depth-shuffle",
        "Deal the depth images out",
        "depth",
        "Gives every frame the depth of another one. Candidates keep their boxes, so either may "
        "happen: it shows whether the depth images matter.",
        {
            "stayed": "Prediction did not move: the depth images are not what decides.",
            "moved": "Prediction moved: the depth images matter.",
        },
        _shuffle,
    ),
)
