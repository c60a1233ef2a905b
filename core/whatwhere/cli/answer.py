"""`whatwhere answer`: what each modality says to a question, in this process."""

import math
import time
from typing import Annotated, Any

import typer

from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.cli.planning import (
    CacheMB,
    Device,
    Dtype,
    Frames,
    Proposals,
    cache_bytes_of,
    check_room,
    load_settings,
)
from whatwhere.cli.scenes import scene_path
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import as_speaker, parse_modalities
from whatwhere.models.load_settings import LoadSettings


def answer(
    scene: Annotated[
        str, typer.Argument(help="A scan folder, a PLY file or the name of a demo room.")
    ],
    question: Annotated[str, typer.Argument(help='E.g. "what is left of the door?".')],
    model: Annotated[str, typer.Option("--model", help="The folder of a model that speaks.")],
    modality: Annotated[
        str, typer.Option("--modality", help="What the model may see, separated by commas.")
    ] = "fused,2d,3d",
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=1, help="An answer ends after so many.")
    ] = 32,
    proposals: Proposals = None,
    device: Device = "auto",
    dtype: Dtype = "auto",
    frames: Frames = None,
    cache_mb: CacheMB = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Answer a question in words, once per modality."""
    with stdout_kept_clean():
        document = answered(
            scene,
            question,
            modality,
            model=model,
            max_tokens=max_tokens,
            device=device,
            settings=load_settings(
                device, dtype=dtype, frames=frames, cache_bytes=cache_bytes_of(cache_mb)
            ),
            proposals=proposals,
        )
    if json:
        print_json(document)
    else:
        typer.echo(readable(document))


def answered(
    scene: str,
    question: str,
    modality: str,
    *,
    model: str,
    max_tokens: int,
    device: str,
    settings: LoadSettings | None = None,
    proposals: str | None = None,
) -> dict[str, Any]:
    """The `answer` document; what is cheap to refuse is refused before torch is loaded."""
    path, modalities = scene_path(scene), parse_modalities(modality)
    Expression.typed(path.name, question)

    from whatwhere.models.registry import load_grounder
    from whatwhere.serving.answer_document import answer_document
    from whatwhere.serving.asked_model import proposal_source
    from whatwhere.serving.encoded_scenes import encode_scene
    from whatwhere.serving.threads import use_threads_for_query

    source = proposal_source(proposals, None)
    chosen = settings or LoadSettings(device=device)
    check_room(model, chosen)
    started = time.perf_counter()
    speaker = as_speaker(load_grounder(model, device=device, settings=chosen))
    load_ms = (time.perf_counter() - started) * 1000
    encoded = encode_scene(speaker, path, source=source)
    use_threads_for_query(speaker.num_parameters)
    document = answer_document(
        speaker, encoded, question, modalities, load_ms=load_ms, max_tokens=max_tokens
    )
    document["warnings"] = [*encoded.warnings, *document["warnings"]]
    return document


def readable(document: dict[str, Any]) -> str:
    """The same for people."""
    lines = [
        f'{document["scene"]}: "{document["question"]}"',
        f"model {document['model']} on {document['device']}",
        "",
    ]
    for modality, said in document["answers"].items():
        share = math.exp(sum(said["log_probs"]) / max(1, len(said["log_probs"])))
        lines.append(f"  {modality:<9} {said['text'] or '(nothing)'}  ({share:.1%} per token)")
    timings = document["timings_ms"]
    lines += ["", "  ".join(f"{step} {ms:.1f} ms" for step, ms in timings.items())]
    lines += [f"warning: {warning}" for warning in document["warnings"]]
    return "\n".join(lines)
