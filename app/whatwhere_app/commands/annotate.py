"""The Annotate menu: tags by digits, and what goes with them."""

from whatwhere_app.commands.command import Command

DIGITS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)

_TAGS = tuple(
    Command(
        f"annotate.tag_{digit}",
        f"Tag {digit}",
        (),
        "",
        f"In the Annotate layout the key {digit} gives its tag or takes it off",
    )
    for digit in DIGITS
)

ANNOTATE: tuple[Command, ...] = (
    Command(
        "annotate.these",
        "Annotate these",
        ("Ctrl+T",),
        "Annotate",
        "Go through the cases that the filters of Diagnose keep, in the order of its table",
    ),
    Command(
        "annotate.done",
        "Done, next case",
        (),
        "Annotate",
        "Mark the case as looked at and go on to the next one that is not; Enter in this layout",
        starts_group=True,
    ),
    Command("annotate.note", "Write a note", (), "Annotate", "Into the case's note"),
    Command(
        "annotate.snap",
        "Snap the box to an object",
        (),
        "Annotate",
        "The selected box becomes that of the annotated object which it fits best",
        starts_group=True,
    ),
    Command(
        "annotate.region_box",
        "Box on the frame…",
        ("R",),
        "Annotate",
        "Drag a rectangle around the object on the frame; its depth makes a box in 3D",
        starts_group=True,
    ),
    Command(
        "annotate.region_outline",
        "Outline on the frame…",
        ("O",),
        "Annotate",
        "Click around the object on the frame; its depth makes a box in 3D",
    ),
    Command(
        "annotate.region_accept",
        "Accept the box of the outline",
        ("M",),
        "Annotate",
        "The dashed box in 3D becomes the mended box of the case",
    ),
    Command(
        "annotate.region_delete",
        "Delete the outline",
        (),
        "Annotate",
        "The selected one; the Delete key does so while the frame has the focus",
    ),
    Command(
        "annotate.edit_tags",
        "Edit the tags…",
        (),
        "Annotate",
        "Names, colours, order and keys of the tags that this store offers",
        starts_group=True,
    ),
    Command(
        "annotate.independent",
        "Annotate independently",
        (),
        "Annotate",
        "Hide what others say of a case until both have done with it",
        is_checkable=True,
    ),
    Command(
        "annotate.agreement",
        "Agreement…",
        (),
        "Annotate",
        "How far you and another annotator agree, tag by tag, and what you differ on",
    ),
    Command(
        "annotate.train",
        "Train on these…",
        (),
        "Annotate",
        "The tagged cases become a hard set in the training form; half of their scans are held "
        "aside to see what was cured",
        starts_group=True,
    ),
    Command(
        "annotate.export",
        "Export cases…",
        (),
        "Annotate",
        "Annotated cases as JSON lines, CSV, Parquet, COCO-like, ScanRefer, GLB or PLY",
        starts_group=True,
    ),
    Command(
        "annotate.import",
        "Import cases…",
        (),
        "Annotate",
        "See what a colleague's file would add, then take it in; what is said here stays",
    ),
    *_TAGS,
)
