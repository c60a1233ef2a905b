"""COCO's images, categories and annotations of annotated cases: boxes in 3D, outlines on frames."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from whatwhere.annotations.exchange.records import Record
from whatwhere.geometry.outlines import area_px, bounds_of


def coco_lists(records: Sequence[Record]) -> dict[str, list[dict[str, Any]]]:
    """The three lists.

    A scan is an image without a frame, for a box in the room belongs to no picture; each frame that
    is drawn on is an image of its own, with COCO's polygons, `bbox` and `area` in its pixels.

    Args:
        records: of cases.
    """
    labels = sorted({record["target_label"] for record in records})
    places = [
        *((scene_id, None) for scene_id in sorted({record["scene_id"] for record in records})),
        *sorted(
            {
                (record["scene_id"], region["frame"])
                for record in records
                for region in record["regions"]
            }
        ),
    ]
    numbers = {place: number for number, place in enumerate(places, start=1)}
    found = [
        {
            "id": number,
            "image_id": numbers[record["scene_id"], said["frame"]],
            "category_id": labels.index(record["target_label"]) + 1,
            "caption": record["expression"],
            **said,
            "case_id": record["case_id"],
        }
        for number, (record, said) in enumerate(_said(records), start=1)
    ]
    return {
        "images": [
            {"id": number, "scene_id": scene_id, "frame": frame}
            for (scene_id, frame), number in numbers.items()
        ],
        "categories": [{"id": number, "name": name} for number, name in enumerate(labels, 1)],
        "annotations": found,
    }


def _said(records: Iterable[Record]) -> Iterable[tuple[Record, dict[str, Any]]]:
    for record in records:
        for box in record["boxes"]:
            place = [*box["center"], *box["size"], box["yaw_rad"]]
            yield record, {"bbox3d": place, "role": box["role"], "frame": None}
        for region in record["regions"]:
            yield record, _region(region)


def _region(region: Mapping[str, Any]) -> dict[str, Any]:
    outline = [(float(x), float(y)) for x, y in region["outline_px"]]
    (left, top), (right, bottom) = bounds_of(outline)
    lifted = region["lifted"]
    return {
        "bbox3d": None if lifted is None else [*lifted, 0.0],
        "role": f"region on {region['frame']}",
        "frame": region["frame"],
        "segmentation": [[value for corner in outline for value in corner]],
        "bbox": [left, top, right - left, bottom - top],
        "area": area_px(outline),
        "iscrowd": 0,
    }
