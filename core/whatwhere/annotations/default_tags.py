"""The kinds of failure that a new store offers."""

from whatwhere.annotations.values import Tag

GROUND_TRUTH_WRONG = "ground-truth-wrong"
"""The tag that takes a case out of metrics, together with the verdict."""

# The ten that a researcher meets first, in the order of the keys 1 ... 9, 0.
DEFAULT_TAGS: tuple[Tag, ...] = tuple(
    Tag(tag_id, caption, (place + 1) % 10)
    for place, (tag_id, caption) in enumerate(
        {
            "wrong-class": "wrong class",
            "same-class-distractor": "same-class distractor",
            "ignores-relation": "ignores relation",
            "view-dependent-word": "view-dependent word",
            "loose-box": "loose box",
            "merged-or-fragmented": "merged or fragmented instance",
            "copies-2d": "copies 2D",
            "ambiguous-sentence": "ambiguous sentence",
            GROUND_TRUTH_WRONG: "ground truth wrong",
            "unsure": "unsure",
        }.items()
    )
)
