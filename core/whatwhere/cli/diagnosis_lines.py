"""A diagnosis in lines, as `whatwhere diagnose` prints it."""

from typing import Any

import numpy as np

from whatwhere.evaluation.bias_report import BiasReport
from whatwhere.evaluation.cases.store import StoredCases
from whatwhere.evaluation.states.summary import CAVEAT, StatesSummary


def report_lines(cases: StoredCases, report: BiasReport) -> list[str]:
    """The headline of one model, what is in no figure, and where its cases lie."""
    facts, overall = cases.facts, report.overall
    lines = [
        f"{facts.model} on {facts.split}: {counted(overall.n, 'case')} of "
        f"{counted(overall.num_scenes, 'scan')}, "
        f"candidates from {facts.box_source}, split {facts.split_hash}",
        report.verdict,
        f"right at IoU {report.iou_threshold:g}, in %:",
    ]
    lines += [f"  {name:9} {rate}" for name, rate in overall.accuracy.items()]
    lines += _probe_lines(report)
    if report.left_out:
        lines.append("in no figure:")
        lines += [f"  {count:,} {reason}" for reason, count in report.left_out.items()]
    lines += facts.notes
    lines.append(f"{cases.folder}")
    return lines


def state_lines(summary: StatesSummary | None) -> list[str]:
    """What can be read from the states; none where they were not kept."""
    if summary is None:
        return []
    lines = [f"states of {summary.num_cases:,} cases; CKA, 1 is alike and 0 has nothing in common:"]
    lines += [
        f"  {name.replace('-', ' and '):14} {value:.2f}" for name, value in summary.cka.items()
    ]
    lines.append("read linearly from them (class: share right; position: R² in its room):")
    for item in summary.read_outs:
        interval = "" if np.isnan(item.low) else f" [{item.low:.2f}, {item.high:.2f}]"
        lines.append(
            f"  {item.role:8} from {item.modality:8} {item.score:.2f}{interval}, "
            f"control {item.control:.2f} (n {item.num_cases:,})"
        )
    return [*lines, f"  {CAVEAT}"]


def _probe_lines(report: BiasReport) -> list[str]:
    if not report.probes:
        return []
    lines = ["probes, in % of the cases where it is known what should happen:"]
    for name, found in report.probes.items():
        shares = {
            what: found[f"{what}_when_it_should"]["value"]
            for what in ("moved", "stayed")
            if found[f"{what}_when_it_should"] is not None
        }
        said = ", ".join(f"{what} {100 * share:.1f}" for what, share in shares.items())
        lines.append(f"  {name:20} {said or 'either may happen'} (n {found['n']:,})")
    return lines


def difference_lines(document: dict[str, Any]) -> list[str]:
    """What one model gains on the first."""
    lines = [
        f"{document['after']} minus {document['before']}, {counted(document['n'], 'common case')}:"
    ]
    for name, rate in document["accuracy"].items():
        lines.append(f"  right, {name}: {_points(rate)}")
    for name, rate in document["follow_appearance"].items():
        lines.append(f"  follows appearance, {name}: {_points(rate)}")
    return [*lines, *document["notes"]]


def _points(rate: dict[str, Any]) -> str:
    if rate["value"] is None:
        return "unknown"
    interval = (
        "" if rate["low"] is None else f" [{100 * rate['low']:+.1f}, {100 * rate['high']:+.1f}]"
    )
    return f"{100 * rate['value']:+.1f} points{interval} (n {rate['n']})"


def counted(count: int, what: str) -> str:
    """1 scan, 24 scans."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
