"""Which rows of ScanRefer count as unique: a rule with a name, for it moves every number.

On the 9,508 rows of ScanRefer's val the official rule gives 1,845 unique rows; a reimplementation
that maps labels otherwise reports 1,419.
"""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import ConfigError
from whatwhere.language.expressions import Expression
from whatwhere.scenes.label_table import FILE_NAME, LabelTable

CountingRule = Literal["official", "nyu40", "names"]
"""`official`: ScanRefer's 18 classes. `nyu40`: 20 nyu40 ids, the rest as one (Video-3D-LLM).
`names`: categories as the data set spells them, which needs no label table.

All three look only at objects that the loaded split describes, each once, as the official script
does: one described chair among three is unique.
"""

COUNTING_RULES: tuple[CountingRule, ...] = get_args(CountingRule)

_NYU40_VALID = frozenset({*range(1, 13), 14, 16, 24, 28, 33, 34, 36, 39})
_NYU40_REST = 39


def unique_rows(
    expressions: Sequence[Expression], rule: CountingRule, table: LabelTable | None = None
) -> NDArray[np.bool_]:
    """(n,) whether the target is the only described object of its class in its scene.

    Args:
        expressions: the whole loaded split, not a part of it.
        rule: what a class is.
        table: ScanNet's labels, which all rules but `names` need.

    Raises:
        ConfigError: the rule needs a label table.
    """
    class_of = _classes(rule, table)
    kinds = [class_of(item.target_label or "") for item in expressions]
    first_kind: dict[tuple[str, int | None], str | int] = {}
    for item, kind in zip(expressions, kinds, strict=True):
        first_kind.setdefault((item.scene_id, item.target_id), kind)
    counts: dict[tuple[str, str | int], int] = {}
    for (scene_id, _), kind in first_kind.items():
        counts[scene_id, kind] = counts.get((scene_id, kind), 0) + 1
    return np.array(
        [
            counts.get((item.scene_id, kind), 0) == 1
            for item, kind in zip(expressions, kinds, strict=True)
        ],
        bool,
    )


def is_others(expressions: Sequence[Expression], table: LabelTable) -> NDArray[np.bool_]:
    """(n,) whether the target is of ScanRefer's 18th class: the second axis of its tables."""
    return np.array(
        [table.scanrefer_class(item.target_label or "") == "others" for item in expressions], bool
    )


def _classes(rule: CountingRule, table: LabelTable | None) -> Callable[[str], str | int]:
    if rule == "names":
        return lambda label: label
    if table is None:
        raise ConfigError(
            f"the counting rule {rule} needs ScanNet's label table",
            remedy=f"Name {FILE_NAME} with --labels, or count by names: --unique names",
        )
    if rule == "official":
        return table.scanrefer_class

    def nyu40(label: str) -> int:
        found = table.nyu40_id(label)
        return _NYU40_REST if found is None or found not in _NYU40_VALID else found

    return nyu40
