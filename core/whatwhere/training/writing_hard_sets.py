"""Making a hard set: sentences of annotated failures, links to their scans, a part held aside."""

import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from whatwhere.errors import RefusedPathError, SceneError
from whatwhere.files import replacing
from whatwhere.language.expressions import Expression
from whatwhere.language.relations import is_spatial, names_looks
from whatwhere.language.splits import Split, SplitScene
from whatwhere.training.hard_sets import (
    ABOUT,
    FORM,
    HELD,
    RANDOM,
    TRAIN,
    TWINS,
    WEIGHT,
    HardSet,
    HardSetPlan,
    weights_of,
)

Found = list[tuple[SplitScene, tuple[int, ...]]]
"""Scans, each with those of its rows that are wanted."""


def write_hard_set(
    folder: Path,
    split: Split,
    rows: Collection[int],
    plan: HardSetPlan | None = None,
    *,
    tags: Mapping[str, Collection[int]] | None = None,
    answers: Mapping[int, bool] | None = None,
    twins: Mapping[str, Sequence[Path]] | None = None,
    diagnosis: str = "",
) -> HardSet:
    """Make a hard set of some sentences of a split.

    Args:
        folder: to be made.
        split: the sentences and their scans.
        rows: indices of the sentences, e.g. of annotated failures whose ground truth holds.
        plan: how; None takes the usual one.
        tags: tag -> those of the rows that carry it.
        answers: row -> whether it was answered rightly, of those that count: what a random set and
            right answers are drawn from.
        twins: scene id -> its twins in which the target stays where it is.
        diagnosis: folder of the diagnosis that they are of.

    Raises:
        SceneError: there is nothing to train on, or nothing would be held aside.
        RefusedPathError: the folder cannot be written.
    """
    plan, tags = plan or HardSetPlan(), tags or {}
    weights = weights_of(tags, plan.weights, sorted(rows))
    wanted = {row for row, weight in weights.items() if weight > 0}
    scenes = _of_scenes(split, wanted)
    num_held = round(plan.held_share * len(scenes))
    if not scenes or num_held == len(scenes) or (plan.held_share and not num_held):
        raise SceneError(
            f"{len(wanted)} cases of {len(scenes)} scans cannot be parted into those to train on "
            "and those to hold aside",
            remedy="Annotate failures of more scans, or hold a smaller share aside",
        )
    generator = np.random.default_rng(plan.seed)
    order = generator.permutation(len(scenes))
    held = {scenes[place][0].scene_id for place in order[:num_held]}
    train = [(scene, found) for scene, found in scenes if scene.scene_id not in held]
    train_rows = _rows(found for _, found in train)
    held_rows = _rows(found for scene, found in scenes if scene.scene_id in held)
    known = answers or {}
    right = [row for row, is_right in known.items() if is_right and row not in wanted]
    num_replayed = round(plan.right_per_failure * len(train_rows))
    replayed = _drawn(train, right, num_replayed, np.random.default_rng([plan.seed, 1]))
    twin_rows, twin_scans = _twins(split, train, (twins or {}) if plan.with_twins else {})
    kept_tags = {tag: sorted(wanted & set(found)) for tag, found in tags.items()}
    document: dict[str, Any] = {
        "form": FORM,
        "about": f"annotated failures of {split.name}",
        "split": split.name,
        "diagnosis": diagnosis,
        "train_rows": list(train_rows),
        "held_rows": list(held_rows),
        "tags": kept_tags,
        "num_twins": len(twin_rows),
        "replayed_rows": list(replayed),
        "seed": plan.seed,
    }
    texts = {
        TRAIN: [
            *(_row(split.expressions[row], weights[row]) for row in train_rows),
            *(_row(split.expressions[row]) for row in replayed),
        ],
        HELD: [_row(split.expressions[row]) for row in held_rows],
    }
    if twin_rows:
        texts[TWINS] = [
            {**_row(split.expressions[row], weights[row]), "scene_id": twin_id}
            for row, twin_id in twin_rows
        ]
    _make(folder, [scene.path for scene, _ in scenes] + twin_scans, texts, document)
    random = None
    if plan.with_random:
        random = folder / RANDOM
        drawn = _drawn(train, known, len(train_rows) + len(replayed), generator)
        document |= {"about": f"as many cases of {split.name}, at random", "tags": {}}
        document |= {"train_rows": list(drawn), "held_rows": [], "num_twins": 0}
        document |= {"replayed_rows": []}
        own = {TRAIN: [_row(split.expressions[row]) for row in drawn]}
        _make(random, [scene.path for scene, _ in train], own, document)
    kept = {tag: tuple(found) for tag, found in kept_tags.items()}
    return HardSet(folder, train_rows, held_rows, diagnosis, kept, len(twin_rows), random, replayed)


