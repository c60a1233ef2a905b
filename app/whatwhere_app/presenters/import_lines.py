"""What came of reading an own scan in some way, as sentences with figures."""

from whatwhere.scenes.agreement import GOOD_M
from whatwhere.scenes.health import MAX_DEPTH_ERROR_M
from whatwhere.scenes.import_choices import ImportChoices
from whatwhere.scenes.import_trial import ImportTrial
from whatwhere_app.import_values import CheckLine, FieldNotes

_USUAL_DEPTH_M = (0.3, 10.0)
_USUAL_HEIGHT_M = (0.2, 3.0)
_WAYS = {"world_from_camera": "camera to world", "camera_from_world": "world to camera"}
_AXES = {"opencv": "OpenCV", "opengl": "OpenGL"}


def check_lines(trial: ImportTrial, floor_m: float | None) -> tuple[CheckLine, ...]:
    """Everything that tells whether a scan is read rightly.

    Args:
        trial: what came of it.
        floor_m: where the floor is now; None where nobody knows.
    """
    lines = [_frames(trial)]
    if trial.has_mesh:
        lines.append(_on_mesh(trial))
    if trial.cameras:
        lines += [_apart(trial), _depth(trial), _heights(trial, floor_m)]
    return tuple(lines)


def field_notes(trial: ImportTrial, chosen: ImportChoices) -> FieldNotes:
    """Where values come from that nobody chose."""
    floor = "" if chosen.floor_m is not None else "The lowest wide level surface."
    if chosen.floor_m is None and trial.choices.floor_m is None:
        floor = "No level surface was found."
    return FieldNotes(
        camera="assumed, no file tells" if trial.is_camera_assumed else "",
        up="Judging by the cameras." if trial.is_up_guessed else "",
        floor=floor,
    )


def offer_text(trial: ImportTrial) -> str:
    """The reading that agrees clearly better, as a button says it; "" without one."""
    if trial.better is None:
        return ""
    better, distance_m = trial.better
    named = f"{_WAYS[better.pose or 'world_from_camera']}, {_AXES[better.axes or 'opencv']}"
    return f"Use {named}: {distance_m * 100:.1f} cm"


def _frames(trial: ImportTrial) -> CheckLine:
    looked = f"{trial.num_tried:,} frames"
    if trial.num_tried < trial.num_frames:
        looked = f"{trial.num_tried:,} of {trial.num_frames:,} frames were looked at"
    if not trial.faults:
        return CheckLine("good", f"{looked}; all can be used.")
    fault, _ = max(trial.faults.items(), key=lambda item: item[1])
    num_left = sum(trial.faults.values())
    said = f"{looked}; {num_left} cannot be used: {fault}."
    return CheckLine("unknown" if trial.cameras else "bad", said)


def _on_mesh(trial: ImportTrial) -> CheckLine:
    found = trial.on_mesh
    if found is None:
        return CheckLine("bad", "No frame sees the mesh: poses, axes or the mesh are others'.")
    blind = f" {found.num_blind} of the frames compared do not see it." if found.num_blind else ""
    is_near = found.median_m <= MAX_DEPTH_ERROR_M
    verb = "agree with the mesh within" if is_near else "lie off the mesh by"
    return CheckLine(
        "good" if is_near and not found.num_blind else "bad",
        f"Frames {verb} {found.median_m * 100:.1f} cm (median of "
        f"{found.num_compared:,} points); {found.near_share * 100:.0f} % of them within "
        f"{MAX_DEPTH_ERROR_M * 100:.0f} cm.{blind}",
    )


def _apart(trial: ImportTrial) -> CheckLine:
    apart_m = trial.frames_apart_m
    if apart_m is None:
        return CheckLine("unknown", "No two neighbouring frames see the same.")
    if apart_m <= GOOD_M:
        return CheckLine(
            "good", f"Neighbouring frames agree within {apart_m * 100:.1f} cm (median)."
        )
    return CheckLine("bad", f"Neighbouring frames lie {apart_m * 100:.0f} cm apart (median).")


def _depth(trial: ImportTrial) -> CheckLine:
    depth_m = trial.median_depth_m
    if depth_m is None:
        return CheckLine("bad", "The depth images hold no measurement.")
    low, high = _USUAL_DEPTH_M
    is_usual = low <= depth_m <= high
    hint = "" if is_usual else " Rooms are nearer: try other units." if depth_m > high else ""
    hint = " Rooms are larger: try other units." if depth_m < low else hint
    said = f"What is measured lies {depth_m:.2f} m away (median).{hint}"
    return CheckLine("good" if is_usual else "bad", said)


def _heights(trial: ImportTrial, floor_m: float | None) -> CheckLine:
    if floor_m is None:
        return CheckLine("unknown", "Where the floor lies is not known.")
    low, high = (float(f(trial.camera_heights_m - floor_m)) for f in (min, max))
    is_usual = _USUAL_HEIGHT_M[0] <= low and high <= _USUAL_HEIGHT_M[1]
    hint = "" if is_usual else " People hold them at 0.2 to 3 m: look at Up and Floor."
    said = f"Cameras stand {low:.2f} to {high:.2f} m above the floor.{hint}"
    return CheckLine("good" if is_usual else "bad", said)
