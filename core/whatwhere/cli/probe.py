"""`whatwhere probe`: what a model answers to small edits of one case, in this process."""

from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.cli.planning import Device, Dtype, Frames, check_room, load_settings
from whatwhere.cli.scenes import scene_path
from whatwhere.errors import ConfigError
from whatwhere.evaluation.probes.catalogue import PROBES, parse_probes
from whatwhere.files import replacing
from whatwhere.language.beside import find_expressions
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import parse_modalities
from whatwhere.models.load_settings import LoadSettings

What = Literal["probes", "flip", "evidence"]


def probe(
    scene: Annotated[
        str, typer.Argument(help="A scan folder, a PLY file or the name of a demo room.")
    ] = "",
    text: Annotated[str, typer.Argument(help="A sentence about the scene.")] = "",
    probes: Annotated[
        str | None, typer.Option("--probe", help="Names, separated by commas; all without it.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the probes and end.")] = False,
    flip: Annotated[
        bool, typer.Option("--flip", help="Search the smallest edit that changes the answer.")
    ] = False,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Say what each frame adds to the answer.")
    ] = False,
    modality: Annotated[
        str, typer.Option("--modality", help="The first one's answer is what is edited.")
    ] = "fused,2d,3d",
    model: Annotated[
        str, typer.Option("--model", help="A name from `whatwhere models list`, or a model folder.")
    ] = "default",
    target: Annotated[
        int | None,
        typer.Option("--target", help="objectId that is meant, where no data set beside says it."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the JSON document to this file, too.")
    ] = None,
    device: Device = "auto",
    dtype: Dtype = "auto",
    frames: Frames = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Edit words, colours, depth, geometry and frames of a case, and see what the answer does."""
    if listing:
        _list(json)
        return
    if flip and evidence:
        raise ConfigError("--flip and --evidence are two questions", remedy="Give one of them")
    with stdout_kept_clean():
        document = probed(
            scene,
            text,
            probes,
            what="flip" if flip else "evidence" if evidence else "probes",
            modality=modality,
            model=model,
            target_id=target,
            settings=load_settings(device, dtype=dtype, frames=frames),
        )
    if out is not None:
        with replacing(out) as temporary:
            temporary.write_text(dumps(document, indent=1), encoding="utf-8")
    if json:
        print_json(document)
    else:
        typer.echo(readable(document))


def probed(
    scene: str,
    text: str,
    names: str | Sequence[str] | None,
    *,
    what: What,
    modality: str,
    model: str,
    target_id: int | None,
    settings: LoadSettings,
) -> dict[str, Any]:
    """The document; what is cheap to refuse is refused before torch is loaded."""
    if not scene:
        raise ConfigError("there is nothing to probe", remedy="Name a scene and a sentence")
    path, modalities, probes = scene_path(scene), parse_modalities(modality), parse_probes(names)
    Expression.typed(path.name, text)

    from whatwhere.models.external import closing_external
    from whatwhere.models.registry import load_grounder
    from whatwhere.scenes.opening import open_scene
    from whatwhere.serving.encoded_scenes import encode_scene
    from whatwhere.serving.flipping import evidence_document, flip_document
    from whatwhere.serving.probe_document import probe_document
    from whatwhere.serving.probing import Prober
    from whatwhere.serving.threads import use_threads_for_query

    check_room(model, settings)
    grounder = load_grounder(model, device=settings.device, settings=settings)
    with closing_external(grounder):
        opened = open_scene(path)
        if target_id is None:
            target_id = _known_target(opened.scene_id, opened.folder, text)
        encoded = encode_scene(grounder, path)
        use_threads_for_query(grounder.num_parameters)
        prober = Prober(grounder, opened, encoded.encoding)
        asked = prober.ask(text, modalities, target_id=target_id)
        if what == "flip":
            return flip_document(prober, asked)
        if what == "evidence":
            return evidence_document(prober, asked)
        return probe_document(prober, asked, probes)


def readable(document: dict[str, Any]) -> str:
    """The same for people."""
    lines = [f'{document["scene"]}: "{document["expression"]}"', f"model {document['model']}", ""]
    if "probes" in document:
        lead = document["modalities"][0]
        lines.append(f"{lead} chose {_named(document['before'][lead])}")
        lines += [line for row in document["probes"] for line in _probe_lines(row, lead)]
    elif "frames" in document:
        lines.append(f"What each frame adds to log p of {_named(document['candidate'])}")
        lines += [
            f"  {row['gain']:+8.3f}  frame {row['name']}"
            + ("  the answer moves without it" if row["moves_without"] else "")
            for row in document["frames"]
        ]
    else:
        found, tried = document["flip"], f"tried: {document['tried']}"
        lines.append(f"{document['modality']} chose {_named(document['before'])}")
        lines.append(
            f"Nothing that was tried changes that ({tried})."
            if found is None
            else f"It chooses {_named(found['after'])} {found['says']} ({tried})."
        )
    return "\n".join(lines)


def _probe_lines(row: dict[str, Any], lead: str) -> list[str]:
    answer = row["answers"].get(lead)
    if answer is None:
        return [f"  -  {row['probe']:<18} {row['why_not']}"]
    mark = {True: "✓", False: "✗", None: "·"}[answer["as_expected"]]
    change = "" if answer["delta_iou"] is None else f"  Δ IoU {answer['delta_iou']:+.2f}"
    return [f"  {mark}  {row['probe']:<18} {_named(answer)}{change}  {answer['verdict']}"]


def _named(answer: dict[str, Any]) -> str:
    number = answer["proposal"] if answer["object_id"] is None else answer["object_id"]
    return f"{answer['label'] or 'candidate'} {number}"


def _known_target(scene_id: str, folder: Path, text: str) -> int | None:
    """The target of this sentence in the data sets beside the scene."""
    found, _ = find_expressions(scene_id, folder)
    words = text.split()
    return next((item.target_id for item in found if item.text.split() == words), None)


def _list(is_json: bool) -> None:
    rows = [
        {"probe": item.name, "title": item.title, "family": item.family, "does": item.does}
        for item in PROBES
    ]
    if is_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['probe']:<20} {row['does']}")
