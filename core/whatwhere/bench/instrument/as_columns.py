"""Planted and trained answers as the cases of a diagnosis, so that the instrument reads them.

Shapes: n sentences.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.cure import cases as cure
from whatwhere.bench.instrument.planted import PlantedAnswers
from whatwhere.bench.instrument.rooms import RoomCases
from whatwhere.demo.facts import SKILLS
from whatwhere.evaluation.cases.columns import CaseColumns, ModalityColumns, TwinColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts


def planted_columns(cases: RoomCases, answers: PlantedAnswers) -> CaseColumns:
    """A candidate is its place in the class; everything planted is of the class."""
    everything = np.ones(len(cases.rooms), bool)
    asked = np.flatnonzero(cases.is_spatial & (cases.dull >= 0) & (cases.vivid >= 0))
    twin = TwinColumns(
        cases=asked.astype(np.int32),
        pair=np.stack([cases.vivid[asked], cases.dull[asked]], axis=1).astype(np.int32),
        twin={"fused": answers.twin[asked].astype(np.int32)},
        placebo={"fused": answers.placebo[asked].astype(np.int32)},
    )
    modalities = {
        name: _modality(chosen, cases.target, everything)
        for name, chosen in (("fused", answers.fused), ("2d", answers.two_d))
    }
    skills = np.array(SKILLS)[cases.skills]
    return _columns(cases.rooms, skills, cases.is_spatial, cases.size, modalities, twin)


def trained_columns(cases: cure.Cases, answers: cure.Answers) -> CaseColumns:
    """The kept rows of a trained model."""
    rows = np.arange(len(cases.target))
    modalities = {}
    for name in cure.ASKED:
        chosen = answers.of(name)
        log_p = None
        if name in cure.FOLLOWED:
            log_p = answers.log_p[cure.FOLLOWED.index(name)]
        modalities[name] = _modality(chosen, cases.target, cases.of_class[rows, chosen], log_p)
    twin = TwinColumns(
        cases=cases.twin_rows.astype(np.int32),
        pair=cases.pair.astype(np.int32),
        twin={m: answers.twin[i].astype(np.int32) for i, m in enumerate(cure.FOLLOWED)},
        placebo={m: answers.placebo[i].astype(np.int32) for i, m in enumerate(cure.FOLLOWED)},
    )
    sizes = cases.num_lookalikes
    return _columns(cases.scenes, cases.skills, cases.spatial, sizes, modalities, twin)


def facts_of(name: str, num_sentences: int) -> DiagnosisFacts:
    """What the instrument wants to know of a diagnosis."""
    return DiagnosisFacts(
        name=name,
        model=name,
        model_hash="",
        data="generated rooms",
        split="test",
        split_hash="",
        num_sentences=num_sentences,
        modalities=("fused", "2d"),
        box_source="annotation",
        created="",
        is_complete=True,
    )


def _modality(
    chosen: NDArray[np.integer],
    target: NDArray[np.integer],
    of_class: NDArray[np.bool_],
    log_p_in_class: NDArray[np.floating] | None = None,
) -> ModalityColumns:
    n = len(chosen)
    nothing = np.full(n, np.nan, np.float32)
    return ModalityColumns(
        chosen=chosen.astype(np.int32),
        object_ids=chosen.astype(np.int32),
        boxes=np.full((n, 6), np.nan, np.float32),
        iou=(chosen == target).astype(np.float32),
        class_hits=of_class,
        log_p=nothing,
        log_p_in_class=nothing if log_p_in_class is None else log_p_in_class.astype(np.float32),
    )


def _columns(
    scenes: NDArray[np.integer],
    skills: NDArray[np.str_],
    spatial: NDArray[np.bool_],
    sizes: NDArray[np.integer],
    modalities: Mapping[str, ModalityColumns],
    twin: TwinColumns,
) -> CaseColumns:
    names, codes = np.unique(scenes, return_inverse=True)
    skill_names, skill_codes = np.unique(skills, return_inverse=True)
    n = len(scenes)
    unknown = np.full(n, -1, np.int32)
    return CaseColumns(
        rows=np.arange(n, dtype=np.int32),
        scene_ids=tuple(str(name) for name in names),
        scenes=codes.astype(np.int32),
        labels=(),
        label_codes=unknown,
        skills=tuple(skill_names.tolist()),
        skill_codes=skill_codes.astype(np.int32),
        relations=(),
        has_relation=np.zeros((n, 0), bool),
        is_spatial=spatial,
        is_view_dependent=np.zeros(n, bool),
        names_looks=np.zeros(n, bool),
        target_ids=unknown,
        num_candidates=sizes.astype(np.int32),
        num_lookalikes=sizes.astype(np.int32),
        lookalike_m=np.full(n, np.nan, np.float32),
        visibility=np.full(n, np.nan, np.float32),
        reasons=(),
        excluded=unknown,
        ground_ms=np.zeros(n, np.float32),
        modalities=modalities,
        twins={"appearance": twin},
    )
