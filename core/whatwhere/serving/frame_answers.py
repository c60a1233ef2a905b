"""`2d-frame` answers: a model points in a picture, then depth lifts what it said for the eye."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.evaluation.in_frame import frame_score, target_mask
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.lifting import lifted_box
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.models.frame_grounding import IN_FRAME, FrameGrounding, as_frame_pointer
from whatwhere.models.grounder import Grounder, IsCancelled, Progress
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import Scene


def answer_in_frame(
    grounder: Grounder,
    scene: Scene,
    text: str,
    frame: str | None = None,
    *,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> FrameGrounding:
    """Where a model points in one picture, lifted into the room once the scores are fixed.

    Args:
        grounder: any model.
        scene: whose pictures are looked at.
        text: the sentence.
        frame: name of the frame; None lets the model's scores choose.
        progress: told of every frame.
        is_cancelled: polled between two frames.

    Raises:
        NotSupportedError: the model does not point in pictures.
        ExpressionError: the sentence is empty.
        SceneError: there is no such frame, or none that can be read.
        Cancelled: `is_cancelled` returned True.
    """
    found = as_frame_pointer(grounder).point_in_frame(
        scene, text, frame, progress=progress, is_cancelled=is_cancelled
    )
    depth = _depth(scene, found.frame)
    if depth is None:
        return found
    return replace(found, lifted=lifted_box(found.mask_at(*depth.depth_m.shape), depth))


def frame_document(
    found: FrameGrounding, scene: Scene, target: Box | None = None
) -> dict[str, Any]:
    """The `2d-frame` part of the `ground` JSON document.

    Args:
        found: the answer.
        scene: that was asked about.
        target: what the answer is scored against; None gives no score.
    """
    depth = None if target is None else _depth(scene, found.frame)
    score = None
    if target is not None and depth is not None:
        score = frame_score(found.mask, found.best_patch, target_mask(target, depth)).as_json()
    return {**found.as_json(), "score": score}


class FrameAnswers:
    """Answers of a host; the scene of the last one stays open, for reading it costs most."""

    def __init__(self) -> None:
        self._scene: tuple[Path, Scene] | None = None

    def document(
        self,
        grounder: Grounder,
        path: Path,
        text: str,
        frame: str | None,
        *,
        target: Box | None = None,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> dict[str, Any]:
        """The answer of the `ground_in_frame` request.

        Raises:
            WhatWhereError: as `answer_in_frame`, or the scene cannot be opened.
        """
        as_frame_pointer(grounder)  # before anything is read
        if self._scene is None or self._scene[0] != path:
            self._scene = path, open_scene(path)
        scene = self._scene[1]
        started = time.perf_counter()
        found = answer_in_frame(
            grounder, scene, text, frame, progress=progress, is_cancelled=is_cancelled
        )
        elapsed_ms = (time.perf_counter() - started) * 1000
        return {
            "scene": scene.scene_id,
            "expression": text,
            "model": grounder.name,
            "device": grounder.device,
            IN_FRAME: frame_document(found, scene, target),
            "timings_ms": {"ground": round(elapsed_ms, 3)},
        }


def _depth(scene: Scene, name: str) -> PosedDepth | None:
    """Of a frame; None where its depth cannot be read, which takes nothing from the answer."""
    header = next(header for header in scene.frames if header.name == name)
    try:
        return scene.read_frame(header).depth
    except (BrokenFileError, MissingFileError):
        return None
