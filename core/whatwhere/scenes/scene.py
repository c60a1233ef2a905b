"""A scan in memory: mesh, posed RGB-D frames and annotated objects, all in aligned metres.

A `Scene` is lazy: building one reads headers; the mesh, the objects and the pixels of a frame are
read by its `SceneSource` when they are first asked for. The mesh frame of the files exists only
inside the readers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import Matrix4


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A triangle mesh.

    Attributes:
        vertices: (N, 3) float32, aligned metres.
        faces: (M, 3) int32 indices into the vertices; (0, 3) for a point cloud.
        colors: (N, 3) uint8 RGB.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    colors: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class SceneObject:
    """One annotated object.

    Attributes:
        object_id: ScanNet's 0-based objectId; explicit, never a list index.
        label: its raw category, e.g. "office chair".
        vertex_indices: (n,) int32 into the mesh; empty when the scene has no mesh.
        box: around its vertices, or None for what has no box in the benchmarks (wall, floor,
            ceiling, unlabelled).
        attributes: whatever else the annotation says of it ("colour", ...), untouched.
    """

    object_id: int
    label: str
    vertex_indices: NDArray[np.int32]
    box: Box | None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """What is known of a frame without decoding its pixels.

    Attributes:
        name: as in its file names, e.g. "1660".
        fault: why the frame cannot be used (pose not finite, file missing), or None.
        camera: intrinsics for the size of `color`; None when the frame has a fault.
        world_from_camera: (4, 4), aligned world; None when the frame has a fault.
    """

    name: str
    fault: str | None
    camera: Intrinsics | None = None
    world_from_camera: Matrix4 | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded posed RGB-D image.

    Colour and depth see the same view (ScanNet registers them) but may differ in size, so each
    has its own intrinsics.

    Attributes:
        name: as in its file names.
        color: (H, W, 3) uint8 RGB.
        depth_m: (h, w) float32 metres along z, 0 where there is no measurement.
        depth_valid: (h, w) bool.
        color_camera: intrinsics for `color`'s size.
        depth_camera: intrinsics for `depth_m`'s size.
        world_from_camera: (4, 4), aligned world, OpenCV camera axes.
    """

    name: str
    color: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    depth_valid: NDArray[np.bool_]
    color_camera: Intrinsics
    depth_camera: Intrinsics
    world_from_camera: Matrix4

    @property
    def nbytes(self) -> int:
        """Bytes of pixels."""
        return self.color.nbytes + self.depth_m.nbytes + self.depth_valid.nbytes

    @property
    def depth(self) -> PosedDepth:
        """The geometry alone."""
        return PosedDepth(self.depth_m, self.depth_valid, self.depth_camera, self.world_from_camera)


@dataclass(frozen=True, slots=True, eq=False)
class StoredFrame:
    """One frame's images as they are stored.

    Attributes:
        color: the bytes of an image file.
        color_suffix: what such a file is called, ".jpg" or ".png".
        depth_units: (h, w) uint16 as measured, 0 where there is no measurement.
    """

    color: bytes
    color_suffix: str
    depth_units: NDArray[np.uint16]


class SceneSource(Protocol):
    """Reads the heavy parts of one scene; one implementation per file layout."""

    def path_in(self, folder: Path) -> Path:
        """What opens this very scene: its folder, or a file in it where it holds another, too."""

    def mesh_path(self) -> Path | None:
        """The file of the mesh; None when the scene has none."""

    def frame_paths(self, header: FrameHeader) -> tuple[Path, Path]:
        """The files of one valid frame's colour and depth.

        Raises:
            SceneError: its images are no files of their own (they lie in a `.sens` file).
        """

    @property
    def depth_units_per_m(self) -> float:
        """What a metre is in the files of `frame_paths`."""

    def depth_camera(self) -> Intrinsics | None:
        """The depth camera at the size it was measured for; None when nothing tells."""

    def read_stored(self, header: FrameHeader) -> StoredFrame:
        """One frame as it is stored, one that lost tracking too; not cached.

        Raises:
            BrokenFileError: an image is missing, or the depth image is broken.
        """

    def read_mesh(self) -> Mesh | None:
        """The mesh, aligned; None when the scene has none."""

    def read_objects(self, mesh: Mesh | None) -> tuple[SceneObject, ...]:
        """The annotated objects; empty when there is no annotation."""

    def read_frame(self, header: FrameHeader) -> Frame:
        """The pixels of one valid frame; cached by the source."""

    def read_coarse_depth(self, header: FrameHeader) -> PosedDepth:
        """Every few pixels of one valid frame's depth; cached by the source."""

    def read_coarse_color(self, header: FrameHeader, *, width_px: int) -> NDArray[np.uint8]:
        """One valid frame's colours at about this width or more."""


