"""What lies at a path that somebody wants to open: which scan, and where its parts are."""

import os
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

from whatwhere.errors import BrokenFileError, MissingFileError, SceneError
from whatwhere.scenes.arkitscenes import arkit_id, find_arkit, find_ipad_frames
from whatwhere.scenes.import_choices import ImportChoices, read_choices
from whatwhere.scenes.layouts import ExportedFrames, FrameLayout, OwnScan, Recording, find_layout
from whatwhere.scenes.own_layouts import find_sequence
from whatwhere.scenes.scan_files import ScanFiles
from whatwhere.scenes.scannetpp import find_iphone_frames, find_scannetpp
from whatwhere.scenes.sens import SUFFIX

MESH_NAME = "_vh_clean_2.ply"

_TELLING_NAMES = (MESH_NAME, ".aggregation.json", "_aligned_bbox.npy", SUFFIX)
_FLAT = "posed_images"


@dataclass(frozen=True, slots=True)
class ScenePlace:
    """Where the parts of one scene lie.

    Attributes:
        folder: the scene's.
        scene_id: e.g. "scene0000_00".
        files: mesh and annotation.
        text: the scan's text file, which may be absent; None for a mesh on its own.
        layout: its frames, or None.
        recording: the `.sens` file it was asked for by, if it was.
        fault: why frames that are there cannot be used, or None.
    """

    folder: Path
    scene_id: str
    files: ScanFiles
    text: Path | None
    layout: FrameLayout | None
    recording: Path | None = None
    fault: BrokenFileError | None = None

    @property
    def is_bare(self) -> bool:
        """Whether there is nothing but frames."""
        files = self.files
        return files.mesh is None and files.boxes is None and files.oriented is None

    @property
    def takes_choices(self) -> bool:
        """Whether somebody can decide how its frames are to be read; others say it themselves."""
        return isinstance(self.layout, OwnScan | ExportedFrames)

    def read_as(self, choices: ImportChoices) -> "ScenePlace":
        """The same place, its frames read as somebody may decide."""
        if not isinstance(self.layout, OwnScan | ExportedFrames | Recording):
            return self
        return replace(self, layout=replace(self.layout, choices=choices))

    def without_effect(self, choices: ImportChoices) -> tuple[str, ...]:
        """Which of the choices change nothing, as the files themselves say it."""
        made = [item.name for item in fields(choices) if getattr(choices, item.name) is not None]
        if self.takes_choices:
            return ()
        heeded = ("up", "floor_m") if isinstance(self.layout, Recording) else ()
        return tuple(name for name in made if name not in heeded)


def find_place(path: Path) -> ScenePlace:
    """What a path stands for.

    Raises:
        MissingFileError: nothing is there.
        SceneError: what is there is not a scene.
        BrokenFileError: there is nothing but frames, and they are broken.
    """
    if not path.exists():
        raise MissingFileError(
            path,
            what="Scene",
            remedy="Check the path; a scene is a scan folder, a .sens recording or a PLY file",
        )
    path = Path(os.path.abspath(path))
    if path.is_dir():
        return scan_of_part(path) or _folder(path)
    if path.suffix.lower() == ".ply":
        place = scan_of_part(path)
        if place is not None:
            return place
    if path.suffix.lower() == SUFFIX:
        files = ScanFiles.find(path.parent, path.stem)
        text = path.with_suffix(".txt")
        recording = Recording(path, read_choices(path.parent))
        return ScenePlace(path.parent, path.stem, files, text, recording, path)
    if path.name.endswith(MESH_NAME):
        return _scan(path.parent, path.name.removesuffix(MESH_NAME))
    if path.suffix.lower() == ".ply":
        return _mesh(path)
    raise SceneError(
        "this is neither a folder nor a PLY file nor a .sens recording",
        remedy="Open a scan folder, a .sens recording or a PLY file",
        path=path,
    )


def scan_of_part(path: Path) -> ScenePlace | None:
    """The scan of ScanNet++ or ARKitScenes whose mesh or folder of frames this is, else None.

    Args:
        path: absolute.

    Raises:
        BrokenFileError: there is nothing but frames, and they are broken.
    """
    for folder in path.parents[:2]:
        place = _data_set_scan(folder, part=path)
        if place is not None:
            return _usable(place)
    return None


def scene_id_of(folder: Path) -> str:
    """The folder's name, or, if the files inside carry another, that one."""
    known = arkit_id(folder)
    if known is not None:
        return known
    if any((folder / f"{folder.name}{name}").is_file() for name in (*_TELLING_NAMES, ".txt")):
        return folder.name
    for name in _TELLING_NAMES:
        ids = [path.name.removesuffix(name) for path in folder.glob(f"*{name}")]
        if len(ids) == 1:
            return ids[0]
    mesh = _only_mesh(folder)
    return folder.name if mesh is None else mesh.stem


