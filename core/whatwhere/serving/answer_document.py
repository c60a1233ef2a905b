"""The `answer` JSON document: what the command line prints and the grounder host answers."""

from collections.abc import Sequence
from typing import Any

from whatwhere.models.grounder import Modality, Speaker
from whatwhere.serving.encoded_scenes import EncodedScene


def answer_document(
    speaker: Speaker,
    encoded: EncodedScene,
    question: str,
    modalities: Sequence[Modality],
    *,
    load_ms: float,
    max_tokens: int,
) -> dict[str, Any]:
    """Answer one question and describe the answers.

    Args:
        speaker: the model that encoded the scene.
        encoded: the scene.
        question: as typed.
        modalities: what the model may see, one answer each.
        load_ms: what loading the model took, for the timings.
        max_tokens: an answer ends after so many.

    Raises:
        ExpressionError: the question is empty.
        NotSupportedError: the model lacks a modality.
    """
    result = speaker.answer(encoded.encoding, question, modalities, max_tokens=max_tokens)
    return {
        "scene": encoded.scene_id,
        "question": question,
        "model": speaker.name,
        "device": speaker.device,
        "box_source": encoded.box_source,
        "warnings": list(result.warnings),
        "answers": {modality: said.as_json() for modality, said in result.answers.items()},
        "timings_ms": {
            "load": round(load_ms, 3),
            "encode": round(encoded.encode_ms, 3),
            "answer": round(result.answer_ms, 3),
        },
    }
