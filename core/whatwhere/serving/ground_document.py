"""The `ground` JSON document: what the command line prints and the grounder host answers."""

from collections.abc import Sequence
from typing import Any

from whatwhere.models.grounder import Grounder, Modality
from whatwhere.serving.encoded_scenes import EncodedScene


def ground_document(
    grounder: Grounder,
    encoded: EncodedScene,
    text: str,
    modalities: Sequence[Modality],
    *,
    load_ms: float,
    top: int | None = None,
) -> dict[str, Any]:
    """Ground one sentence and describe the answers.

    Args:
        grounder: the model that encoded the scene.
        encoded: the scene.
        text: the sentence.
        modalities: what the model may see, one answer each.
        load_ms: what loading the model took, for the timings.
        top: keep that many candidates per modality; None keeps all.

    Raises:
        ExpressionError: the sentence is empty.
        NotSupportedError: the model lacks a modality.
    """
    result = grounder.ground(encoded.encoding, text, modalities)
    return {
        "scene": encoded.scene_id,
        "expression": text,
        "model": grounder.name,
        "device": grounder.device,
        "box_source": encoded.box_source,
        "warnings": list(result.warnings),
        "groundings": {
            modality: grounding.as_json(top=top)
            for modality, grounding in result.groundings.items()
        },
        "timings_ms": {
            "load": round(load_ms, 3),
            "encode": round(encoded.encode_ms, 3),
            "ground": round(result.ground_ms, 3),
        },
    }