def place_in(folder: Path) -> ScenePlace | None:
    """What a folder holds: a scan, or a single mesh with or without frames; None for neither.

    Args:
        folder: absolute.

    Raises:
        BrokenFileError: there is nothing but frames, and they are broken.
    """
    known = _data_set_scan(folder)
    if known is not None:
        return _usable(known)
    scene_id = scene_id_of(folder)
    place = _scan(folder, scene_id)
    mesh = _only_mesh(folder)
    if place.files.mesh is None and mesh is not None and mesh.stem == scene_id:
        return _mesh(mesh)
    return _usable(place)


def _usable(place: ScenePlace) -> ScenePlace | None:
    """None for a place with nothing to see; its fault is raised where it says why."""
    if place.is_bare and place.fault is not None:
        raise place.fault
    return None if place.is_bare and place.layout is None else place


def _folder(folder: Path) -> ScenePlace:
    place = place_in(folder)
    if place is None:
        raise SceneError(
            "this folder is not a scene: it holds no mesh, no frames and no boxes",
            remedy=_what_to_open(folder, scene_id_of(folder)),
            path=folder,
        )
    return place


def _scan(folder: Path, scene_id: str) -> ScenePlace:
    """A scan whose files carry its name; those of EmbodiedScan's flat layout lie in two places."""
    scan = folder
    if folder.parent.name == _FLAT:
        scan = folder.parent.parent / "scans" / scene_id
    files = ScanFiles.find(scan, scene_id)
    layout, fault = _layout(folder, scene_id)
    return ScenePlace(folder, scene_id, files, scan / f"{scene_id}.txt", layout, fault=fault)


def _mesh(mesh: Path) -> ScenePlace:
    """A mesh with any name, and the frames beside it where it is the only one there."""
    folder, scene_id = mesh.parent, mesh.stem
    files = ScanFiles(mesh=mesh, aggregation=None, segments=None, boxes=None)
    if _only_mesh(folder) is None:
        return ScenePlace(folder, scene_id, files, None, None)
    layout, fault = _layout(folder, scene_id)
    is_stray = isinstance(layout, ExportedFrames) and not layout.has_whole_frame
    is_other = isinstance(layout, Recording) and layout.path.stem != scene_id
    if layout is None or is_stray or is_other:
        return ScenePlace(folder, scene_id, files, None, None, fault=fault)
    return ScenePlace(folder, scene_id, files, folder / f"{scene_id}.txt", layout)


def _data_set_scan(folder: Path, *, part: Path | None = None) -> ScenePlace | None:
    """A scan as ScanNet++ or ARKitScenes lay it out; None for any other folder.

    Args:
        folder: of the scan.
        part: if given, only where this is its mesh or the folder of its frames.
    """
    files, scene_id = find_scannetpp(folder), folder.name
    find: Callable[[], FrameLayout | None] = partial(find_iphone_frames, folder)
    parts = [folder / "iphone", folder / "scans"]
    if files is None:
        known = arkit_id(folder)
        if known is None:
            return None
        files, scene_id = find_arkit(folder, known), known
        find, parts = partial(find_ipad_frames, folder, known), [folder / f"{known}_frames"]
    if part is not None and part not in (files.mesh, *parts):
        return None
    layout, fault = _tried(find)
    return ScenePlace(folder, scene_id, files, folder / f"{scene_id}.txt", layout, fault=fault)


def _layout(folder: Path, scene_id: str) -> tuple[FrameLayout | None, BrokenFileError | None]:
    return _tried(partial(find_layout, folder, scene_id))


def _tried(
    find: Callable[[], FrameLayout | None],
) -> tuple[FrameLayout | None, BrokenFileError | None]:
    try:
        return find(), None
    except BrokenFileError as error:
        return None, error


def _only_mesh(folder: Path) -> Path | None:
    meshes = [path for path in folder.glob("*.[pP][lL][yY]") if path.is_file()]
    return meshes[0] if len(meshes) == 1 else None


def _what_to_open(folder: Path, scene_id: str) -> str:
    """The next step for a folder that is no scene: often it is the data set around the scans."""
    for pattern in (
        f"*/*{MESH_NAME}",
        f"scans/*/*{MESH_NAME}",
        f"*/*{SUFFIX}",
        f"scans/*/*{SUFFIX}",
        "*/*_3dod_mesh.ply",
        "Training/*/*_3dod_mesh.ply",
        "Validation/*/*_3dod_mesh.ply",
        "*/scans/mesh_aligned_0.05.ply",
        "data/*/scans/mesh_aligned_0.05.ply",
    ):
        found = next(folder.glob(pattern), None)
        if found is not None:
            scan = found.parent.parent if "mesh_aligned" in pattern else found.parent
            return f"Open one of the scans in it, such as {scan}"
    recording = next(iter(sorted(folder.glob(f"*{SUFFIX}"))), None)
    if recording is not None:
        return f"Open one of the recordings in it, such as {recording}"
    sequence = find_sequence(folder)
    if sequence is not None:
        return f"Open one of the sequences in it, such as {sequence}"
    return f"Open a scan folder, one with {scene_id}{MESH_NAME}, a .sens recording or color/ in it"
