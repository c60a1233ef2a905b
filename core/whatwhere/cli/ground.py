"""`whatwhere ground`: where each modality points, in this process."""

import math
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
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
from whatwhere.errors import ConfigError
from whatwhere.language.expressions import Expression
from whatwhere.models.frame_grounding import IN_FRAME
from whatwhere.models.grounder import Grounder, Modality, parse_modalities
from whatwhere.models.load_settings import LoadSettings
from whatwhere.scenes.proposal_files import ProposalSource
from whatwhere.scenes.proposals import UserBoxes


def ground(
    scene: Annotated[
        str, typer.Argument(help="A scan folder, a PLY file or the name of a demo room.")
    ],
    text: Annotated[str, typer.Argument(help='A sentence, e.g. "the chair nearest the door".')],
    modality: Annotated[
        str,
        typer.Option(
            "--modality",
            help="What the model may see, separated by commas: fused, 2d, 3d, blind, shuffled, "
            "and 2d-frame, which points in one picture.",
        ),
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
    frame: Annotated[
        str | None,
        typer.Option(
            "--frame",
            help="The frame of 2d-frame; without it, the one whose best patch scores highest.",
        ),
    ] = None,
    proposals: Proposals = None,
    device: Device = "auto",
    dtype: Dtype = "auto",
    frames: Frames = None,
    cache_mb: CacheMB = None,
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
            settings=load_settings(
                device, dtype=dtype, frames=frames, cache_bytes=cache_bytes_of(cache_mb)
            ),
            box_texts=box or (),
            are_alone=only_boxes,
            frame=frame,
            proposals=proposals,
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
    frame: str | None = None,
    proposals: str | None = None,
) -> dict[str, Any]:
    """The `ground` document; what is cheap to refuse is refused before torch is loaded."""
    names = [name.strip() for name in modality.split(",")]
    path = scene_path(scene)
    modalities = parse_modalities([name for name in names if name != IN_FRAME])
    Expression.typed(path.name, text)
    if frame is not None and IN_FRAME not in names:
        raise ConfigError(
            f"--frame is of {IN_FRAME} alone", remedy=f"Add it: --modality {modality},{IN_FRAME}"
        )
    if are_alone and not box_texts:
        raise ConfigError("--only-boxes leaves no candidates", remedy="Give --box at least once")
    if are_alone and proposals is not None:
        raise ConfigError("--only-boxes leaves out what --proposals gives", remedy="Drop one")

    from whatwhere.models.external import closing_external
    from whatwhere.models.registry import load_grounder
    from whatwhere.serving.asked_model import proposal_source
    from whatwhere.serving.encoded_scenes import user_proposals
    from whatwhere.serving.frame_answers import FrameAnswers

    source = proposal_source(proposals, None)
    boxes = None
    if box_texts:
        rows = [_row(text) for text in box_texts]
        labels = [f"R{number}" for number in range(1, len(rows) + 1)]
        boxes = UserBoxes(user_proposals(rows, labels), are_alone=are_alone)
    chosen = settings or LoadSettings(device=device)
    check_room(model, chosen)
    started = time.perf_counter()
    grounder = load_grounder(model, device=device, settings=chosen)
    load_ms = (time.perf_counter() - started) * 1000
    among = partial(
        _among_candidates,
        grounder,
        path,
        text,
        modalities,
        boxes=boxes,
        source=source,
        load_ms=load_ms,
        top=top,
    )
    with closing_external(grounder):
        if IN_FRAME not in names:
            return among()
        document = FrameAnswers().document(grounder, path, text, frame)
        document["timings_ms"] = {"load": round(load_ms, 3), **document["timings_ms"]}
        if modalities:
            document = {**among(), IN_FRAME: document[IN_FRAME]}
    return document


def _among_candidates(
    grounder: Grounder,
    path: Path,
    text: str,
    modalities: Sequence[Modality],
    *,
    boxes: UserBoxes | None,
    source: ProposalSource | None,
    load_ms: float,
    top: int,
) -> dict[str, Any]:
    from whatwhere.serving.encoded_scenes import encode_scene
    from whatwhere.serving.ground_document import ground_document
    from whatwhere.serving.threads import use_threads_for_query

    encoded = encode_scene(grounder, path, boxes, source=source)
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
        f"model {document['model']} on {document['device']}"
        + (f", boxes from {document['box_source']}" if "box_source" in document else ""),
    ]
    for modality, grounding in document.get("groundings", {}).items():
        lines += ["", modality]
        lines += [_candidate_line(candidate) for candidate in grounding["candidates"]]
    if (pointed := document.get(IN_FRAME)) is not None:
        lines += ["", IN_FRAME, *_frame_lines(pointed)]
    timings = document["timings_ms"]
    lines += ["", "  ".join(f"{step} {ms:.1f} ms" for step, ms in timings.items())]
    warnings = [*document.get("warnings", ()), *(pointed["warnings"] if pointed else ())]
    lines += [f"warning: {warning}" for warning in dict.fromkeys(warnings)]
    return "\n".join(lines)


def _frame_lines(pointed: dict[str, Any]) -> list[str]:
    """Frame, patches, pixels and the box for the eye."""
    left, top, right, bottom = (f"{value:.0f}" for value in pointed["box_px"])
    num_patches = sum(map(sum, pointed["mask"]))
    width, height = pointed["size_px"]
    lines = [
        f"  frame {pointed['frame']} of {len(pointed['frames'])} looked at, {num_patches} "
        f"patch{'' if num_patches == 1 else 'es'}",
        f"  pixels {left} to {right} across, {top} to {bottom} down, of {width} x {height}",
    ]
    if pointed["lifted"] is not None:
        center = ", ".join(f"{value:.2f}" for value in pointed["lifted"]["center"])
        lines.append(f"  about ({center}) m, lifted through depth for display only")
    return lines


def _candidate_line(candidate: dict[str, Any]) -> str:
    """Share, label, id, centre and size of one candidate."""
    identity = candidate["label"] or f"proposal {candidate['proposal']}"
    if candidate["object_id"] is not None:
        identity += f" #{candidate['object_id']}"
    center = ", ".join(f"{value:.2f}" for value in candidate["box"]["center"])
    size = " x ".join(f"{value:.2f}" for value in candidate["box"]["size"])
    return f"  {math.exp(candidate['score']):6.1%}  {identity:<24} at ({center}) m, {size} m"
