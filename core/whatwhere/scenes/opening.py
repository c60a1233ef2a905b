"""From a path to a scene, whatever layout lies there."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from whatwhere.errors import (
    BrokenFileError,
    Cancelled,
    MissingFileError,
    SceneError,
)
from whatwhere.scenes.health import alignment_faults
from whatwhere.scenes.layouts import FrameLayout, OnStep, Recording, find_layout
from whatwhere.scenes.posed_frames import PosedFrames
from whatwhere.scenes.scan_text import ScanText, read_scan_text
from whatwhere.scenes.scannet import ScanFiles, ScanNetSource
from whatwhere.scenes.scene import Mesh, Scene
from whatwhere.scenes.sens import SUFFIX

_MESH_NAME = "_vh_clean_2.ply"
_TELLING_NAMES = (_MESH_NAME, ".aggregation.json", "_aligned_bbox.npy", SUFFIX)
_SCENES = "Open a ScanNet scan folder, a .sens recording or a PLY file"

OnMesh = Callable[[Mesh], None]
"""Called with the mesh of a scene of which nothing else has been read yet."""


def open_scene(
    path: Path | str, *, on_step: OnStep | None = None, on_mesh: OnMesh | None = None
) -> Scene:
    """Open a ScanNet scan folder, a `.sens` recording, or a PLY file.

    Only headers are read now: poses, intrinsics and image sizes. Mesh, objects and pixels follow
    when they are asked for. What is missing becomes a sentence in `Scene.warnings`.

    Args:
        path: the scan folder (also one with frames only), its mesh, its recording (whose frames
            are then used, exported ones or not), or any PLY file.
        on_step: told of every frame whose header is read; what it raises stops the opening.
        on_mesh: wants the mesh before everything else; what it raises stops the opening too.

    Raises:
        MissingFileError: nothing is there.
        SceneError: what is there is not a scene.
        BrokenFileError: the scan's text file or an intrinsics file is broken, or, for `on_mesh`,
            the mesh.
    """
    path = Path(path)
    wishes = _Wishes(on_step, on_mesh)
    if not path.exists():
        raise MissingFileError(
            path,
            what="Scene",
            remedy="Check the path; a scene is a ScanNet folder, a .sens recording or a PLY file",
        )
    if path.is_dir():
        folder = Path(os.path.abspath(path))
        scene_id = _scene_id(folder)
        return _open_folder(folder, scene_id, ScanFiles.find(folder, scene_id), wishes)
    path = Path(os.path.abspath(path))
    if path.suffix.lower() == SUFFIX:
        files = ScanFiles.find(path.parent, path.stem)
        return _open_folder(path.parent, path.stem, files, wishes, recording=path)
    if path.suffix.lower() != ".ply":
        raise SceneError(
            "this is neither a folder nor a PLY file nor a .sens recording",
            remedy=_SCENES,
            path=path,
        )
    if path.name.endswith(_MESH_NAME):
        scene_id = path.name.removesuffix(_MESH_NAME)
        files = ScanFiles.find(path.parent, scene_id)
        return _open_folder(path.parent, scene_id, files, wishes)
    alone = ScanFiles(mesh=path, aggregation=None, segments=None, boxes=None)
    return _open_folder(path.parent, path.stem, alone, wishes, alone=True)


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
    if is_mesh and not path.name.endswith(_MESH_NAME):  # a mesh of its own, with no text file
        return path.stem, ""
    is_recording = path.suffix.lower() == SUFFIX
    folder = path.parent if is_mesh or is_recording else path
    scene_id = path.stem if is_recording else _scene_id(path)
    if is_mesh:
        scene_id = path.name.removesuffix(_MESH_NAME)
    try:
        return scene_id, read_scan_text(folder / f"{scene_id}.txt").kind
    except BrokenFileError:
        return scene_id, ""


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What whoever opens a scene wants to be told."""

    on_step: OnStep | None
    on_mesh: OnMesh | None


