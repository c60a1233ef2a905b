"""`whatwhere shortcuts`: which visible cue explains what a model chooses among look-alikes."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.cli.sentence_path import sentence_path
from whatwhere.evaluation.cases.store import open_cases
from whatwhere.evaluation.shortcuts import Shortcuts
from whatwhere.language.splits import open_split
from whatwhere.serving.shortcut_finding import shortcuts_of


def shortcuts(
    cases: Annotated[Path, typer.Argument(help="Folder of a diagnosis.")],
    data: Annotated[
        str, typer.Option("--data", help="What was diagnosed: a file, a folder, or a demo room.")
    ],
    split: Annotated[str, typer.Option("--split", help="Which of a folder's files.")] = "val",
    scans: Annotated[
        Path | None,
        typer.Option("--scans", help="The folder that holds the scans; else looked for."),
    ] = None,
    modality: Annotated[str, typer.Option("--modality", help="Whose choices.")] = "2d",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Weigh prominence, size, colour, visibility and place in the picture against each other."""
    with stdout_kept_clean():
        stored = open_cases(cases)
        scenes = open_split(sentence_path(data), split=split, scans=scans).scenes
        found = shortcuts_of(stored.columns, scenes, modality=modality, on_scene=_tell)
    if json:
        print_json({"model": stored.facts.model, "modality": modality, **found.as_json()})
    else:
        typer.echo(readable(found, stored.facts.model, modality))


def readable(found: Shortcuts, model: str, modality: str) -> str:
    """For people."""
    lines = [
        f"{model}, {modality}: {found.n:,} choices among look-alikes in {found.num_scenes:,} scans",
        found.verdict,
    ]
    for item in found.weights:
        interval = "" if item.low is None else f"  [{item.low:+.2f}, {item.high:+.2f}]"
        lines.append(f"  {item.name:12} {item.value:+.2f}{interval}")
    if found.weights:
        lines.append("log-odds per standard deviation of the cue within a case")
    return "\n".join(lines)


def _tell(done: int, total: int) -> None:
    sys.stderr.write(f"cues of {done:,} of {total:,} scans\n")
