"""`whatwhere evaluate`: a model's numbers on a split, as the official scripts count them."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated

import typer

from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.cli.planning import CacheMB, Proposals, cache_bytes_of
from whatwhere.cli.sentence_path import sentence_path
from whatwhere.errors import ConfigError
from whatwhere.evaluation.counting import COUNTING_RULES
from whatwhere.evaluation.markdown import as_markdown
from whatwhere.evaluation.split_report import Rules
from whatwhere.evaluation.submission import scanrefer_submission
from whatwhere.files import replacing
from whatwhere.language.splits import Split, open_split
from whatwhere.models.grounder import parse_modalities
from whatwhere.scenes.label_table import LabelTable, find_label_table, read_label_table
from whatwhere.serving.evaluating import Asked, Evaluated, default_folder, run_evaluation
from whatwhere.serving.split_runner import Progressed


def evaluate(
    model: Annotated[
        str,
        typer.Argument(help="A name from `whatwhere models list`, a folder, or a file of answers."),
    ],
    sentences: Annotated[
        str,
        typer.Argument(
            metavar="SPLIT",
            help="A file of ScanRefer, Nr3D, Sr3D, ScanEnts3D, ScanQA or SQA3D, a folder with "
            "one, or a demo room.",
        ),
    ],
    split: Annotated[str, typer.Option("--split", help="Which of a folder's files.")] = "val",
    scans: Annotated[
        Path | None,
        typer.Option("--scans", help="The folder that holds the scans; else looked for."),
    ] = None,
    modality: Annotated[
        str, typer.Option("--modality", help="What the model may see, separated by commas.")
    ] = "fused,2d,3d",
    proposals: Proposals = None,
    first: Annotated[
        int | None,
        typer.Option("--first", min=1, help="Only so many candidates of each scan."),
    ] = None,
    unique: Annotated[
        str | None,
        typer.Option(
            "--unique", help=f"What makes a row unique: one of {', '.join(COUNTING_RULES)}."
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="scannetv2-labels.combined.tsv; else looked for."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="An overlap of exactly the threshold is a miss.")
    ] = False,
    all_rows: Annotated[
        bool,
        typer.Option("--all-rows", help="Of ReferIt3D, also what its evaluation leaves out."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for answers and results; else one of your own."),
    ] = None,
    submission: Annotated[
        Path | None,
        typer.Option("--submission", help="Also write the first modality's answers for ScanRefer."),
    ] = None,
    device: Annotated[
        str, typer.Option("--device", help='"auto", "cpu", "cuda", "cuda:1", ...')
    ] = "auto",
    cache_mb: CacheMB = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Score a model on a split; called again, it goes on where it was stopped."""
    opened = open_split(sentence_path(sentences), split=split, scans=scans)
    rules = _rules(opened, unique, labels, strict=strict, all_rows=all_rows)
    asked = Asked(
        model,
        opened,
        parse_modalities(modality),
        proposals,
        first,
        rules=rules,
        device=device,
        cache_bytes=cache_bytes_of(cache_mb),
    )
    folder = out or default_folder(asked)
    with stdout_kept_clean():
        found = _run(asked, folder)
    document = found.as_json()
    _write(folder / "results.json", json_module.dumps(document, indent=1) + "\n")
    _write(folder / "results.md", as_markdown(document))
    if submission is not None:
        rows = scanrefer_submission(
            opened.expressions, found.answers, found.modalities[0], rules.table
        )
        _write(submission, json_module.dumps(rows))
    if json:
        print_json(document)
    else:
        typer.echo(as_markdown(document))
        typer.echo(f"{folder}: answers.jsonl, results.json, results.md")


def _run(asked: Asked, folder: Path) -> Evaluated:
    try:
        return run_evaluation(asked, folder, on_progress=_tell)
    except KeyboardInterrupt:
        sys.stderr.write(f"\nstopped; the same command goes on from {folder}\n")
        raise typer.Exit(130) from None


def _tell(progress: Progressed) -> None:
    left = "" if progress.left_s is None else f", {_time(progress.left_s)} left"
    sys.stderr.write(
        f"{progress.scenes_done:,} of {progress.num_scenes:,} scans, "
        f"{progress.rows_done:,} of {progress.num_rows:,} sentences{left}\n"
    )


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _rules(
    split: Split, unique: str | None, labels: Path | None, *, strict: bool, all_rows: bool
) -> Rules:
    """The official rule needs ScanNet's labels; rooms of our own have none and count by names."""
    rule = next((name for name in COUNTING_RULES if name == unique), None)
    if unique is not None and rule is None:
        raise ConfigError(
            f'"{unique}" is no counting rule', remedy=f"Choose among {', '.join(COUNTING_RULES)}"
        )
    table = _table(split, labels)
    if rule is None:
        is_scannet = any(scene.scene_id.startswith("scene") for scene in split.scenes)
        rule = "official" if is_scannet or table is not None else "names"
    return Rules(rule, table, strict=strict, all_rows=all_rows)


def _table(split: Split, labels: Path | None) -> LabelTable | None:
    path = labels or find_label_table(scene.path.resolve() for scene in split.scenes[:1])
    return None if path is None else read_label_table(path)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
