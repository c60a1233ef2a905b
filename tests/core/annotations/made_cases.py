"""Cases for the tests of the store."""

from whatwhere.annotations.values import Case, case_id_of


def made_case(row: int = 0, *, model: str = "cheating", split_hash: str = "ab12") -> Case:
    """A case of a small split."""
    expression = f"the chair nearest the door, {row}"
    return Case(
        case_id=case_id_of(split_hash, row, expression, model, "hash"),
        data="scanrefer",
        split="val",
        split_hash=split_hash,
        row=row,
        scene_id=f"scene{row // 4:04}_00",
        ann_id=str(row),
        target_id=row % 7,
        target_label="chair",
        expression=expression,
        model=model,
        model_hash="hash",
        seen={"fused": {"box": [0.1, 2, 3, 1, 1, 1.5], "score": -0.25, "iou": 0.0}},
    )