@dataclass(eq=False)
class Scene:
    """One scan.

    Attributes:
        scene_id: e.g. "scene0000_00".
        folder: where it was read from.
        headers: every frame found, usable or not, in capture order.
        aligned_from_mesh: (4, 4) that brought the files' mesh frame here.
        is_aligned: False when the files carry no axisAlignment (the identity was used).
        warnings: what the reader noticed, as sentences.
        kind: what the scan's text file calls it, e.g. "Apartment" or "bedroom"; "" when unknown.
        edit: what was changed of it in memory, unlike any other edit of the same scan; "" for the
            scan as it was recorded. Whoever keeps what it saw of a scene tells them apart by this.
    """

    scene_id: str
    folder: Path
    headers: Sequence[FrameHeader]
    aligned_from_mesh: Matrix4
    is_aligned: bool
    source: SceneSource
    warnings: list[str] = field(default_factory=list)
    kind: str = ""
    edit: str = ""

    @property
    def display_name(self) -> str:
        """For people: "Bedroom", or the id where the kind is unknown."""
        return display_name(self.scene_id, self.kind)

    @property
    def title(self) -> str:
        """The name with the id that tells it from others: "Bedroom · room600016_00"."""
        return self.scene_id if not self.kind else f"{self.display_name} · {self.scene_id}"

    @property
    def path(self) -> Path:
        """What opens this very scene again; its folder may hold others, too."""
        return self.source.path_in(self.folder)

    @cached_property
    def mesh(self) -> Mesh | None:
        """The mesh, read on first use."""
        return self.source.read_mesh()

    @cached_property
    def objects(self) -> tuple[SceneObject, ...]:
        """The annotated objects, read on first use."""
        return self.source.read_objects(self.mesh)

    @property
    def frames(self) -> list[FrameHeader]:
        """The usable frames."""
        return [header for header in self.headers if header.fault is None]

    def read_frame(self, header: FrameHeader) -> Frame:
        """Decode one usable frame (an LRU cache makes the second time quick)."""
        return self.source.read_frame(header)

    def read_coarse_depth(self, header: FrameHeader) -> PosedDepth:
        """Every few pixels of one usable frame's depth, enough to tell what is hidden.

        Thousands of them are held at once, where whole frames would not fit.

        Raises:
            BrokenFileError: the depth image is broken or gone.
        """
        return self.source.read_coarse_depth(header)

    def read_coarse_color(self, header: FrameHeader, *, width_px: int) -> NDArray[np.uint8]:
        """(h, w, 3) uint8 RGB of one usable frame, at least `width_px` wide where it has as much.

        A JPEG is decoded small at once, several times quicker than whole. Not cached.

        Raises:
            BrokenFileError: the colour image is broken or gone.
        """
        return self.source.read_coarse_color(header, width_px=width_px)

    def object_by_id(self, object_id: int) -> SceneObject | None:
        """The object with this explicit id, or None."""
        return next((item for item in self.objects if item.object_id == object_id), None)


def display_name(scene_id: str, kind: str) -> str:
    """What people call a scene: its kind with a capital, else its id."""
    return kind[:1].upper() + kind[1:] if kind else scene_id
