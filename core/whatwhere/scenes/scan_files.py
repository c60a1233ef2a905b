"""Which files a scan consists of, and what each data set calls them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a data set calls the files of a scan; "{}" stands for the scan's name.

    Attributes:
        name: for people.
        mesh: relative to the scan's folder.
        objects: the files that annotated objects need, likewise.
        frames: what frames are made of, as the end of a sentence.
        axes: how a scan without axisAlignment lies in its files; "" where nobody knows.
    """

    name: str
    mesh: str
    objects: tuple[str, ...]
    frames: str
    axes: str = ""


SCANNET = DataSet(
    "ScanNet",
    "{}_vh_clean_2.ply",
    ("{}.aggregation.json", "{}_vh_clean_2.0.010000.segs.json"),
    "color, depth and pose folders, or a .sens recording",
)

SCANNETPP = DataSet(
    "ScanNet++",
    "scans/mesh_aligned_0.05.ply",
    ("scans/segments_anno.json", "scans/segments.json"),
    "rgb and depth folders beside iphone/pose_intrinsic_imu.json",
    axes="z is up, and walls follow the other axes only roughly",
)

ARKITSCENES = DataSet(
    "ARKitScenes",
    "{}_3dod_mesh.ply",
    ("{}_3dod_annotation.json",),
    "lowres_wide, lowres_depth and lowres_wide_intrinsics folders beside lowres_wide.traj",
    axes="z is up, and walls stand at any angle",
)


@dataclass(frozen=True, slots=True)
class ScanFiles:
    """The files of one scan; None where one is absent.

    Attributes:
        mesh: the one that the data set's benchmarks use.
        aggregation: objects as lists of segments.
        segments: the over-segment of every vertex of `mesh`.
        boxes: ScanRefer's aligned boxes, for scans that come without a mesh.
        oriented: objects as boxes that stand at any angle.
        data_set: whose names they have.
    """

    mesh: Path | None
    aggregation: Path | None
    segments: Path | None
    boxes: Path | None
    oriented: Path | None = None
    data_set: DataSet = SCANNET

    @classmethod
    def find(cls, folder: Path, scene_id: str) -> "ScanFiles":
        """By ScanNet's official names inside a scan folder."""

        def existing(*names: str) -> Path | None:
            paths = [folder / f"{scene_id}{name}" for name in names]
            return next((path for path in paths if path.is_file()), None)

        return cls(
            mesh=existing("_vh_clean_2.ply"),
            aggregation=existing(".aggregation.json", "_vh_clean.aggregation.json"),
            segments=existing("_vh_clean_2.0.010000.segs.json"),
            boxes=existing("_aligned_bbox.npy"),
        )

    @property
    def is_annotated(self) -> bool:
        """Whether the files that annotated objects need are there."""
        on_mesh = None not in (self.mesh, self.aggregation, self.segments)
        return on_mesh or self.boxes is not None or self.oriented is not None

    @property
    def lacks_surface(self) -> bool:
        """Whether there is no mesh, and nothing whose meaning hangs on one."""
        return self.mesh is None and self.segments is None and self.oriented is None

    def missing_for_objects(self, scene_id: str) -> list[str]:
        """Names of the files, the mesh too, without which there are no annotated objects."""
        if self.is_annotated:
            return []
        annotation = (
            (self.oriented,)
            if len(self.data_set.objects) == 1
            else (
                self.aggregation,
                self.segments,
            )
        )
        needs = dict(zip(self.data_set.objects, annotation, strict=True))
        if len(annotation) > 1:
            needs = {self.data_set.mesh: self.mesh, **needs}
        return [name.format(scene_id) for name, found in needs.items() if found is None]
