"""From the scans of a log to the columns of a diagnosis."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import CaseColumns, ModalityColumns, TwinColumns
from whatwhere.evaluation.cases.scene_cases import Answers, SceneCases, TwinAnswers
from whatwhere.language.expressions import Expression
from whatwhere.language.relations import names_looks
from whatwhere.language.tags import tags_of


def gathered(
    expressions: Sequence[Expression], scenes: Sequence[SceneCases], modalities: Sequence[str]
) -> CaseColumns:
    """All cases, scan by scan.

    Args:
        expressions: of the split, by row.
        scenes: the scans that were asked.
        modalities: that were asked; a scan that lacks one has no answers in it.
    """
    rows = np.array([row for scene in scenes for row in scene.rows], np.int32)
    asked = [expressions[row] for row in rows]
    tags = [tags_of(item) for item in asked]
    labels, label_codes = _coded([label or None for scene in scenes for label in scene.labels])
    skills, skill_codes = _coded([item.skill for item in asked])
    reasons, excluded = _coded([reason for scene in scenes for reason in scene.excluded])
    relations = tuple(sorted({name for tag in tags for name in tag.relations}))
    has_relation = np.zeros((len(rows), len(relations)), bool)
    for index, tag in enumerate(tags):
        has_relation[index, [relations.index(name) for name in tag.relations]] = True
    lengths = [len(scene.rows) for scene in scenes]
    return CaseColumns(
        rows=rows,
        scene_ids=tuple(scene.scene_id for scene in scenes),
        scenes=np.repeat(np.arange(len(scenes), dtype=np.int32), lengths),
        labels=labels,
        label_codes=label_codes,
        skills=skills,
        skill_codes=skill_codes,
        relations=relations,
        has_relation=has_relation,
        is_spatial=np.array([tag.is_spatial for tag in tags], bool),
        is_view_dependent=np.array([tag.is_view_dependent for tag in tags], bool),
        names_looks=np.array([names_looks(item.text) for item in asked], bool),
        target_ids=np.array(
            [-1 if item.target_id is None else item.target_id for item in asked], np.int32
        ),
        num_candidates=_joined(scenes, lambda scene: scene.num_candidates, np.int32),
        num_lookalikes=_joined(scenes, lambda scene: scene.num_lookalikes, np.int32),
        lookalike_m=_joined(scenes, lambda scene: scene.lookalike_m, np.float32),
        visibility=_joined(scenes, lambda scene: scene.visibility, np.float32),
        reasons=reasons,
        excluded=excluded,
        ground_ms=np.repeat(np.array([scene.ground_ms for scene in scenes], np.float32), lengths),
        modalities={name: _modality(name, scenes) for name in modalities},
        twins=_twins(scenes),
    )


def _modality(name: str, scenes: Sequence[SceneCases]) -> ModalityColumns:
    answers = [scene.answers.get(name) or _none(scene) for scene in scenes]
    boxes, ids = [], []
    for scene, found in zip(scenes, answers, strict=True):
        # One more place, for "no answer": the index -1 finds it at the end.
        boxes.append(np.vstack([scene.boxes, np.full((1, 6), np.nan, np.float32)])[found.chosen])
        ids.append(np.append(scene.object_ids, np.int32(-1))[found.chosen])

    def column(part: str, dtype: Any) -> NDArray[Any]:
        return np.concatenate([np.zeros(0), *(getattr(a, part) for a in answers)]).astype(dtype)

    return ModalityColumns(
        chosen=column("chosen", np.int32),
        object_ids=np.concatenate([np.zeros(0, np.int32), *ids]).astype(np.int32),
        boxes=np.concatenate([np.zeros((0, 6), np.float32), *boxes]).astype(np.float32),
        iou=column("iou", np.float32),
        class_hits=column("class_hits", bool),
        log_p=column("log_p", np.float32),
        log_p_in_class=column("log_p_in_class", np.float32),
        confidence=column("confidence", np.float32),
    )


def _none(scene: SceneCases) -> Answers:
    """A target's box makes an answer that is missing a wrong one."""
    known = next((found.iou for found in scene.answers.values()), None)
    count = len(scene.rows)
    iou = np.zeros(count, np.float32) if known is None else np.where(np.isnan(known), known, 0)
    return Answers.none(count, iou.astype(np.float32))


def _twins(scenes: Sequence[SceneCases]) -> dict[str, TwinColumns]:
    kinds = dict.fromkeys(kind for scene in scenes for kind in scene.twins)
    firsts = np.cumsum([0, *(len(scene.rows) for scene in scenes)]).tolist()
    found = {}
    for kind in kinds:
        parts = [
            (first, scene.twins[kind])
            for first, scene in zip(firsts, scenes, strict=False)
            if kind in scene.twins
        ]
        # A modality counts where every scan has it.
        names = [name for name in parts[0][1].twin if all(name in twin.twin for _, twin in parts)]
        found[kind] = TwinColumns(
            cases=np.concatenate([twin.items + first for first, twin in parts]).astype(np.int32),
            pair=np.concatenate(
                [np.tile(twin.pair, (len(twin.items), 1)) for _, twin in parts]
            ).astype(np.int32),
            twin=_by_name(names, [twin for _, twin in parts], lambda twin: twin.twin),
            placebo=_by_name(names, [twin for _, twin in parts], lambda twin: twin.placebo),
        )
    return found


def _by_name(
    names: Sequence[str],
    twins: Sequence[TwinAnswers],
    part: Callable[[TwinAnswers], Mapping[str, NDArray[np.int32]]],
) -> dict[str, NDArray[np.int32]]:
    return {name: np.concatenate([part(twin)[name] for twin in twins]) for name in names}


def _joined(
    scenes: Sequence[SceneCases], part: Callable[[SceneCases], NDArray[Any]], dtype: Any
) -> NDArray[Any]:
    return np.concatenate([np.zeros(0), *(part(scene) for scene in scenes)]).astype(dtype)


def _coded(values: Sequence[str | None]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The names in order, and a code per value; -1 for None."""
    names = tuple(sorted({value for value in values if value is not None}))
    code_of = {name: code for code, name in enumerate(names)}
    return names, np.array([-1 if v is None else code_of[v] for v in values], np.int32)
