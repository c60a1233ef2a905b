"""Which scans a folder holds, told by the rules that open them, but without opening one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from whatwhere.errors import BrokenFileError, SceneError
from whatwhere.scenes.data_set_frames import DataSetFrames
from whatwhere.scenes.import_choices import NAME
from whatwhere.scenes.kept_facts import Stamp, stamps_of
from whatwhere.scenes.layouts import ExportedFrames, FrameLayout, OwnScan, Recording
from whatwhere.scenes.places import ScenePlace, find_place, place_in
from whatwhere.scenes.scan_files import SCANNET
from whatwhere.scenes.scan_text import read_scan_text
from whatwhere.scenes.sens import SUFFIX

Part = Literal["mesh", "frames", "objects", "sentences"]
"""What may be there of a scan; "objects" are the annotated ones."""

PARTS: tuple[Part, ...] = get_args(Part)

_MAX_WATCHED = 32
"""Of a folder's own folders; one with more holds scans and is not one."""

_MAX_TEXTS = 8


@dataclass(frozen=True, slots=True)
class ListedScan:
    """One scan of the catalogue.

    Attributes:
        path: what `open_scene` takes.
        scene_id: e.g. "scene0000_00".
        kind: the type of the room, e.g. "Apartment"; "" when unknown.
        missing: why a part is not there, a sentence for each one that is not.
        frames: how its frames are stored, e.g. "folders"; "" without frames.
        num_frames: None where nobody has counted them, as in a recording.
        fault: why it cannot be opened, a sentence; "" for one that can.
        num_sentences: written about it in files nearby.
    """

    path: Path
    scene_id: str
    kind: str = ""
    missing: Mapping[Part, str] = field(default_factory=dict)
    frames: str = ""
    num_frames: int | None = None
    fault: str = ""
    num_sentences: int = 0

    def has(self, part: Part) -> bool:
        """Whether a part is there."""
        return not self.fault and part not in self.missing

    def as_json(self) -> dict[str, Any]:
        """With JSON's types alone."""
        return {
            "path": str(self.path),
            "scene": self.scene_id,
            "kind": self.kind,
            "present": [part for part in PARTS if self.has(part)],
            "missing": dict(self.missing),
            "frames": self.frames,
            "num_frames": self.num_frames,
            "num_sentences": self.num_sentences,
            "fault": self.fault,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "ListedScan":
        """What `as_json` gave.

        Raises:
            LookupError, TypeError, ValueError: it is something else.
        """
        missing, count = dict(document["missing"]), document["num_frames"]
        return cls(
            Path(document["path"]),
            str(document["scene"]),
            str(document["kind"]),
            {part: str(missing[part]) for part in PARTS if part in missing},
            str(document["frames"]),
            None if count is None else int(count),
            str(document["fault"]),
            int(document["num_sentences"]),
        )


@dataclass(frozen=True, slots=True)
class FolderLook:
    """What was seen in one folder.

    Attributes:
        scans: that it is, or that lie loose in it.
        inside: names of its folders that may hold scans.
        stamps: of all that this rests on.
    """

    scans: tuple[ListedScan, ...]
    inside: tuple[str, ...]
    stamps: dict[str, Stamp]


def look_into(folder: Path) -> FolderLook:
    """See which scans a folder is or holds loose, and where to look further.

    Args:
        folder: absolute.

    Raises:
        OSError: it cannot be listed.
    """
    before = stamps_of([folder])
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    inside = tuple(name for name in names if not name.startswith("."))
    watched = [folder / name for name in inside] if len(inside) <= _MAX_WATCHED else []
    watched += _texts(folder)
    stamps = stamps_of(watched) | before
    try:
        place = place_in(folder)
    except BrokenFileError as error:
        fault = ListedScan(folder, folder.name, fault=str(error))
        return FolderLook((fault,), (), stamps | stamps_of([error.path or folder]))
    if place is None:
        return FolderLook(_loose(folder), inside, stamps)
    # A mesh of its own may lie beside anything; what lies in a scan's folder is the scan's.
    further = inside if place.text is None else ()
    return FolderLook((_listed(place, folder),), further, stamps_of(_rests_on(place)) | stamps)


def _loose(folder: Path) -> tuple[ListedScan, ...]:
    """Recordings and meshes in a folder of several, each of which is a scan."""
    files = (path for path in folder.iterdir() if path.suffix.lower() in (SUFFIX, ".ply"))
    found = []
    for path in sorted(files):
        try:
            found.append(_listed(find_place(path), path))
        except (BrokenFileError, SceneError) as error:
            found.append(ListedScan(path, path.stem, fault=str(error)))
    return tuple(found)


def _listed(place: ScenePlace, path: Path) -> ListedScan:
    kind = ""
    if place.text is not None:
        try:
            kind = read_scan_text(place.text).kind
        except BrokenFileError as error:
            return ListedScan(path, place.scene_id, fault=str(error))
    frames, num_frames = _frames(place.layout)
    return ListedScan(path, place.scene_id, kind, _missing(place), frames, num_frames)


def _missing(place: ScenePlace) -> dict[Part, str]:
    """Each part that is not there, and why, by the rules that open a scene."""
    files, scene_id, missing = place.files, place.scene_id, dict[Part, str]()
    if files.mesh is None:
        missing["mesh"] = f"No mesh: {files.data_set.mesh.format(scene_id)} is not there."
        if files.lacks_surface and place.layout is not None:
            missing["mesh"] += " A surface is made from depth."
    if place.layout is None:
        fault = "neither color, depth and pose folders nor a .sens recording."
        if files.data_set is not SCANNET:
            fault = f"it takes {files.data_set.frames}."
        missing["frames"] = f"No frames: {place.fault or fault}"
    if place.text is None:
        missing["objects"] = "No annotated objects: only a scan's own mesh has them, not any mesh."
    else:
        absent = files.missing_for_objects(scene_id)
        if absent:
            were = "is" if len(absent) == 1 else "are"
            missing["objects"] = f"No annotated objects: {_and(absent)} {were} not there."
    return missing


def _frames(layout: FrameLayout | None) -> tuple[str, int | None]:
    if isinstance(layout, ExportedFrames):
        return "folders", len(layout.files)
    if isinstance(layout, OwnScan):
        return layout.found.layout, len(layout.found.files)
    if isinstance(layout, DataSetFrames):
        return layout.data_set, len(layout.files)
    if isinstance(layout, Recording):
        return f"{SUFFIX} recording", None
    return ("", 0) if layout is None else ("frames", None)


def _rests_on(place: ScenePlace) -> list[Path]:
    """Files and folders by whose change what is listed of a scan may change."""
    folder, scene_id = place.folder, place.scene_id
    paths = [folder / NAME, folder.parent / "posed_images" / scene_id]
    paths += [folder.parent.parent / "posed_images" / scene_id]
    if place.text is not None:
        paths += [place.text, place.text.parent]
    layout = place.layout
    files = layout.files if isinstance(layout, ExportedFrames) else ()
    if isinstance(layout, OwnScan):
        files = layout.found.files
    if isinstance(layout, DataSetFrames):
        files = layout.files
    for item in files[:1]:
        paths += [path.parent for path in (item.color, item.depth, item.pose) if path is not None]
    if place.fault is not None and place.fault.path is not None:
        paths.append(place.fault.path)
    return paths


def _texts(folder: Path) -> list[Path]:
    """Small text files that tell of a whole scan; none where every frame has one."""
    texts = [path for path in folder.glob("*.txt") if path.is_file()]
    return texts if len(texts) <= _MAX_TEXTS else []


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
