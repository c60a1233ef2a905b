"""The `probe` document as lines of the panel, and as a table for a file."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from whatwhere.evaluation.probes.catalogue import PROBES
from whatwhere.geometry.boxes import Box
from whatwhere_app.probe_values import AnswerChange, Mark, ProbeLine
from whatwhere_app.theme import LAYER_TAGS

_MARKS: dict[bool | None, Mark] = {True: "✓", False: "✗", None: "·"}
_COLUMNS = (
    *("scene", "expression", "model", "probe", "family", "changed", "asked", "modality"),
    *("expected", "outcome", "as_expected", "label", "object_id", "log_p", "iou", "delta_iou"),
    *("cx", "cy", "cz", "dx", "dy", "dz", "verdict"),
)
_AS_IT_IS = "as it is"

Row = Mapping[str, Any]


def probe_lines(rows: Mapping[str, Row], lead: str) -> tuple[ProbeLine, ...]:
    """A line per probe, in the order of the catalogue; those that were not run are empty.

    Args:
        rows: of `probe` documents, by the name of the probe.
        lead: the modality whose answers are shown.
    """
    lines = []
    for probe in PROBES:
        row = rows.get(probe.name)
        if row is None:
            lines.append(ProbeLine(probe.name, "", probe.title, hint=probe.does))
            continue
        answer = row["answers"].get(lead)
        if answer is None:
            reason = str(row["why_not"]) or "This model gave no such answer."
            lines.append(ProbeLine(probe.name, "-", probe.title, verdict=reason, hint=probe.does))
            continue
        lines.append(
            ProbeLine(
                probe.name,
                _MARKS[answer["as_expected"]],
                probe.title,
                named(answer),
                _signed(answer["delta_iou"]),
                str(answer["verdict"]),
                probe.does,
            )
        )
    return tuple(lines)


def probe_detail(name: str, row: Row | None) -> str:
    """What one probe did, in every modality, as lines of text."""
    probe = next(item for item in PROBES if item.name == name)
    if row is None or row["why_not"]:
        return probe.does
    said = [probe.does]
    said.append(f"Changed: {row['changed']}. Asked: “{row['expression']}”, {row['ms']:.0f} ms.")
    for modality, answer in row["answers"].items():
        tag = LAYER_TAGS.get(modality, modality)
        said.append(f"{tag}: {named(answer)}. {answer['verdict']}")
    return "\n".join(said)


def change_of(before: Row, answer: Row) -> AnswerChange:
    """Two answers of one modality."""
    return AnswerChange(Box.from_json(before["box"]), Box.from_json(answer["box"]))


def named(answer: Row) -> str:
    """The candidate of an answer, as people call it."""
    if answer["label"] is None:
        return f"candidate {answer['proposal']}"
    number = "" if answer["object_id"] is None else f" {answer['object_id']}"
    return f"{answer['label']}{number}"


def probes_csv(head: Row, rows: Sequence[Row]) -> str:
    """One line per probe and modality, after one per modality for the case as it is.

    Args:
        head: a `probe` document.
        rows: of probes that were run on this case.
    """
    file = io.StringIO(newline="")
    table = csv.DictWriter(file, _COLUMNS, extrasaction="ignore", restval="")
    table.writeheader()
    common = {name: head[name] for name in ("scene", "expression", "model")}
    for modality, answer in head["before"].items():
        asked = {"probe": _AS_IT_IS, "asked": head["expression"], "modality": modality}
        table.writerow(common | asked | answer | _box(answer))
    for row in rows:
        what = {"probe": row["probe"], "family": row["family"]}
        if not row["answers"]:
            table.writerow(common | what | {"verdict": row["why_not"]})
        for modality, answer in row["answers"].items():
            asked = {
                "changed": row["changed"],
                "asked": row["expression"],
                "modality": modality,
                "expected": row["expected"],
            }
            table.writerow(common | what | asked | answer | _box(answer))
    return file.getvalue()


def _box(answer: Row) -> dict[str, float]:
    numbers = (*answer["box"]["center"], *answer["box"]["size"])
    return dict(zip(("cx", "cy", "cz", "dx", "dy", "dz"), numbers, strict=True))


def _signed(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:+.2f}".replace("-", "\u2212") if abs(value) >= 0.005 else "0.00"
