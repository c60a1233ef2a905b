"""A scan of the catalogue as a row of the list: what is there, and why something is not."""

from whatwhere.scenes.listed_scans import PARTS, ListedScan, Part
from whatwhere.scenes.scene import display_name
from whatwhere_app.view_values import PartMark, Row

PART_NAMES: dict[Part, str] = {
    "mesh": "mesh",
    "frames": "frames",
    "objects": "boxes",
    "sentences": "text",
}
"""Short enough for four of them beside a picture."""

_PRESENT: dict[Part, str] = {
    "mesh": "Mesh",
    "frames": "Frames",
    "objects": "Boxes of annotated objects",
    "sentences": "Text: sentences in a file nearby",
}


def listed_row(scan: ListedScan, *, is_pinned: bool, is_opening: bool) -> Row:
    """The row of a scan that lies below one of the user's folders."""
    name = display_name(scan.scene_id, scan.kind)
    text = f"{scan.scene_id} · {scan.kind}" if name != scan.scene_id else scan.scene_id
    caption, parts = "", part_marks(scan)
    if is_opening or scan.fault:
        caption, parts = ("opening…" if is_opening else "cannot be opened"), ()
    return Row(
        str(scan.path),
        text,
        caption,
        hint(scan),
        is_faint=bool(scan.fault),
        is_pinned=is_pinned,
        is_listed=True,
        parts=parts,
    )


def part_marks(scan: ListedScan) -> tuple[PartMark, ...]:
    """Every part by its short name, and whether it is there."""
    return tuple(PartMark(PART_NAMES[part], scan.has(part)) for part in PARTS)


def hint(scan: ListedScan) -> str:
    """Where a scan lies, what is there, and a sentence for each thing that is not."""
    if scan.fault:
        return scan.fault
    lines = [str(scan.path)]
    present = [_told(scan, part) for part in PARTS if scan.has(part)]
    lines += [f"{', '.join(present)}."] if present else []
    return "\n".join([*lines, *(scan.missing[part] for part in PARTS if part in scan.missing)])


def _told(scan: ListedScan, part: Part) -> str:
    if part == "frames":
        return scan.frames if scan.num_frames is None else f"{scan.num_frames:,} frames"
    if part == "sentences":
        return f"{scan.num_sentences:,} sentence{'s' if scan.num_sentences != 1 else ''}"
    return "annotated objects" if part == "objects" else part


def part_choices() -> tuple[tuple[Part, str, str], ...]:
    """Every part, what its filter says, and what the filter does."""
    return tuple(
        (
            part,
            PART_NAMES[part].capitalize(),
            f"{_PRESENT[part]}: show only listed scans that have it",
        )
        for part in PARTS
    )