def _of_scenes(split: Split, wanted: Collection[int]) -> Found:
    scenes = [(scene, tuple(row for row in scene.rows if row in wanted)) for scene in split.scenes]
    return [(scene, found) for scene, found in scenes if found]


def _twins(
    split: Split, train: Found, twins: Mapping[str, Sequence[Path]]
) -> tuple[list[tuple[int, str]], list[Path]]:
    """Sentences whose target a twin leaves where it is, each with the twin's id; and the twins."""
    rows: list[tuple[int, str]] = []
    scans: list[Path] = []
    for scene, found in train:
        kept = [row for row in found if _is_about_places(split.expressions[row])]
        for path in twins.get(scene.scene_id, ()) if kept else ():
            scans.append(path)
            rows += [(row, path.name) for row in kept]
    return rows, scans


def _is_about_places(expression: Expression) -> bool:
    return is_spatial(expression.text) and not names_looks(expression.text)


def _drawn(
    train: Found, rows: Collection[int], count: int, generator: np.random.Generator
) -> tuple[int, ...]:
    """From the scans that are trained on alone: those held aside stay unseen by both runs."""
    known = set(rows)
    there = np.array([row for scene, _ in train for row in scene.rows if row in known], np.int64)
    drawn = generator.choice(there, min(count, len(there)), replace=False)
    return tuple(sorted(drawn.tolist()))


def _make(
    folder: Path,
    scans: Iterable[Path],
    texts: Mapping[str, Sequence[Mapping[str, Any]]],
    document: Mapping[str, Any],
) -> None:
    try:
        (folder / "scans").mkdir(parents=True, exist_ok=True)
        for path in scans:
            link = folder / "scans" / path.name
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.abspath(path), target_is_directory=True)
        for name, rows in texts.items():
            _write(folder / f"ScanRefer_filtered_{name}.json", rows)
        _write(folder / ABOUT, document)
    except OSError as error:
        raise RefusedPathError(folder, error.strerror or str(error)) from error


def _rows(parts: Iterable[Sequence[int]]) -> tuple[int, ...]:
    return tuple(row for part in parts for row in part)


def _row(expression: Expression, weight: float = 1.0) -> dict[str, Any]:
    """A row in ScanRefer's form, with the keys of the demo world where they are known."""
    row: dict[str, Any] = {
        **expression.extra,
        "scene_id": expression.scene_id,
        "object_id": str(expression.target_id),
        "object_name": (expression.target_label or "").replace(" ", "_"),
        "ann_id": expression.ann_id,
        "description": expression.text,
        "token": list(expression.tokens) or expression.text.lower().split(),
    }
    if expression.anchor_ids:
        row["anchor_ids"] = list(expression.anchor_ids)
    if expression.skill is not None:
        row["skill"] = expression.skill
    if expression.num_lookalikes is not None:
        row["num_lookalikes"] = expression.num_lookalikes
    if weight != 1.0:
        row[WEIGHT] = weight
    return row


def _write(path: Path, document: object) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
