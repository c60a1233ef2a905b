"""`whatwhere ground`: where each modality points, in this process."""

import math
import time
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.cli.planning import Device, Dtype, Frames, check_room, load_settings
from whatwhere.cli.scenes import scene_path
from whatwhere.errors import ConfigError
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import parse_modalities
from whatwhere.models.load_settings import LoadSettings
from whatwhere.scenes.proposals import UserBoxes


def ground(
    scene: Annotated[
        str, typer.Argument(help="A scan folder, a PLY file or the name of a demo room.")
    ],
    text: Annotated[str, typer.Argument(help='A sentence, e.g. "the chair nearest the door".')],
    modality: Annotated[
        str, typer.Option("--modality", help="What the model may see, separated by commas.")
    ] = "fused,2d,3d",
    top: Annotated[int, typer.Option("--top", min=1, help="How many candidates per modality.")] = 5,
    model: Annotated[
        str, typer.Option("--model", help="A name from `whatwhere models list`, or a model folder.")
    ] = "default",
    box: Annotated[
        list[str] | None,
        typer.Option(
            "--box",
            help="One more candidate: cx,cy,cz,dx,dy,dz, aligned metres. May be repeated.",
        ),
    ] = None,
    only_boxes: Annotated[
        bool, typer.Option("--only-boxes", help="Choose among the boxes of --box alone.")
    ] = False,
    device: Device = "auto",
    dtype: Dtype = "auto",
    frames: Frames = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Ground a sentence and list the candidates of each modality."""
    with stdout_kept_clean():
        document = grounded(
            scene,
            text,
            modality,
            top=top,
            model=model,
            device=device,
            settings=load_settings(device, dtype=dtype, frames=frames),
            box_texts=box or (),
            are_alone=only_boxes,
        )
    if json:
        print_json(document)
    else:
        typer.echo(readable(document))


def grounded(
    scene: str,
    text: str,
    modality: str,
    *,
    top: int,
    model: str,
    device: str,
    settings: LoadSettings | None = None,
    box_texts: Sequence[str] = (),
    are_alone: bool = False,
) -> dict[str, Any]:
    """The `ground` document; what is cheap to refuse is refused before torch is loaded."""
    path, modalities = scene_path(scene), parse_modalities(modality)
    Expression.typed(path.name, text)
    if are_alone and not box_texts:
        raise ConfigError("--only-boxes leaves no candidates", remedy="Give --box at least once")

    from whatwhere.models.external import closing_external
    from whatwhere.models.registry import load_grounder
    from whatwhere.serving.encoded_scenes import encode_scene, user_proposals
    from whatwhere.serving.ground_document import ground_document
    from whatwhere.serving.threads import use_threads_for_query

    boxes = None
    if box_texts:
        rows = [_row(text) for text in box_texts]
        names = [f"R{number}" for number in range(1, len(rows) + 1)]
        boxes = UserBoxes(user_proposals(rows, names), are_alone=are_alone)
    chosen = settings or LoadSettings(device=device)
    check_room(model, chosen)
    started = time.perf_counter()
    grounder = load_grounder(model, device=device, settings=chosen)
    load_ms = (time.perf_counter() - started) * 1000
    with closing_external(grounder):
        encoded = encode_scene(grounder, path, boxes)
        use_threads_for_query(grounder.num_parameters)
        document = ground_document(grounder, encoded, text, modalities, load_ms=load_ms, top=top)
    document["warnings"] = [*encoded.warnings, *document["warnings"]]
    return document


def _row(text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise ConfigError(
            f'"{text}" is no box', remedy="Give cx,cy,cz,dx,dy,dz in aligned metres"
        ) from None


def readable(document: dict[str, Any]) -> str:
    """The same for people."""
    lines = [
        f'{document["scene"]}: "{document["expression"]}"',
        f"model {document['model']} on {document['device']}, boxes from {document['box_source']}",
    ]
    for modality, grounding in document["groundings"].items():
        lines += ["", modality]
        lines += [_candidate_line(candidate) for candidate in grounding["candidates"]]
    timings = document["timings_ms"]
    lines += ["", "  ".join(f"{step} {ms:.1f} ms" for step, ms in timings.items())]
    lines += [f"warning: {warning}" for warning in document["warnings"]]
    return "\n".join(lines)


def _candidate_line(candidate: dict[str, Any]) -> str:
    """Share, label, id, centre and size of one candidate."""
    identity = candidate["label"] or f"proposal {candidate['proposal']}"
    if candidate["object_id"] is not None:
        identity += f" #{candidate['object_id']}"
    center = ", ".join(f"{value:.2f}" for value in candidate["box"]["center"])
    size = " x ".join(f"{value:.2f}" for value in candidate["box"]["size"])
    return f"  {math.exp(candidate['score']):6.1%}  {identity:<24} at ({center}) m, {size} m"
