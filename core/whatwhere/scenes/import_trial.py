"""An own scan as it would look if its files were read in some way, before that is decided."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, Cancelled, SceneError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.agreement import frame_agreement_m
from whatwhere.scenes.floors import floor_height_m
from whatwhere.scenes.import_asking import assumed_camera
from whatwhere.scenes.import_checks import MeshAgreement, better_reading, mesh_agreement
from whatwhere.scenes.import_choices import CameraNumbers, ImportChoices
from whatwhere.scenes.layouts import ExportedFrames, OnStep, OwnScan
from whatwhere.scenes.opening import open_place
from whatwhere.scenes.places import ScenePlace, find_place
from whatwhere.scenes.scannet import ScanNetSource
from whatwhere.scenes.scene import Mesh, Scene
from whatwhere.scenes.uprights import Up

MAX_TRIED = 32
"""Frames, spread over the capture, that a trial looks at."""

_STEPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class ImportTrial:
    """What came of reading a scan in one way; nothing is kept.

    Heights and places are in aligned metres with the floor where the files have it.

    Attributes:
        scene_id: of the scan.
        folder: that choices are kept in.
        choices: with which it was read, what nobody chose filled in as the layout has it; its
            floor is the one that was found, or None.
        is_up_guessed: the cameras told what is up.
        is_camera_assumed: no file tells the intrinsics.
        mesh: the scan's, or a surface made from depth; None where frames measured nothing.
        has_mesh: the scan has one of its own.
        cameras: of the frames that could be used: intrinsics and (4, 4) poses.
        num_frames: of the scan.
        num_tried: that were looked at.
        faults: why some of these cannot be used, and how many.
        frames_apart_m: median distance between what neighbours measured; None where they tell
            nothing.
        on_mesh: how far depth lies from the scan's own mesh; None without one, or where no frame
            sees it.
        median_depth_m: of what was measured; None where nothing was.
        better: a reading that agrees clearly better, and its distance in metres; None without.
    """

    scene_id: str
    folder: Path
    choices: ImportChoices
    is_up_guessed: bool
    is_camera_assumed: bool
    mesh: Mesh | None
    has_mesh: bool
    cameras: tuple[tuple[Intrinsics, Matrix4], ...]
    num_frames: int
    num_tried: int
    faults: dict[str, int]
    frames_apart_m: float | None
    on_mesh: MeshAgreement | None
    median_depth_m: float | None
    better: tuple[ImportChoices, float] | None

    @property
    def camera_heights_m(self) -> NDArray[np.float64]:
        """(n,) of the usable frames' cameras."""
        return np.array([pose[2, 3] for _, pose in self.cameras], float)


def try_choices(
    path: Path,
    choices: ImportChoices,
    *,
    on_step: OnStep = lambda *_: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> ImportTrial:
    """Read some frames of an own scan in one way and say how well they fit.

    Raises:
        WhatWhereError: it cannot be opened, in whatever way.
        Cancelled: `is_cancelled` returned True.
    """

    def step(done: int, total: int, what: str) -> None:
        if is_cancelled():
            raise Cancelled("Reading the scan as chosen")
        on_step(done, total, what)

    step(0, _STEPS, "finding the frames")
    whole = find_place(path)
    place, num_frames = _thinned(whole)
    camera = choices.camera or assumed_camera(place)
    level = replace(choices, floor_m=None, camera=camera)
    place = place.read_as(level)
    scene = open_place(place, on_step=lambda *_: step(1, _STEPS, "reading poses"))
    turned = None if place.layout is None else place.layout.upright()
    up: Up = "+z" if turned is None else turned.up
    source = scene.source
    assert isinstance(source, ScanNetSource)
    step(2, _STEPS, "reading the mesh" if source.files.mesh else "making a surface from depth")
    has_mesh = source.files.mesh is not None
    mesh = scene.mesh
    if mesh is None and source.fuses_depth:
        mesh = source.fuse(on_step=lambda *_: step(2, _STEPS, "making a surface from depth"))
    step(3, _STEPS, "comparing frames")
    apart_m = frame_agreement_m(scene)
    on_mesh = mesh_agreement(scene) if has_mesh else None
    step(3, _STEPS, "trying other readings")
    better = better_reading(place, replace(level, up=up), scene)
    faults: dict[str, int] = {}
    for header in scene.headers:
        if header.fault is not None:
            faults[header.fault] = faults.get(header.fault, 0) + 1
    step(_STEPS, _STEPS, "done")
    return ImportTrial(
        scene_id=scene.scene_id,
        folder=whole.folder,
        choices=ImportChoices(
            pose=choices.pose or "world_from_camera",
            axes=choices.axes or "opencv",
            depth_units_per_m=scene.source.depth_units_per_m,
            camera=camera or _camera_of(scene),
            up=up,
            floor_m=None if mesh is None else floor_height_m(mesh),
        ),
        is_up_guessed=turned is not None and turned.is_guess,
        is_camera_assumed=choices.camera is None
        and (camera is not None or any("No file tells" in text for text in scene.warnings)),
        mesh=mesh,
        has_mesh=has_mesh,
        cameras=tuple(
            (header.camera, header.world_from_camera)
            for header in scene.frames
            if header.camera is not None and header.world_from_camera is not None
        ),
        num_frames=num_frames,
        num_tried=len(scene.headers),
        faults=faults,
        frames_apart_m=apart_m,
        on_mesh=on_mesh,
        median_depth_m=_median_depth_m(scene),
        better=better,
    )


def _thinned(place: ScenePlace) -> tuple[ScenePlace, int]:
    """The place with a few of its frames, and how many there are."""
    layout = place.layout
    if isinstance(layout, OwnScan):
        files = layout.found.files
        step = max(1, -(-len(files) // MAX_TRIED))
        found = replace(layout.found, files=files[::step])
        return replace(place, layout=replace(layout, found=found)), len(files)
    if isinstance(layout, ExportedFrames):
        step = max(1, -(-len(layout.files) // MAX_TRIED))
        few = replace(layout, files=layout.files[::step])
        return replace(place, layout=few), len(layout.files)
    raise SceneError(
        "how its frames are to be read is known: there is nothing to choose",
        remedy="Open it as it is",
        path=place.folder,
    )


def _camera_of(scene: Scene) -> CameraNumbers | None:
    found = next((header.camera for header in scene.frames), None)
    if found is None:
        return None
    return found.fx, found.fy, found.cx, found.cy, found.width, found.height


def _median_depth_m(scene: Scene) -> float | None:
    for header in scene.frames:
        try:
            depth = scene.read_coarse_depth(header)
        except BrokenFileError:
            continue
        if depth.valid.any():
            return float(np.median(depth.depth_m[depth.valid]))
    return None
