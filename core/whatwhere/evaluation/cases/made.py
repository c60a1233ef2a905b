"""Cases that nobody answered: plausible columns of any size, for benches and tests.

A planted share of answers goes with appearance, so figures over them have something to find.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns, ModalityColumns, TwinColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts

_SENTENCES_PER_SCENE = 30
_RELATIONS = ("near", "left", "right", "between", "far", "on", "corner", "wall")
_LABELS = ("chair", "table", "lamp", "shelf", "sofa", "box", "door", "window")
_COLOURS = ("red", "blue", "white", "brown")
_ROOM_M = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class MadeCases:
    """A diagnosis that was made up.

    Attributes:
        facts: that say so.
        columns: n cases.
        texts: n sentences, by row.
    """

    facts: DiagnosisFacts
    columns: CaseColumns
    texts: tuple[str, ...]


def made_cases(
    num_cases: int,
    *,
    seed: int = 0,
    modalities: tuple[str, ...] = ("fused", "2d", "3d"),
    follows: float = 0.3,
) -> MadeCases:
    """The same cases for the same arguments.

    Args:
        num_cases: n.
        seed: other numbers, other cases.
        modalities: that answer.
        follows: share of fused answers that are those of 2D and go with the appearance.
    """
    rng = np.random.default_rng([seed, num_cases])
    scenes = (np.arange(num_cases) // _SENTENCES_PER_SCENE).astype(np.int32)
    num_scenes = int(scenes[-1]) + 1 if num_cases else 0
    labels = rng.integers(0, len(_LABELS), num_cases, np.int32)
    # -1 for sentences that name looks instead of a place.
    relation = rng.integers(-1, len(_RELATIONS), num_cases, np.int32)
    spatial = relation >= 0
    num_lookalikes = rng.choice([1, 2, 3, 4, 6], num_cases, p=[0.2, 0.3, 0.2, 0.2, 0.1])
    num_candidates = (num_lookalikes + rng.integers(4, 24, num_cases)).astype(np.int32)
    target = rng.integers(0, num_lookalikes)  # look-alikes are the first candidates
    chosen = _choices(rng, target, num_lookalikes, spatial, modalities, follows)
    unboxed = rng.random(num_cases) < 0.004
    places = rng.uniform(-_ROOM_M, _ROOM_M, (num_scenes, 32, 3)).astype(np.float32)
    by_modality = {
        name: _answers(rng, chosen[name], target, num_lookalikes, places[scenes], unboxed)
        for name in modalities
    }
    columns = CaseColumns(
        rows=np.arange(num_cases, dtype=np.int32),
        scene_ids=tuple(f"made{index:05d}_00" for index in range(num_scenes)),
        scenes=scenes,
        labels=_LABELS,
        label_codes=labels,
        skills=(*_RELATIONS, "colour"),
        skill_codes=np.where(spatial, relation, len(_RELATIONS)).astype(np.int32),
        relations=_RELATIONS,
        has_relation=relation[:, None] == np.arange(len(_RELATIONS)),
        is_spatial=spatial,
        is_view_dependent=(relation == 1) | (relation == 2),
        names_looks=~spatial,
        target_ids=target.astype(np.int32),
        num_candidates=num_candidates,
        num_lookalikes=num_lookalikes.astype(np.int32),
        lookalike_m=np.where(num_lookalikes > 1, rng.gamma(4, 0.5, num_cases), np.nan).astype(
            np.float32
        ),
        visibility=rng.beta(2, 12, num_cases).astype(np.float32),
        reasons=("target without a box",),
        excluded=np.where(unboxed, 0, -1).astype(np.int32),
        ground_ms=rng.gamma(3, 4, num_cases).astype(np.float32),
        modalities=by_modality,
        twins={"appearance": _twin(rng, chosen, target, num_lookalikes, spatial, follows)},
    )
    facts = DiagnosisFacts(
        name=f"made-{num_cases}-{seed}",
        model="made up",
        model_hash="",
        data="made up",
        split="made",
        split_hash=f"{num_cases:06d}{seed:06d}"[:12],
        num_sentences=num_cases,
        modalities=modalities,
        box_source="annotation",
        created="2026-01-01T00:00:00+00:00",
        is_complete=True,
    )
    return MadeCases(facts, columns, _texts(rng, relation, labels))


def _choices(
    rng: np.random.Generator,
    target: NDArray[np.int64],
    num_lookalikes: NDArray[np.int64],
    spatial: NDArray[np.bool_],
    modalities: tuple[str, ...],
    follows: float,
) -> dict[str, NDArray[np.int64]]:
    """Per modality the chosen candidate; one of another class lies behind the look-alikes."""

    def guess(right: float) -> NDArray[np.int64]:
        any_of_class = rng.integers(0, num_lookalikes)
        found = np.where(rng.random(len(target)) < right, target, any_of_class)
        return np.where(rng.random(len(target)) < 0.05, num_lookalikes, found)

    flat = np.where(spatial, guess(0.0), guess(0.8))
    found = {name: guess(0.6) for name in modalities}
    found["2d"] = flat
    found["fused"] = np.where(spatial & (rng.random(len(target)) < follows), flat, guess(0.7))
    return found


def _answers(
    rng: np.random.Generator,
    chosen: NDArray[np.int64],
    target: NDArray[np.int64],
    num_lookalikes: NDArray[np.int64],
    places: NDArray[np.float32],
    unboxed: NDArray[np.bool_],
) -> ModalityColumns:
    count = len(chosen)
    right, of_class = chosen == target, chosen < num_lookalikes
    in_class = np.log(np.where(right, rng.uniform(0.4, 1.0, count), rng.uniform(0.001, 0.4, count)))
    in_class[num_lookalikes == 1] = 0.0
    log_p_class = np.log(np.where(of_class, rng.uniform(0.6, 1.0, count), 0.2))
    boxes = np.ones((count, 6), np.float32)
    boxes[:, :3] = places[np.arange(count), chosen]
    iou = np.where(unboxed, np.nan, right).astype(np.float32)
    return ModalityColumns(
        chosen=chosen.astype(np.int32),
        object_ids=chosen.astype(np.int32),
        boxes=boxes,
        iou=iou,
        class_hits=of_class,
        log_p=(in_class + log_p_class).astype(np.float32),
        log_p_in_class=in_class.astype(np.float32),
        confidence=np.exp(np.where(right, in_class, np.log1p(-np.exp(in_class) * 0.9))).astype(
            np.float32
        ),
    )


def _twin(
    rng: np.random.Generator,
    chosen: dict[str, NDArray[np.int64]],
    target: NDArray[np.int64],
    num_lookalikes: NDArray[np.int64],
    spatial: NDArray[np.bool_],
    follows: float,
) -> TwinColumns:
    """Every spatial case with look-alikes, target and its neighbour exchanged."""
    cases = np.flatnonzero(spatial & (num_lookalikes > 1))
    one = target[cases]
    pair = np.stack([one, (one + 1) % num_lookalikes[cases]], axis=1)
    shares = {"fused": follows, "2d": 0.9}
    twin, placebo = {}, {}
    for name in chosen:
        if name not in shares:
            continue
        original = chosen[name][cases]
        in_pair = (pair == original[:, None]).any(axis=1)
        other = np.where(in_pair, pair.sum(axis=1) - original, original)
        moved, noisy = rng.random((2, len(cases))) < [[shares[name]], [0.02]]
        twin[name] = np.where(moved, other, original).astype(np.int32)
        placebo[name] = np.where(noisy, other, original).astype(np.int32)
    return TwinColumns(cases.astype(np.int32), pair.astype(np.int32), twin, placebo)


def _texts(
    rng: np.random.Generator, relation: NDArray[np.int32], labels: NDArray[np.int32]
) -> tuple[str, ...]:
    colours = rng.integers(0, len(_COLOURS), len(labels)).tolist()
    anchors = rng.integers(0, len(_LABELS), len(labels)).tolist()
    rows = zip(relation.tolist(), labels.tolist(), colours, anchors, strict=True)
    return tuple(
        f"the {_COLOURS[colour]} {_LABELS[label]}"
        if place < 0
        else f"the {_LABELS[label]} {_RELATIONS[place]} the {_LABELS[anchor]}"
        for place, label, colour, anchor in rows
    )
