"""The `evaluate` document as Markdown: for a terminal, a card or an appendix."""

from collections.abc import Iterable, Mapping
from typing import Any

_NO_PARTS = {"overall", "variant", "box_source", "split_hash"}


def as_markdown(document: Mapping[str, Any]) -> str:
    """Title, facts, one table per metric, the ceiling, and what was not asked."""
    lines = [f"# {document['model']} on {document['split']}", "", *_facts(document)]
    for name in document["metrics"]:
        rows = {mode: found[name] for mode, found in document["by_modality"].items()}
        lines += ["", f"## {name}", "", *_table(rows, "modality")]
        variant = next(iter(rows.values()))["variant"]
        lines += ["", f"Variant: {variant}. Boxes from {document['box_source']}."]
    if document["recall"]:
        lines += ["", "## What these candidates allow", "", *_table(document["recall"], "")]
    lines += ["", *_notes(document)]
    return "\n".join(lines).rstrip() + "\n"


def _facts(document: Mapping[str, Any]) -> list[str]:
    counts = ", ".join(f"{part} {count:,}" for part, count in document["counts"].items())
    lines = [
        f"- {document['n']:,} sentences ({document['data']}), scans: {document['num_scenes']:,}, "
        f"split hash `{document['split_hash']}`",
        f"- {counts}",
    ]
    rate, share = document["queries_per_s"], document["encoder_share"]
    if rate is not None:
        lines.append(f"- {rate:.1f} sentences a second in this call")
    if share is not None:
        lines.append(f"- encoding took {share:.0%} of the time")
    return lines


def _table(rows: Mapping[str, Mapping[str, Any]], head: str) -> list[str]:
    parts = ["overall", *(part for part in next(iter(rows.values())) if part not in _NO_PARTS)]
    lines = [_row([head, *parts]), _row(["---", *["---:"] * len(parts)])]
    for name, metric in rows.items():
        lines.append(_row([name, *(_cell(metric.get(part)) for part in parts)]))
    return lines


def _cell(rate: Mapping[str, Any] | None) -> str:
    if rate is None or rate["value"] is None:
        return "-"
    interval = ""
    if rate["low"] is not None:
        interval = f" [{100 * rate['low']:.1f}, {100 * rate['high']:.1f}]"
    return f"{100 * rate['value']:.2f}{interval} (n {rate['n']:,})"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _notes(document: Mapping[str, Any]) -> list[str]:
    """Everything that makes the number smaller or larger than another's, each in a line."""
    skipped = document["not_asked"]
    said = [
        f"{count:,} rows have no answer in {modality} and count as wrong."
        for modality, count in document["unanswered"].items()
        if count
    ]
    for count, what in (
        (document["targets_without_box"], "targets have no box (walls, unknown ids): always wrong"),
        (document["left_out"], "rows are left out by ReferIt3D's own evaluation"),
        (document["num_empty_proposals"], "candidates held nothing and were skipped"),
        (skipped["num_rows_dropped"], "rows of the file cannot be read"),
    ):
        if count:
            said.append(f"{count:,} {what}.")
    count, names = skipped["num_scenes_not_here"], skipped["scenes_not_here"]
    if count:
        more = ", ..." if count > len(names) else ""
        said.append(f"Scans that were not found: {count:,} ({', '.join(names)}{more}).")
    said += [f"Not asked: {fault}" for fault in skipped["not_opened"]]
    said += [f"No answer: {fault}" for fault in document["faults"]]
    said += [*skipped["rows_dropped"], *(f"{note}." for note in document["notes"])]
    if skipped["rows"]:
        said.insert(0, f"Only a part: {skipped['rows']:,} rows of this split were not asked.")
    return [f"- {line}" for line in said]
