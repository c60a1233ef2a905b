"""`whatwhere info`: what a scene holds, what it lacks, and whether its geometry agrees."""

from typing import Annotated, Any

import typer

from whatwhere.cli.output import print_json
from whatwhere.cli.scenes import scene_path
from whatwhere.scenes.health import FrameHealth, scene_health
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.scene import FrameHeader, Scene, SceneObject


def info(
    scene: Annotated[
        str, typer.Argument(help="A scan folder, a PLY file or the name of a demo room.")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what is in a scene, what is missing, and whether frames and mesh agree."""
    document = scene_info(open_scene(scene_path(scene)))
    if json:
        print_json(document)
    else:
        typer.echo(readable(document))


def scene_info(scene: Scene) -> dict[str, Any]:
    """The JSON document of one scene.

    Raises:
        BrokenFileError: a file of the scene is broken.
    """
    mesh, objects = scene.mesh, scene.objects
    checked, faults = scene_health(scene)
    health = {item.name: item for item in checked}
    return {
        "scene": scene.scene_id,
        "num_vertices": 0 if mesh is None else len(mesh.vertices),
        "num_faces": 0 if mesh is None else len(mesh.faces),
        "num_frames": len(scene.headers),
        "num_valid_frames": len(scene.frames) - sum(item.fault is not None for item in checked),
        "num_objects": len(objects),
        "num_boxes": sum(item.box is not None for item in objects),
        "aligned": scene.is_aligned,
        "aligned_from_mesh": scene.aligned_from_mesh.tolist(),
        "objects": [_object(item) for item in objects],
        "frames": [_frame(header, health.get(header.name)) for header in scene.headers],
        "warnings": [*scene.warnings, *faults],
    }


def readable(document: dict[str, Any]) -> str:
    """The same for people: a short table."""
    num_frames, num_valid = document["num_frames"], document["num_valid_frames"]
    dropped = f" ({num_frames - num_valid} dropped)" if num_valid < num_frames else ""
    mesh = f"{document['num_vertices']:,} vertices, {document['num_faces']:,} faces"
    rows = [
        ("scene", document["scene"]),
        ("mesh", mesh if document["num_vertices"] else "none"),
        ("objects", f"{document['num_objects']}, {document['num_boxes']} with a box"),
        ("frames", f"{num_valid} usable{dropped}"),
        ("aligned", "yes" if document["aligned"] else "no"),
        ("depth on mesh", _depth_on_mesh(document["frames"])),
    ]
    lines = [f"{name:<14} {value}" for name, value in rows]
    counts: dict[str, int] = {}
    for item in document["objects"]:
        counts[item["label"]] = counts.get(item["label"], 0) + 1
    if counts:
        named = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        lines.append(f"{'labels':<14} " + ", ".join(f"{label} {n}" for label, n in named[:12]))
    lines += [f"{'warning':<14} {warning}" for warning in document["warnings"]]
    return "\n".join(lines)


def _object(item: SceneObject) -> dict[str, Any]:
    return {
        "object_id": item.object_id,
        "label": item.label,
        "num_vertices": len(item.vertex_indices),
        "box": None if item.box is None else item.box.as_json(),
    }


def _frame(header: FrameHeader, health: FrameHealth | None) -> dict[str, Any]:
    fault = header.fault or (None if health is None else health.fault)
    document: dict[str, Any] = {"name": header.name, "valid": fault is None, "reason": fault}
    if health is not None and health.fault is None:
        document["measured_share"] = round(health.measured_share, 4)
        document["depth_error_m"] = health.depth_error_m
        document["num_compared"] = health.num_compared
    return document


def _depth_on_mesh(frames: list[dict[str, Any]]) -> str:
    """The worst of the frames that were compared."""
    errors = {frame["name"]: frame.get("depth_error_m") for frame in frames}
    known = {name: error for name, error in errors.items() if error is not None}
    if not known:
        return "not checked (it takes a mesh and frames)"
    worst = max(known, key=lambda name: known[name])
    return f"{len(known)} frames checked, worst median {known[worst] * 100:.1f} cm (frame {worst})"
