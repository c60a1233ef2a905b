"""Can a sentence be answered without reading its anchor? Measured over a data set.

With the anchor's name hidden and every admissible anchor equally likely, the best guess is the
member that most anchors would point at. For an honest skill that guess is right about as often
as a draw among the look-alikes.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from whatwhere.demo.facts import ANCHORED, Fact, Thing, anchored_facts, anchors_of, groups_of
from whatwhere.geometry.boxes import Box


@dataclass(frozen=True, slots=True)
class MaskedScore:
    """How well one skill can be guessed with its anchors hidden.

    Attributes:
        skill: which.
        num_sentences: how many were examined.
        guessed: share that the best guess answers, ties shared.
        chance: mean of one over the number of look-alikes.
        standard_error: of `guessed`, sentences of one room kept together.
    """

    skill: str
    num_sentences: int
    guessed: float
    chance: float
    standard_error: float


def audit_masked_anchors(folder: Path, split: str) -> list[MaskedScore]:
    """The score of every anchored skill over the data set at `folder`, written without meshes."""
    rows = json.loads((folder / f"ScanRefer_filtered_{split}.json").read_text())
    hits: dict[str, list[tuple[str, float, float]]] = {skill: [] for skill in ANCHORED}
    scenes: dict[str, list[Thing]] = {}
    for row in rows:
        if row["skill"] in hits:
            scene_id = row["scene_id"]
            if scene_id not in scenes:
                scenes[scene_id] = read_things(folder / "scans" / scene_id)
            fact = Fact(row["skill"], int(row["object_id"]), tuple(row["anchor_ids"]))
            hit = masked_hit(fact, scenes[scene_id])
            hits[row["skill"]].append((scene_id, hit, 1 / row["num_lookalikes"]))
    return [_score(skill, found) for skill, found in hits.items() if found]


def masked_hit(fact: Fact, things: Sequence[Thing]) -> float:
    """1 when the best guess without the anchor is the target; shared among ties."""
    name = next(thing.name for thing in things if thing.object_id == fact.target)
    group = groups_of(things)[name]
    answers = anchored_facts(fact.skill, group, anchors_of(things))
    counts = Counter(answer.target for answer in answers)
    most = max(counts.values())
    best = [target for target, count in counts.items() if count == most]
    return (fact.target in best) / len(best)


def read_things(scan: Path) -> list[Thing]:
    """The boxed objects of a demo scan that was written without a mesh."""
    table = np.load(scan / f"{scan.name}_aligned_bbox.npy", allow_pickle=False)
    boxes = {int(row[7]): Box.from_row(row[:6]) for row in table}
    document = json.loads((scan / f"{scan.name}.aggregation.json").read_text())
    return [
        Thing(
            object_id=group["objectId"],
            name=group["label"],
            colour=group["colour"],
            box=boxes[group["objectId"]],
            support=group["support"],
            on_floor=boxes[group["objectId"]].lower[2] < 0.01,
            hangs=False,
            clear=group["clear"],
        )
        for group in document["segGroups"]
        if group["objectId"] in boxes
    ]


def _score(skill: str, found: Iterable[tuple[str, float, float]]) -> MaskedScore:
    rows = list(found)
    by_scene: dict[str, list[float]] = {}
    for scene_id, hit, _ in rows:
        by_scene.setdefault(scene_id, []).append(hit)
    guessed = float(np.mean([hit for _, hit, _ in rows]))
    residuals = [sum(hit - guessed for hit in hits) for hits in by_scene.values()]
    return MaskedScore(
        skill,
        len(rows),
        guessed,
        float(np.mean([chance for _, _, chance in rows])),
        float(np.sqrt(np.sum(np.square(residuals))) / len(rows)),
    )