def _open_folder(
    folder: Path,
    scene_id: str,
    files: ScanFiles,
    wishes: _Wishes,
    *,
    alone: bool = False,
    recording: Path | None = None,
) -> Scene:
    """The scene of these files; `alone` when nothing else in the folder belongs to the mesh."""
    layout = None if alone else find_layout(folder, scene_id)
    if recording is not None:
        layout = Recording(recording)
    is_bare = files.mesh is None and files.boxes is None
    if is_bare and layout is None:
        raise SceneError(
            "this folder is not a scene: it holds no mesh, no frames and no boxes",
            remedy=_what_to_open(folder, scene_id),
            path=folder,
        )
    text = ScanText.empty() if alone else read_scan_text(folder / f"{scene_id}.txt")
    warnings: list[str] = []
    source = ScanNetSource(files, text.aligned_from_mesh, None, warnings, recording=recording)
    mesh = None
    if wishes.on_mesh is not None and files.mesh is not None:
        mesh = source.read_mesh()
        assert mesh is not None
        wishes.on_mesh(mesh)
    frames = None
    if layout is not None:
        frames = _open_frames(layout, text, wishes, warnings, is_bare=is_bare)
    source.frames = frames
    if not text.is_aligned:
        warnings.append(
            f"{scene_id} has no axisAlignment: the scan is shown as it was captured, "
            "and its boxes do not compare with the benchmark's."
        )
    warnings += alignment_faults(text.aligned_from_mesh)
    warnings += _missing_parts(scene_id, source, has_frames=layout is not None)
    warnings += _frame_warnings(frames)
    scene = Scene(
        scene_id=scene_id,
        folder=folder,
        headers=() if frames is None else frames.headers,
        aligned_from_mesh=text.aligned_from_mesh,
        is_aligned=text.is_aligned,
        source=source,
        warnings=warnings,
        kind=text.kind,
    )
    if mesh is not None:
        scene.mesh = mesh
    return scene


def _what_to_open(folder: Path, scene_id: str) -> str:
    """The next step for a folder that is no scene: often it is the data set around the scans."""
    for pattern in (f"*/*{_MESH_NAME}", f"scans/*/*{_MESH_NAME}"):
        mesh = next(folder.glob(pattern), None)
        if mesh is not None:
            return f"Open one of the scans in it, such as {mesh.parent}"
    return f"Open a ScanNet scan folder, one with {scene_id}{_MESH_NAME} or color/ in it"


def _scene_id(folder: Path) -> str:
    """The folder's name, or, if the files inside carry another, that one."""
    if any((folder / f"{folder.name}{name}").is_file() for name in (*_TELLING_NAMES, ".txt")):
        return folder.name
    for name in _TELLING_NAMES:
        ids = [path.name.removesuffix(name) for path in folder.glob(f"*{name}")]
        if len(ids) == 1:
            return ids[0]
    return folder.name


def _open_frames(
    layout: FrameLayout, text: ScanText, wishes: _Wishes, warnings: list[str], *, is_bare: bool
) -> PosedFrames | None:
    """The frames; a broken recording is no reason to give up a mesh that lies beside it."""
    try:
        return layout.open(text, on_step=wishes.on_step)
    except (BrokenFileError, SceneError) as error:
        if is_bare or not isinstance(layout, Recording):
            raise
        warnings.append(f"The frames are left out. {error}")
        return None


def _missing_parts(scene_id: str, source: ScanNetSource, *, has_frames: bool) -> list[str]:
    warnings = []
    if source.files.mesh is None:
        warnings.append(f"{scene_id} has no mesh ({scene_id}{_MESH_NAME}).")
    if not source.is_annotated:
        warnings.append(
            f"{scene_id} has no annotated objects; it needs its aggregation and segs files."
        )
    if not has_frames:
        warnings.append(
            f"{scene_id} has no frames (color, depth and pose folders, or a .sens recording)."
        )
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
