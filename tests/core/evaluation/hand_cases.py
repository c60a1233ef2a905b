"""A few cases whose every figure can be worked out by hand."""

import numpy as np

from whatwhere.evaluation.cases.columns import CaseColumns, ModalityColumns, TwinColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts


def answered(chosen, iou, class_hits, log_p_in_class=None, confidence=None) -> ModalityColumns:
    n = len(chosen)
    nothing = np.full(n, np.nan, np.float32)
    return ModalityColumns(
        chosen=np.array(chosen, np.int32),
        object_ids=np.array(chosen, np.int32),
        boxes=np.where(np.array(chosen)[:, None] < 0, np.nan, np.ones((n, 6))).astype(np.float32),
        iou=np.array(iou, np.float32),
        class_hits=np.array(class_hits, bool),
        log_p=nothing,
        log_p_in_class=nothing if log_p_in_class is None else np.array(log_p_in_class, np.float32),
        confidence=None if confidence is None else np.array(confidence, np.float32),
    )


def cases(modalities, *, num_scenes=1, twins=None, **columns) -> CaseColumns:
    """Rows of one scene, repeated in each of several; what is not given is unremarkable."""
    n = len(next(iter(modalities.values())).chosen)
    values = {
        "label_codes": np.zeros(n, np.int32),
        "skill_codes": np.zeros(n, np.int32),
        "has_relation": np.ones((n, 1), bool),
        "is_spatial": np.ones(n, bool),
        "is_view_dependent": np.zeros(n, bool),
        "names_looks": np.zeros(n, bool),
        "target_ids": np.zeros(n, np.int32),
        "num_candidates": np.full(n, 6, np.int32),
        "num_lookalikes": np.full(n, 3, np.int32),
        "lookalike_m": np.full(n, 1.5, np.float32),
        "visibility": np.full(n, 0.5, np.float32),
        "excluded": np.full(n, -1, np.int32),
        "ground_ms": np.ones(n, np.float32),
    }
    values |= {
        name: np.asarray(value, values[name].dtype)
        for name, value in columns.items()
        if name in values
    }
    names = {"labels": ("chair",), "skills": ("near",), "relations": ("near",), "reasons": ()}
    names |= {name: value for name, value in columns.items() if name in names}

    def repeated(array):
        return np.concatenate([array] * num_scenes)

    return CaseColumns(
        rows=np.arange(n * num_scenes, dtype=np.int32),
        scene_ids=tuple(f"room{number:04d}_00" for number in range(num_scenes)),
        scenes=np.repeat(np.arange(num_scenes, dtype=np.int32), n),
        **{name: repeated(value) for name, value in values.items()},
        **names,
        modalities={
            name: ModalityColumns(
                *(
                    None if (a := getattr(found, item)) is None else repeated(a)
                    for item in found.__slots__
                )
            )
            for name, found in modalities.items()
        },
        twins={
            kind: TwinColumns(
                cases=np.concatenate(
                    [np.array(twin["cases"], np.int32) + n * number for number in range(num_scenes)]
                ),
                pair=repeated(np.array(twin["pair"], np.int32)),
                twin={m: repeated(np.array(a, np.int32)) for m, a in twin["twin"].items()},
                placebo={m: repeated(np.array(a, np.int32)) for m, a in twin["placebo"].items()},
            )
            for kind, twin in (twins or {}).items()
        },
    )


def facts(name="hand", **values) -> DiagnosisFacts:
    given = {
        "name": name,
        "model": "by hand",
        "model_hash": "",
        "data": "nowhere",
        "split": "test",
        "split_hash": "0123456789ab",
        "num_sentences": 6,
        "modalities": ("fused", "2d"),
        "box_source": "annotation",
        "created": "2026-11-21T00:00:00+00:00",
    }
    return DiagnosisFacts(**(given | values))
