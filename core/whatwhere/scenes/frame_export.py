"""A scene's frames as the official exporter lays them out: color, depth, pose and intrinsic.

Colour is copied as it is stored and depth is written as 16-bit PNG in millimetres. Every file is
whole or not there, so an export that was interrupted goes on where it stopped.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, Cancelled, RefusedPathError, SceneError
from whatwhere.files import replacing
from whatwhere.geometry.cameras import Intrinsics
from whatwhere.geometry.poses import Matrix4, invert
from whatwhere.scenes.coverage import covering_frames
from whatwhere.scenes.images import MILLIMETRES, NO_DEPTH, encode_depth
from whatwhere.scenes.scene import FrameHeader, Scene, StoredFrame

_AT_ONCE = 64
_MAX_WORKERS = 16
_SPARE_BYTES = 64 << 20
_NOTE = "export.json"

OnFrame = Callable[[int, int], None]
"""Called with (frames done, frames in all)."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export did.

    Attributes:
        num_written: frames written now.
        num_kept: frames that an earlier export had already written.
        left_out: frames that could not be, with the reason.
    """

    num_written: int
    num_kept: int
    left_out: dict[str, str]


def export_frames(
    scene: Scene,
    folder: Path,
    *,
    every: int = 1,
    cover: int | None = None,
    on_frame: OnFrame | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> ExportReport:
    """Write every n-th frame, named as in the scene; poses lead to the mesh frame.

    As the official exporter does, a frame that lost tracking is written too, with a pose of -inf.

    Args:
        scene: whose frames.
        folder: gets `color`, `depth`, `pose` and `intrinsic`.
        every: 1 for all, 25 for each 25th.
        cover: of these, only so many that see most of the room together.
        on_frame: told of progress.
        is_cancelled: polled between frames; what was written stays.

    Raises:
        SceneError: the scene has no usable frames, the folder holds those of another scene, or
            the disk has not enough space.
        RefusedPathError: the system refuses to write.
        Cancelled: `is_cancelled` returned True.
    """
    headers = list(scene.headers)[::every]
    if not scene.frames:
        raise SceneError(
            "the scene has no usable frames to export",
            remedy="`whatwhere info` says why",
            path=scene.folder,
        )
    if cover is not None:
        headers = covering_frames(scene, headers, cover, is_cancelled=is_cancelled)
    try:
        return _Export(scene, folder).run(headers, on_frame, is_cancelled)
    except OSError as error:
        raise RefusedPathError(error.filename or folder, error.strerror or str(error)) from error


@dataclass(frozen=True, slots=True)
class _Export:
    scene: Scene
    folder: Path

    def run(
        self,
        headers: Sequence[FrameHeader],
        on_frame: OnFrame | None,
        is_cancelled: Callable[[], bool],
    ) -> ExportReport:
        self._claim()
        missing = [header for header in headers if not self._is_written(header.name)]
        self._check_disk(missing)
        num_kept, num_written = len(headers) - len(missing), 0
        left_out: dict[str, str] = {}
        if on_frame is not None:
            on_frame(num_kept, len(headers))
        with ThreadPoolExecutor(min(os.cpu_count() or 1, _MAX_WORKERS)) as pool:
            for first in range(0, len(missing), _AT_ONCE):
                batch = missing[first : first + _AT_ONCE]
                for header, fault in zip(batch, pool.map(self._write, batch), strict=True):
                    if fault is None:
                        num_written += 1
                    else:
                        left_out[header.name] = fault
                if is_cancelled():
                    raise Cancelled("The export")
                if on_frame is not None:
                    on_frame(num_kept + first + len(batch), len(headers))
        return ExportReport(num_written, num_kept, left_out)

    def _claim(self) -> None:
        """Make the folders, unless they hold frames of another scene."""
        for part in ("color", "depth", "pose", "intrinsic"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        note, said = self.folder / _NOTE, {"scene": self.scene.scene_id}
        try:
            before = json.loads(note.read_text(encoding="utf-8"))
        except FileNotFoundError:
            before = None if not any((self.folder / "color").iterdir()) else {}
        except (ValueError, UnicodeDecodeError):
            before = {}
        if before not in (None, said):
            raise SceneError(
                f"this folder holds frames that are not of {self.scene.scene_id}",
                remedy="Name another folder, or empty this one",
                path=self.folder,
            )
        self._put(note, json.dumps(said).encode())
        self._write_cameras()

    def _write_cameras(self) -> None:
        header = self.scene.frames[0]
        depth, calibrated = self._stored(header), self.scene.source.depth_camera()
        if depth is None or calibrated is None or header.camera is None:
            return
        height, width = depth.depth_units.shape
        cameras = {"color": header.camera, "depth": calibrated.resized(width=width, height=height)}
        for kind, camera in cameras.items():
            self._put(self.folder / "intrinsic" / f"intrinsic_{kind}.txt", _text(_matrix(camera)))
            self._put(self.folder / "intrinsic" / f"extrinsic_{kind}.txt", _text(np.eye(4)))

    def _check_disk(self, missing: Sequence[FrameHeader]) -> None:
        """Refuse what will not fit, judging by a few frames spread over all."""
        step = max(1, len(missing) // 2)
        sample = [stored for header in missing[::step] if (stored := self._stored(header))]
        sizes = [len(item.color) + len(encode_depth(item.depth_units)) for item in sample]
        if not sizes:
            return
        needed = sum(sizes) / len(sizes) * len(missing) + _SPARE_BYTES
        free = shutil.disk_usage(self.folder).free
        if needed > free:
            raise SceneError(
                f"{len(missing):,} frames need about {needed / 1e9:.1f} GB; "
                f"{free / 1e9:.1f} GB is free on this disk",
                remedy="Free some space, or export fewer: --every 10 writes each tenth",
                path=self.folder,
            )

    def _is_written(self, name: str) -> bool:
        pose = self.folder / "pose" / f"{name}.txt"  # the last of its files
        return pose.exists() and (self.folder / "depth" / f"{name}.png").exists()

    def _stored(self, header: FrameHeader) -> StoredFrame | None:
        try:
            return self.scene.source.read_stored(header)
        except BrokenFileError:
            return None

    def _write(self, header: FrameHeader) -> str | None:
        """Write one frame; why it could not be, or None."""
        try:
            stored = self.scene.source.read_stored(header)
        except BrokenFileError as error:
            return error.fault
        name = header.name
        depth_mm = _millimetres(stored.depth_units, self.scene.source.depth_units_per_m)
        self._put(self.folder / "color" / f"{name}{stored.color_suffix}", stored.color)
        self._put(self.folder / "depth" / f"{name}.png", encode_depth(depth_mm))
        self._put(self.folder / "pose" / f"{name}.txt", _text(self._mesh_from_camera(header)))
        return None

    def _mesh_from_camera(self, header: FrameHeader) -> Matrix4:
        if header.world_from_camera is None:
            return np.full((4, 4), -np.inf)
        return np.asarray(invert(self.scene.aligned_from_mesh) @ header.world_from_camera)

    def _put(self, path: Path, content: bytes) -> None:
        with replacing(path) as temporary:
            temporary.write_bytes(content)


def _millimetres(units: NDArray[np.uint16], units_per_m: float) -> NDArray[np.uint16]:
    if units_per_m == MILLIMETRES:
        return units
    depth_mm = np.rint(units * (MILLIMETRES / units_per_m)).clip(0, NO_DEPTH)
    depth_mm[units == NO_DEPTH] = 0
    return np.asarray(depth_mm, np.uint16)


def _matrix(camera: Intrinsics) -> Matrix4:
    matrix = np.diag([camera.fx, camera.fy, 1.0, 1.0])
    matrix[:2, 2] = camera.cx, camera.cy
    return matrix


def _text(matrix: Matrix4) -> bytes:
    lines = (" ".join(f"{value:.9g}" for value in row) for row in matrix.tolist())
    return ("\n".join(lines) + "\n").encode()
