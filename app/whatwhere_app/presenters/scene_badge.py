"""The note in the corner of the 3D view: which frame the scan stands in, and what was noted."""

from whatwhere.scenes.scene import Scene

_PREVIEW_HINT = "The scan is vast: Show → Every triangle draws all of it, which may be slow."


def scene_badge(scene: Scene, note: str = "") -> tuple[str, str]:
    """The frame ("aligned" or "raw") with the number of notes, and the notes themselves."""
    words, hint = _frame_badge(scene)
    if not note:
        return words, hint
    return f"{words} · {note}", f"{hint}\n{_PREVIEW_HINT}"


def _frame_badge(scene: Scene) -> tuple[str, str]:
    frame = (
        ("aligned", "Shown in the axis-aligned frame that the benchmarks use.")
        if scene.is_aligned
        else ("raw", "This scan has no axisAlignment: boxes do not compare with the benchmarks'.")
    )
    if not scene.warnings:
        return frame
    count = f"{len(scene.warnings)} note{'s' if len(scene.warnings) > 1 else ''}"
    return f"{frame[0]} · {count}", "\n".join([frame[1], *scene.warnings])
