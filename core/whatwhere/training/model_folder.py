"""Writing a finished model: configuration, weights, words and a card of honest figures."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from whatwhere.evaluation.grounding import AccuracyRow
from whatwhere.models.frame_vlm.config import KIND as FRAME_VLM
from whatwhere.models.spatial_vlm.model import SpatialVLM
from whatwhere.models.weights import write_weights
from whatwhere.models.words import Words
from whatwhere.training.config import TrainConfig


def write_model(
    folder: Path, network: SpatialVLM, words: Words, *, trained_on: dict[str, str]
) -> None:
    """Everything `load_grounder` needs; weights are stored in bfloat16."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in model_texts(network, words, trained_on=trained_on).items():
        (folder / name).write_text(text, encoding="utf-8")
    write_weights(folder, network.state_dict(), dtype=torch.bfloat16)


def model_texts(network: SpatialVLM, words: Words, *, trained_on: dict[str, str]) -> dict[str, str]:
    """File name -> content of what a model folder holds beside its weights."""
    extra = {"vocabulary_hash": words.hash, "trained_on": trained_on}
    config = replace(network.config, extra=extra)
    return {
        "config.json": json.dumps(config.as_json(), indent=2) + "\n",
        "tokenizer.json": words.as_json(),
    }


def write_card(
    folder: Path,
    config: TrainConfig,
    rows: Sequence[AccuracyRow],
    *,
    split: str,
    network: nn.Module,
    kind: str,
    seconds: dict[str, float],
) -> None:
    """card.md for people and metrics.json for programs.

    Args:
        folder: of the model.
        config: of the run.
        rows: figures, the first one overall.
        split: what they were measured on: "test", "val", or "probe".
        network: whose parameters are counted.
        kind: of model.
        seconds: wall time by stage.
    """
    num_parameters = sum(p.numel() for p in network.parameters())
    metrics: dict[str, Any] = {
        "split": split,
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
        f"A `{kind}` of {num_parameters / 1e6:.2f} M parameters, {_origin(config)}.",
        "",
        f"Losses: {_losses(config)}.{_adapters(config)} Steps: {config.steps} of "
        f"{config.rooms_per_step * config.sentences_per_room} sentences, seed {config.seed}.",
        "",
        "Made by `whatwhere train` with the config.toml of its run. Wall time by stage, minutes: "
        + ", ".join(f"{name} {s / 60:.1f}" for name, s in seconds.items())
        + ".",
        "",
        f"## Accuracy, percent, on {_place(config, split, kind)}",
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
        _limits(config, kind),
        "",
    ]
    (folder / "card.md").write_text("\n".join(lines))


def _origin(config: TrainConfig) -> str:
    data = f"the data set {Path(config.data).name}"
    if not config.data:
        data = (
            f"{config.train_rooms} demo rooms (data seed {config.data_seed}, {config.family} "
            f"shortcut {config.shortcut:g})"
        )
    if config.base:
        return f"fine-tuned from {Path(config.base).name} on {data}"
    return f"trained from scratch on {data}"


def _losses(config: TrainConfig) -> str:
    parts = [f"alignment ({config.alignment})"]
    if config.product_share:
        parts.append(f"{config.product_share:g} of it on the product with 2D")
    if config.pseudo_label != "none":
        parts.append(
            f"pseudo-label {config.pseudo_label_weight:g} x {config.pseudo_label} "
            f"(margin {config.margin:g})"
        )
    if config.what_keeper_weight:
        parts.append(f"what-keeper {config.what_keeper_weight:g}")
    if config.opponent_weight:
        parts.append(f"opponent {config.opponent_weight:g} (margin {config.opponent_margin:g})")
    if config.questions:
        parts.append(f"answers {config.answer_weight:g}")
        if config.pseudo_label != "none":
            hinge = f"{config.answer_pseudo_label_weight:g} (margin {config.margin:g})"
            parts.append(f"answer pseudo-label {hinge}")
    if config.anchor_weight:
        parts.append(f"anchors {config.anchor_weight:g}")
    if config.attribute_weight:
        parts.append(f"attributes {config.attribute_weight:g}")
    return ", ".join(parts)


def _adapters(config: TrainConfig) -> str:
    if not config.lora_rank:
        return ""
    scale = f"alpha {config.lora_alpha}, dropout {config.lora_dropout:g}"
    return f" Language model: adapters of rank {config.lora_rank} ({scale}), merged."


def _place(config: TrainConfig, split: str, kind: str) -> str:
    if config.data and split == "probe" and kind == FRAME_VLM:
        return f"the probe set: at most {config.val_rooms} scenes of the data set's own val split"
    if config.data:
        return f"the data set's own {'val' if split == 'probe' else split} split"
    if split == "probe":
        return f"the probe set: {config.val_rooms} rooms that keep the shortcut"
    return f"{config.test_rooms} rooms without the shortcut"


def _limits(config: TrainConfig, kind: str) -> str:
    if config.data:
        return "On scans unlike those of its data set its answers are outside its training."
    if kind == FRAME_VLM:
        return (
            "It was tuned on rendered rooms: on a real scan its answers are outside its training."
        )
    return (
        "Its words are those of the demo rooms, its eyes have only seen rendered furniture: on a "
        "real scan its answers are outside its training."
    )


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
