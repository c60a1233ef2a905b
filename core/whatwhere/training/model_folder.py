"""Writing a finished model: configuration, weights, words and a card of honest figures."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from whatwhere.evaluation.grounding import AccuracyRow
from whatwhere.models.spatial_vlm.model import SpatialVLM
from whatwhere.models.weights import write_weights
from whatwhere.models.words import Words
from whatwhere.training.config import TrainConfig


def write_model(
    folder: Path, network: SpatialVLM, words: Words, *, trained_on: dict[str, str]
) -> None:
    """Everything `load_grounder` needs; weights are stored in bfloat16."""
    folder.mkdir(parents=True, exist_ok=True)
    extra = {"vocabulary_hash": words.hash, "trained_on": trained_on}
    config = replace(network.config, extra=extra)
    (folder / "config.json").write_text(json.dumps(config.as_json(), indent=2) + "\n")
    write_weights(folder, network.state_dict(), dtype=torch.bfloat16)
    words.write(folder / "tokenizer.json")


def write_card(
    folder: Path,
    config: TrainConfig,
    rows: Sequence[AccuracyRow],
    *,
    num_parameters: int,
    seconds: dict[str, float],
) -> None:
    """card.md for people and metrics.json for programs."""
    metrics: dict[str, Any] = {
        "split": "test",
        "seconds": seconds,
        "rows": [
            {
                "part": row.part,
                "n": row.n,
                "chance": row.chance,
                "in_class_chance": row.in_class_chance,
                "accuracy": {m: rate.as_json() for m, rate in row.accuracy.items()},
                "class_accuracy": {m: rate.as_json() for m, rate in row.class_accuracy.items()},
            }
            for row in rows
        ],
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    modalities = list(rows[0].accuracy)
    lines = [
        f"# {config.name}",
        "",
        f"A `spatial_vlm` of {num_parameters / 1e6:.2f} M parameters, trained from scratch on "
        f"{config.train_rooms} demo rooms (data seed {config.data_seed}, colour shortcut "
        f"{config.shortcut:g}), seed {config.seed}, plain losses.",
        "",
        f"Made by `whatwhere train {config.name}`. Wall time by stage, minutes: "
        + ", ".join(f"{name} {s / 60:.1f}" for name, s in seconds.items())
        + ".",
        "",
        f"## Accuracy on {config.test_rooms} unbiased test rooms, percent",
        "",
        "Candidates are the annotated objects. `chance` is one in all candidates, `in class` one "
        "in the candidates of the target's class. The interval is 95 % over rooms.",
        "",
        "| part | n | chance | in class | " + " | ".join(modalities) + " |",
        "|---|---|---|---|" + "---|" * len(modalities),
    ]
    for row in rows:
        cells = [_percent(row.accuracy[m].value) for m in modalities]
        if row.part == "overall":
            cells = [str(row.accuracy[m]).split(" (n")[0] for m in modalities]
        lines.append(
            f"| {row.part} | {row.n} | {_percent(row.chance)} | {_percent(row.in_class_chance)} | "
            + " | ".join(cells)
            + " |"
        )
    overall = rows[0].class_accuracy
    lines += [
        "",
        "Class accuracy (something of the right class was chosen): "
        + ", ".join(f"{m} {_percent(overall[m].value)}" for m in modalities)
        + ".",
        "",
        "Its words are those of the demo rooms, its eyes have only seen rendered furniture: on a "
        "real scan its answers are outside its training.",
        "",
    ]
    (folder / "card.md").write_text("\n".join(lines))


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
