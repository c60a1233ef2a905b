"""ScanNet scan folders: mesh, annotation and posed frames, read when first asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import Matrix4, transform
from whatwhere.scenes.coarse_depth import CoarseDepth
from whatwhere.scenes.frame_cache import FrameCache
from whatwhere.scenes.fusion import MAX_FRAMES, fused_surface
from whatwhere.scenes.images import MILLIMETRES
from whatwhere.scenes.meshes import read_ply_mesh
from whatwhere.scenes.posed_frames import PosedFrames
from whatwhere.scenes.scan_files import SCANNET, ScanFiles
from whatwhere.scenes.scan_objects import read_scan_objects
from whatwhere.scenes.scene import Frame, FrameHeader, Mesh, SceneObject, StoredFrame

_COARSE_BYTES = 96 * 1024 * 1024
_COLOR_PX = 320

OnStep = Callable[[int, int, str], None]
"""Called with (done, total, what is being done); total 0 while unknown."""


@dataclass(eq=False)
class ScanNetSource:
    """Reads one scan.

    Attributes:
        files: where its parts lie.
        aligned_from_mesh: (4, 4).
        frames: its frames, or None.
        warnings: shared with the scene; what lazy reading notices is added here.
        recording: the `.sens` file it was opened by, if it was.
    """

    files: ScanFiles
    aligned_from_mesh: Matrix4
    frames: PosedFrames | None
    warnings: list[str]
    recording: Path | None = None
    cache: FrameCache[Frame] = field(default_factory=FrameCache)
    coarse: FrameCache[CoarseDepth] = field(default_factory=lambda: FrameCache(_COARSE_BYTES))

    def path_in(self, folder: Path) -> Path:
        """The folder where the scan has its name or no mesh, else the mesh.

        A scene that was opened by its recording is opened by that again.
        """
        if self.recording is not None:
            return self.recording
        mesh, data_set = self.files.mesh, self.files.data_set
        if mesh is None or mesh == folder / data_set.mesh.format(folder.name):
            return folder
        return mesh if data_set is SCANNET else folder

    def mesh_path(self) -> Path | None:
        """The file of the mesh, in the mesh frame."""
        return self.files.mesh

    def frame_paths(self, header: FrameHeader) -> tuple[Path, Path]:
        """Colour and depth of one usable frame."""
        return self._frames_with(header).paths(header)

    def depth_camera(self) -> Intrinsics | None:
        """At the size that the calibration was measured for."""
        return None if self.frames is None else self.frames.calibration.depth

    @property
    def depth_units_per_m(self) -> float:
        """What a metre is in the depth images."""
        return MILLIMETRES if self.frames is None else self.frames.depth_units_per_m

    def read_stored(self, header: FrameHeader) -> StoredFrame:
        """One frame as it is stored, one that lost tracking too."""
        if self.frames is None:
            raise ValueError(f"there is no frame {header.name}")
        return self.frames.read_stored(header)

    def read_mesh(self) -> Mesh | None:
        """The mesh in aligned metres; computed in float64, kept in float32."""
        if self.files.mesh is None:
            return None
        vertices, faces, colors = read_ply_mesh(self.files.mesh)
        aligned = transform(vertices, self.aligned_from_mesh).astype(np.float32)
        return Mesh(aligned, faces, colors)

    @property
    def fuses_depth(self) -> bool:
        """Whether a surface is to be made from depth: there are frames, and no mesh.

        What names parts of a mesh, or is matched with one, waits for the scan's own.
        """
        has_frames = self.frames is not None and any(
            header.fault is None for header in self.frames.headers
        )
        return has_frames and self.files.lacks_surface

    def fuse(self, *, on_step: OnStep | None = None) -> Mesh | None:
        """The surface that frames spread over the capture measured; None where they see none.

        Args:
            on_step: told of every frame; what it raises stops the work.
        """
        assert self.frames is not None
        usable = [header for header in self.frames.headers if header.fault is None]
        picked = usable[:: max(1, -(-len(usable) // MAX_FRAMES))]

        def told(done: int) -> None:
            if on_step is not None:
                on_step(done, 2 * len(picked), "making a surface from depth")

        views = []
        for done, header in enumerate(picked, start=1):
            told(done)
            try:
                depth = self.read_coarse_depth(header)
                views.append((depth, self.read_coarse_color(header, width_px=_COLOR_PX)))
            except BrokenFileError:
                continue  # whoever looks at the frame is told
        return fused_surface(views, on_view=lambda done: told(len(picked) + done))

    def read_objects(self, mesh: Mesh | None) -> tuple[SceneObject, ...]:
        """The annotated objects; empty without annotation."""
        return read_scan_objects(self.files, mesh, self.aligned_from_mesh, self.warnings)

    def read_frame(self, header: FrameHeader) -> Frame:
        """The pixels of one usable frame, from the cache when they are there."""
        frames = self._frames_with(header)
        return self.cache.get(header.name, lambda: frames.read(header))

    def read_coarse_depth(self, header: FrameHeader) -> PosedDepth:
        """Every few pixels of one usable frame's depth, from the cache when they are there."""
        frames = self._frames_with(header)
        coarse = self.coarse.get(header.name, lambda: frames.read_coarse_depth(header))
        assert header.world_from_camera is not None
        return coarse.posed(frames.depth_camera(header), header.world_from_camera)

    def read_coarse_color(self, header: FrameHeader, *, width_px: int) -> NDArray[np.uint8]:
        """The colours of one usable frame, small; not kept."""
        return self._frames_with(header).read_coarse_color(header, width_px=width_px)

    def _frames_with(self, header: FrameHeader) -> PosedFrames:
        if self.frames is None or header.fault is not None:
            raise ValueError(f"frame {header.name} cannot be read: {header.fault}")
        return self.frames
