"""From a path to a scene, whatever layout lies there."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from whatwhere.errors import (
    BrokenFileError,
    Cancelled,
    SceneError,
)
from whatwhere.scenes.data_set_frames import DataSetFrames
from whatwhere.scenes.health import alignment_faults
from whatwhere.scenes.import_choices import ImportChoices
from whatwhere.scenes.layouts import OnStep, Recording
from whatwhere.scenes.places import MESH_NAME, ScenePlace, find_place, scan_of_part, scene_id_of
from whatwhere.scenes.posed_frames import PosedFrames
from whatwhere.scenes.scan_files import SCANNET
from whatwhere.scenes.scan_text import ScanText, read_scan_text
from whatwhere.scenes.scannet import ScanNetSource
from whatwhere.scenes.scene import Mesh, Scene
from whatwhere.scenes.sens import SUFFIX

OnMesh = Callable[[Mesh], None]
"""Called with the mesh of a scene of which nothing else has been read yet."""


def open_scene(
    path: Path | str,
    *,
    choices: ImportChoices | None = None,
    on_step: OnStep | None = None,
    on_mesh: OnMesh | None = None,
) -> Scene:
    """Open a ScanNet scan folder, a `.sens` recording, or a PLY file.

    Only headers are read now: poses, intrinsics and image sizes. Mesh, objects and pixels follow
    when they are asked for. What is missing becomes a sentence in `Scene.warnings`.

    Args:
        path: the scan folder (also one with frames only), its mesh, its recording (whose frames
            are then used, exported ones or not), or any PLY file.
        choices: how the frames of an own scan are to be read; None as it was decided before.
        on_step: told of every frame whose header is read; what it raises stops the opening.
        on_mesh: wants the mesh before everything else; what it raises stops the opening too. Where
            there are frames and no mesh, it gets a surface made from their depth.

    Raises:
        MissingFileError: nothing is there.
        SceneError: what is there is not a scene.
        BrokenFileError: the scan's text file or an intrinsics file is broken, or, for `on_mesh`,
            the mesh.
    """
    place = find_place(Path(path))
    if choices is not None:
        place = place.read_as(choices)
    return open_place(place, on_step=on_step, on_mesh=on_mesh)


def open_place(
    place: ScenePlace, *, on_step: OnStep | None = None, on_mesh: OnMesh | None = None
) -> Scene:
    """As `open_scene`, what lies there being known."""
    return _open_place(place, _Wishes(on_step, on_mesh))


def read_whole_scene(
    path: Path | str,
    *,
    on_step: OnStep | None = None,
    on_mesh: OnMesh | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Scene:
    """Open a scene and read its mesh and objects too, so that nobody waits for them later.

    Args:
        path: as `open_scene`.
        on_step: told what is being read.
        on_mesh: gets the mesh, which is read first.
        is_cancelled: polled between steps.

    Raises:
        WhatWhereError: as `open_scene`, or the mesh or the annotation is broken.
        Cancelled: `is_cancelled` returned True.
    """

    def step(done: int, total: int, what: str) -> None:
        if is_cancelled():
            raise Cancelled("Opening the scene")
        if on_step is not None:
            on_step(done, total, what)

    def show(mesh: Mesh) -> None:
        if not is_cancelled() and on_mesh is not None:
            on_mesh(mesh)
        step(0, 0, "reading the frames' poses")

    step(0, 0, "reading the mesh")
    scene = open_scene(path, on_step=step, on_mesh=show)
    step(0, 0, "reading the objects")
    _ = scene.objects
    step(0, 0, "done")
    return scene


def scene_name(path: Path) -> tuple[str, str]:
    """Id and kind of the scene at a path without opening it; the kind is "" when unknown.

    Reads one small text file; a broken one counts as absent.
    """
    is_mesh = path.suffix.lower() == ".ply"
    if is_mesh and not path.name.endswith(MESH_NAME):  # a mesh of its own, with no text file
        place = scan_of_part(Path(os.path.abspath(path)))
        return path.stem if place is None else place.scene_id, ""
    is_recording = path.suffix.lower() == SUFFIX
    folder = path.parent if is_mesh or is_recording else path
    scene_id = path.stem if is_recording else scene_id_of(path)
    if is_mesh:
        scene_id = path.name.removesuffix(MESH_NAME)
    try:
        return scene_id, read_scan_text(folder / f"{scene_id}.txt").kind
    except BrokenFileError:
        return scene_id, ""


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What whoever opens a scene wants to be told."""

    on_step: OnStep | None
    on_mesh: OnMesh | None


