"""The honest-metric card: everything without which a number may not be compared."""

from whatwhere.evaluation.bias_report import BiasReport


def metric_card(report: BiasReport) -> dict[str, str]:
    """Name -> value, in the order in which they are read."""
    facts, overall = report.facts, report.overall
    asked = f"{overall.n:,} of {facts.num_sentences:,}"
    step = f"step {facts.step:,} of {facts.checkpoint_of}"
    card = {
        "Model": facts.model,
        "Weights": facts.model_hash or "unknown (imported answers)",
        "Checkpoint": step if facts.checkpoint_of else "",
        "Data": facts.data,
        "Split": facts.split,
        "Split hash": facts.split_hash,
        "Sentences counted": asked if facts.is_complete else f"{asked}; not all were asked yet",
        "Scenes": f"{overall.num_scenes:,}",
        "Candidates from": facts.box_source,
        "Right from": f"IoU {report.iou_threshold:g}, axis-aligned boxes",
        "Modalities": ", ".join(overall.accuracy),
        "Frozen reference": report.reference,
        "Left out": "; ".join(f"{n:,} {reason}" for reason, n in report.left_out.items()) or "none",
        "No answer, counted as wrong": ", ".join(
            f"{n:,} in {modality}" for modality, n in overall.unanswered.items() if n
        ),
        "Intervals": "95 %, over scenes (Wilson's with a design effect)",
        "Notes": " ".join(facts.notes),
        "Asked on": facts.created,
        "Versions": ", ".join(f"{name} {version}" for name, version in facts.versions.items()),
    }
    return {name: value for name, value in card.items() if value}
