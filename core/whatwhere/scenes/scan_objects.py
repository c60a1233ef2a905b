"""The annotated objects of a scan, whichever files say what they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.boxes import Box
from whatwhere.geometry.poses import Matrix4
from whatwhere.scenes.annotation import (
    Group,
    is_boxed,
    objects_from_boxes,
    objects_on_mesh,
    read_aligned_boxes,
    read_groups,
    read_segments,
    segment_owners,
)
from whatwhere.scenes.oriented_boxes import objects_in_boxes, read_oriented_boxes
from whatwhere.scenes.scan_files import SCANNETPP, ScanFiles
from whatwhere.scenes.scene import Mesh, SceneObject


def read_scan_objects(
    files: ScanFiles, mesh: Mesh | None, aligned_from_mesh: Matrix4, warnings: list[str]
) -> tuple[SceneObject, ...]:
    """The annotated objects; empty without annotation.

    Args:
        files: of the scan.
        mesh: the one of `files`, aligned.
        aligned_from_mesh: (4, 4).
        warnings: what is noticed is added here.

    Raises:
        BrokenFileError: a file of the annotation is broken, or belongs to another mesh.
    """
    if files.oriented is not None:
        boxes, num_broken = read_oriented_boxes(files.oriented)
        if num_broken:
            warnings.append(
                f"{num_broken} of {len(boxes) + num_broken} annotated objects have no whole box; "
                "they are left out."
            )
        if boxes:
            warnings.append(
                f"{files.data_set.name} annotates boxes at any angle: those shown here are the "
                "axis-aligned ones around them, larger where something stands askew."
            )
        return objects_in_boxes(boxes, mesh, aligned_from_mesh)
    groups = () if files.aggregation is None else read_groups(files.aggregation)
    if mesh is None or files.segments is None:
        aligned = {} if files.boxes is None else read_aligned_boxes(files.boxes)
        return objects_from_boxes(groups, aligned) if aligned else ()
    if not groups:
        return ()
    segments = read_segments(files.segments)
    if len(segments) != len(mesh.vertices):
        raise BrokenFileError(
            files.segments,
            f"it holds segments for {len(segments):,} vertices, "
            f"but the mesh has {len(mesh.vertices):,}",
            remedy="Put the segs file of this very mesh beside it",
        )
    owners, unknown = segment_owners(groups, segments)
    for group in groups:
        num_unknown = len(unknown.intersection(group.segments))
        if num_unknown:
            warnings.append(
                f"Object {group.object_id} ({group.label}) names segments that the mesh "
                f"does not have; {num_unknown} left out."
            )
    if files.data_set is SCANNETPP:
        return _overlapping(groups, segments, mesh)
    return objects_on_mesh(groups, owners, mesh)


def _overlapping(
    groups: Sequence[Group], segments: NDArray[np.int64], mesh: Mesh
) -> tuple[SceneObject, ...]:
    """Objects that share vertices, as those of ScanNet++ do (a pillow is a part of its bed, too).

    Largest first: whoever gives each vertex to one object alone gives it to the last, and so to
    the smallest, as the data set's own toolkit does (semantic/transforms/mesh.py).
    """
    order = np.argsort(segments, kind="stable").astype(np.int32)
    known, starts = np.unique(segments[order], return_index=True)
    ends = np.append(starts[1:], len(order))
    none = np.zeros(0, np.int32)
    objects = []
    for group in groups:
        claimed = np.unique(np.array(group.segments, np.int64))
        places = np.searchsorted(known, claimed).clip(max=max(0, len(known) - 1))
        places = places[known[places] == claimed] if len(known) else places[:0]
        pieces = [order[starts[place] : ends[place]] for place in places]
        vertices = np.sort(np.concatenate([none, *pieces]))
        boxed = len(vertices) > 0 and is_boxed(group.label)
        box = Box.from_points(mesh.vertices[vertices].astype(np.float64)) if boxed else None
        objects.append(SceneObject(group.object_id, group.label, vertices, box, group.attributes))
    return tuple(sorted(objects, key=lambda item: -len(item.vertex_indices)))