def _open_place(place: ScenePlace, wishes: _Wishes) -> Scene:
    scene_id, files = place.scene_id, place.files
    text = ScanText.empty() if place.text is None else read_scan_text(place.text)
    warnings: list[str] = []
    text = _set_upright(place, text, warnings)
    source = ScanNetSource(files, text.aligned_from_mesh, None, warnings, recording=place.recording)
    mesh = None
    if wishes.on_mesh is not None and files.mesh is not None:
        mesh = source.read_mesh()
        assert mesh is not None
        wishes.on_mesh(mesh)
    source.frames = _open_frames(place, text, wishes, warnings)
    if text.is_aligned:
        warnings += alignment_faults(text.aligned_from_mesh)
    warnings += _missing_parts(place, source)
    warnings += _frame_warnings(source.frames)
    if mesh is None and wishes.on_mesh is not None and source.fuses_depth:
        mesh = source.fuse(on_step=wishes.on_step)
        if mesh is not None:
            wishes.on_mesh(mesh)
    scene = Scene(
        scene_id=scene_id,
        folder=place.folder,
        headers=() if source.frames is None else source.frames.headers,
        aligned_from_mesh=text.aligned_from_mesh,
        is_aligned=text.is_aligned,
        source=source,
        warnings=warnings,
        kind=text.kind,
    )
    if mesh is not None:
        scene.mesh = mesh
    return scene


def _set_upright(place: ScenePlace, text: ScanText, warnings: list[str]) -> ScanText:
    """The text, turned as the layout wishes where it has no axisAlignment of its own."""
    if text.is_aligned:
        return text
    found = None if place.layout is None else place.layout.upright()
    said = f"{place.scene_id} has no axisAlignment: "
    data_set = place.files.data_set
    if data_set.axes:
        said += f"in {data_set.name} {data_set.axes}"
    elif found is None:
        said += "the scan is shown as it was captured"
    else:
        said += f"the axis {found.up} of its files is shown upwards"
        said += ", judging by the cameras" if found.is_guess else ""
        text = replace(text, aligned_from_mesh=found.aligned_from_mesh)
    warnings.append(f"{said}, and its boxes do not compare with the benchmark's.")
    return text


def _open_frames(
    place: ScenePlace, text: ScanText, wishes: _Wishes, warnings: list[str]
) -> PosedFrames | None:
    """The frames; where all are broken at once, the mesh that lies beside them is kept."""
    error: BrokenFileError | SceneError | None = place.fault
    if place.layout is not None:
        try:
            return place.layout.open(text, on_step=wishes.on_step)
        except (BrokenFileError, SceneError) as raised:
            if place.is_bare or not isinstance(place.layout, Recording | DataSetFrames):
                raise
            error = raised
    if error is not None:
        warnings.append(f"The frames are left out. {error}")
    return None


def _missing_parts(place: ScenePlace, source: ScanNetSource) -> list[str]:
    warnings, scene_id, files = [], place.scene_id, source.files
    if source.fuses_depth:
        warnings.append(f"{scene_id} has no mesh: the window shows a surface made from depth.")
    elif files.mesh is None:
        warnings.append(f"{scene_id} has no mesh ({files.data_set.mesh.format(scene_id)}).")
    if not files.is_annotated:
        needs = "its aggregation and segs files"
        if files.data_set is not SCANNET:
            needs = " and ".join(files.missing_for_objects(scene_id))
        warnings.append(f"{scene_id} has no annotated objects; it needs {needs}.")
    if place.layout is None and place.fault is None:
        warnings.append(f"{scene_id} has no frames ({files.data_set.frames}).")
    return warnings


def _frame_warnings(frames: PosedFrames | None) -> list[str]:
    if frames is None:
        return []
    warnings = [*frames.faults, *frames.calibration.assumptions]
    dropped: dict[str, list[str]] = {}
    for header in frames.headers:
        if header.fault is not None:
            dropped.setdefault(header.fault, []).append(header.name)
    for fault, names in dropped.items():
        were = "was" if len(names) == 1 else "were"
        named = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        warnings.append(
            f"{len(names)} of {len(frames.headers)} frames {were} dropped ({named}): {fault}."
        )
    return warnings
