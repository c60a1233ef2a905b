"""`whatwhere models convert`: a checkpoint of others to a model folder."""

from pathlib import Path
from typing import Annotated

import typer

from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.errors import NotSupportedError

KINDS = ("video-3d-llm",)
"""Checkpoints that can be converted."""


def convert_model(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="video-3d-llm.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The checkpoint.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The model folder to be written.")],
    tower: Annotated[
        Path | None,
        typer.Option(
            "--tower",
            help="The vision tower's config.json, for another than SigLIP so400m at 384 pixels.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Convert a checkpoint in safetensors: all tensors must be known, none may be missing."""
    if kind not in KINDS:
        raise NotSupportedError(
            f'"{kind}" cannot be converted', remedy=f"Choose among {', '.join(KINDS)}"
        )
    with stdout_kept_clean():
        from whatwhere.models.video_3d_llm.converting import convert

        convert(folder, out, tower=tower, told=lambda what: typer.echo(what, err=True))
    if json:
        print_json({"kind": kind, "folder": str(out)})
    else:
        typer.echo(f"Written to {out}; name it with `whatwhere models add {out}`")
