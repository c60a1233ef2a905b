"""A scene with something changed of it, which any model can be shown in place of the recorded one.

Nothing is written: frames are changed as they are decoded.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import SceneError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.scene import (
    Frame,
    FrameHeader,
    Mesh,
    Scene,
    SceneObject,
    SceneSource,
    StoredFrame,
)

FrameEdit = Callable[[Frame], Frame]
"""Changes colour or depth of one decoded frame; called from several threads."""


def with_frames_edited(scene: Scene, edit: FrameEdit, *, name: str) -> Scene:
    """The scene whose frames are changed as they are read.

    Args:
        scene: as it was recorded.
        edit: of each frame.
        name: of the edit, unlike any other of this scene.
    """
    source = _Edited(scene, edit=edit)
    return replace(scene, source=source, warnings=[], edit=name)


def without_frames(scene: Scene, names: frozenset[str], *, name: str) -> Scene:
    """The scene as if some frames had not been taken."""
    left = [header for header in scene.headers if header.name not in names]
    return replace(scene, headers=left, source=_Edited(scene), warnings=[], edit=name)


def mirrored(scene: Scene, x_m: float, *, name: str) -> Scene:
    """The scene reflected in the plane at `x_m`: left becomes right, for whoever looks.

    Pixels stay as they are and poses are reflected with everything else, so each pixel's point
    lands at its mirror image. No camera has such a pose; a model that takes places from depth and
    poses does not notice, and one that takes left and right from the picture contradicts it.
    """
    mirror = mirror_at(x_m)
    headers = [
        replace(header, world_from_camera=mirror @ header.world_from_camera)
        if header.world_from_camera is not None
        else header
        for header in scene.headers
    ]
    source = _Edited(scene, mirror_x_m=x_m)
    return replace(scene, headers=headers, source=source, warnings=[], edit=name)


def mirror_at(x_m: float) -> Matrix4:
    """(4, 4) reflection in the plane at `x_m`."""
    matrix = np.diag([-1.0, 1.0, 1.0, 1.0])
    matrix[0, 3] = 2 * x_m
    return matrix


def mirrored_box(box: Box, x_m: float) -> Box:
    """The box reflected in the plane at `x_m`."""
    x, y, z = box.center
    return Box((2 * x_m - x, y, z), box.size)


class _Edited:
    """A `SceneSource` over another scene's, which stays as it is."""

    def __init__(
        self, scene: Scene, *, edit: FrameEdit | None = None, mirror_x_m: float | None = None
    ) -> None:
        self._scene, self._edit, self._mirror_x_m = scene, edit, mirror_x_m
        self._headers = {header.name: header for header in scene.headers}

    @property
    def _source(self) -> SceneSource:
        return self._scene.source

    @property
    def depth_units_per_m(self) -> float:
        """As recorded."""
        return self._source.depth_units_per_m

    def path_in(self, folder: Path) -> Path:
        """What opens the scene as it was recorded."""
        return self._source.path_in(folder)

    def mesh_path(self) -> Path | None:
        """None: no file holds the edited scene."""
        return None

    def frame_paths(self, header: FrameHeader) -> tuple[Path, Path]:
        """Never: no file holds the edited scene."""
        raise _not_in_files(self._scene)

    def read_stored(self, header: FrameHeader) -> StoredFrame:
        """Never: no file holds the edited scene."""
        raise _not_in_files(self._scene)

    def depth_camera(self) -> Intrinsics | None:
        """As recorded."""
        return self._source.depth_camera()

    def read_mesh(self) -> Mesh | None:
        """The mesh, mirrored where the scene is; colours stay as they were."""
        mesh = self._scene.mesh
        if mesh is None or self._mirror_x_m is None:
            return mesh
        vertices = mesh.vertices.copy()
        vertices[:, 0] = 2 * self._mirror_x_m - vertices[:, 0]
        return Mesh(vertices, mesh.faces[:, ::-1], mesh.colors)

    def read_objects(self, mesh: Mesh | None) -> tuple[SceneObject, ...]:
        """The annotated objects, mirrored where the scene is."""
        x_m = self._mirror_x_m
        if x_m is None:
            return self._scene.objects
        return tuple(
            item if item.box is None else replace(item, box=mirrored_box(item.box, x_m))
            for item in self._scene.objects
        )

    def read_frame(self, header: FrameHeader) -> Frame:
        """One frame, changed."""
        frame = self._source.read_frame(self._headers[header.name])
        if self._mirror_x_m is not None:
            pose = mirror_at(self._mirror_x_m) @ frame.world_from_camera
            frame = replace(frame, world_from_camera=pose)
        return frame if self._edit is None else self._edit(frame)

    def read_coarse_depth(self, header: FrameHeader) -> PosedDepth:
        """The whole depth of the changed frame: few ask, and it must show the change."""
        return self.read_frame(header).depth

    def read_coarse_color(self, header: FrameHeader, *, width_px: int) -> NDArray[np.uint8]:
        """The whole picture of the changed frame."""
        return self.read_frame(header).color


def _not_in_files(scene: Scene) -> SceneError:
    return SceneError(
        "the scene was changed in memory, and a model that reads its files does not see that",
        remedy="Probe the words instead, or a model that runs in the program",
        path=scene.folder,
    )
