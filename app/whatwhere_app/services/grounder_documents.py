"""What the grounder host is told and what it says, as the window's own values."""

from collections.abc import Mapping
from typing import Any

from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Answer, Grounding
from whatwhere.scenes.proposals import UserBoxes
from whatwhere_app.workspace_values import Answers, Replies


def box_params(boxes: UserBoxes | None) -> dict[str, Any]:
    """The drawn boxes as `encode`, `ground`, `answer` and `mix` of the host take them."""
    if boxes is None:
        return {"boxes": None}
    return {
        "boxes": [item.box.as_row().tolist() for item in boxes.proposals],
        "box_names": [item.label for item in boxes.proposals],
        "box_sources": [item.source for item in boxes.proposals],
        "join": not boxes.are_alone,
    }


def answers_of(expression: Expression, document: Mapping[str, Any]) -> Answers:
    """The `ground` document."""
    return Answers(
        expression=expression,
        groundings={
            modality: Grounding.from_json(modality, value)
            for modality, value in document["groundings"].items()
        },
        warnings=tuple(document["warnings"]),
        ground_ms=float(document["timings_ms"]["ground"]),
        box_source=document["box_source"],
    )


def replies_of(question: Expression, document: Mapping[str, Any]) -> Replies:
    """The `answer` document."""
    return Replies(
        question=question,
        answers={
            modality: Answer(
                modality,
                str(said["text"]),
                tuple(str(token) for token in said["tokens"]),
                tuple(float(value) for value in said["log_probs"]),
            )
            for modality, said in document["answers"].items()
        },
        warnings=tuple(document["warnings"]),
        answer_ms=float(document["timings_ms"]["answer"]),
    )
