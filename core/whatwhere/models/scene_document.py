"""What a program of someone else's is told of a scene."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import Scene


def scene_document(
    scene: Scene, proposals: Sequence[Proposal], *, path_map: Mapping[str, str]
) -> dict[str, Any]:
    """What a program is told of a scene: where its files lie, its cameras and its candidates.

    Labels and ids of the annotation are left out: no model may see them.

    Args:
        scene: opened.
        proposals: the candidates.
        path_map: what stands in place of a beginning of the paths.
    """

    def path(value: Path | None) -> str | None:
        said = None if value is None else str(value.resolve())
        for local, remote in path_map.items():
            if said is not None and (said == local or said.startswith(f"{local.rstrip('/')}/")):
                return remote.rstrip("/") + said[len(local.rstrip("/")) :]
        return said

    source = scene.source
    depth_camera = source.depth_camera()
    frames = []
    for header in scene.frames:
        color, depth = source.frame_paths(header)
        assert header.camera is not None
        assert header.world_from_camera is not None
        frames.append(
            {
                "name": header.name,
                "color": path(color),
                "depth": path(depth),
                "color_camera": asdict(header.camera),
                "world_from_camera": header.world_from_camera.tolist(),
            }
        )
    return {
        "scene_id": scene.scene_id,
        "folder": path(scene.folder),
        "mesh": path(source.mesh_path()),
        "aligned_from_mesh": scene.aligned_from_mesh.tolist(),
        "depth_camera": None if depth_camera is None else asdict(depth_camera),
        "depth_units_per_m": source.depth_units_per_m,
        "frames": frames,
        "candidates": [item.box.as_row().tolist() for item in proposals],
    }
