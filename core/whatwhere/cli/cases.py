"""`whatwhere cases`: annotated cases listed, carried out, taken in, and moved between databases."""

from pathlib import Path
from typing import Annotated

import typer

from whatwhere.annotations.copying import copy_store
from whatwhere.annotations.exchange.exporting import export_cases
from whatwhere.annotations.exchange.files import form_of
from whatwhere.annotations.exchange.records import read_store
from whatwhere.annotations.exchange.scans import ScanFinder
from whatwhere.annotations.exchange.solids import Scans
from whatwhere.annotations.exchange.taking_in import Incoming, look_into, take_in
from whatwhere.annotations.place import default_annotator, default_place
from whatwhere.annotations.queries import CaseQuery, count_by_tag, count_cases, models_in
from whatwhere.annotations.store import open_store
from whatwhere.cli.case_agreement import agreement
from whatwhere.cli.output import print_json
from whatwhere.demo.shipped import is_shipped
from whatwhere.errors import ConfigError

cases = typer.Typer(
    help="List annotated cases, carry them in and out, move them between databases.",
    add_completion=False,
)
cases.command("agreement")(agreement)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Store = Annotated[
    str,
    typer.Option(
        "--store", metavar="PATH|URL", help="The store: a file, or postgresql+psycopg://..."
    ),
]
Model = Annotated[str | None, typer.Option("--model", help="Only cases of this model.")]
TagName = Annotated[str | None, typer.Option("--tag", help="Only cases that carry this tag.")]


@cases.command("list")
def show(store: Store = "", model: Model = None, json: Json = False) -> None:
    """Say how many cases there are, by tag and by model."""
    opened = open_store(store or default_place())
    by_tag = dict(count_by_tag(opened, model=model))
    document = {
        "store": opened.database.name,
        "cases": count_cases(opened, CaseQuery(model=model)),
        "done": count_cases(opened, CaseQuery(model=model, state="seen")),
        "ground_truth_wrong": count_cases(opened, CaseQuery(model=model, truth_is_wrong=True)),
        "by_tag": by_tag,
        "models": list(models_in(opened)),
    }
    captions = {tag.tag_id: tag.caption for tag in opened.tags()}
    opened.close()
    if json:
        print_json(document)
        return
    typer.echo(f"{document['store']}: {document['cases']} cases, {document['done']} done")
    for tag_id, count in sorted(by_tag.items(), key=lambda item: -item[1]):
        typer.echo(f"  {count:7d}  {captions.get(tag_id, tag_id)}")


@cases.command("export")
def export(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="NAME.jsonl, NAME.csv, NAME.coco.json, NAME.scanrefer.json, NAME.glb, NAME.ply, "
            "or a folder for Parquet.",
        ),
    ],
    form: Annotated[
        str | None,
        typer.Option(
            "--form", help="jsonl, csv, coco, scanrefer, parquet, glb or ply, whatever its name."
        ),
    ] = None,
    boxes_only: Annotated[
        bool,
        typer.Option(
            "--boxes-only/--with-scan",
            help="Boxes and text only; or GLB and PLY with the scan itself, whose licence may "
            "forbid to pass it on.",
        ),
    ] = True,
    scans: Annotated[
        Path | None,
        typer.Option(
            "--scans", help="The folder of the scans, where they are not beside the data."
        ),
    ] = None,
    store: Store = "",
    model: Model = None,
    tag: TagName = None,
    json: Json = False,
) -> None:
    """Write cases with all that is said of them; boxes and text only, unless --with-scan."""
    chosen = form_of(file, form)
    if not boxes_only and not chosen.carries_scans:
        raise ConfigError(
            f"files of the form {chosen.name} hold boxes and text only",
            remedy="Leave out --with-scan, or export GLB or PLY",
        )
    opened = open_store(store or default_place())
    exchanged = read_store(opened, CaseQuery(model=model, tag_id=tag))
    opened.close()
    along = None if boxes_only else Scans(ScanFinder(scans).find, is_shipped)
    written = export_cases(file, chosen, exchanged, scans=along)
    if json:
        print_json(
            {
                "file": str(file),
                "form": chosen.name,
                "cases": len(exchanged.records),
                "files": [str(path) for path in written.paths],
                "rows": written.num_rows,
                "rows_are": written.rows_are,
                "notice": None if written.notice is None else str(written.notice),
                "without_scan": list(written.without_scan),
            }
        )
        return
    typer.echo(f"{file}: {len(exchanged.records)} cases ({chosen.name})")
    if written.rows_are != "case":
        names = ", ".join(path.name for path in written.paths)
        typer.echo(f"  {written.num_rows} rows, one per {written.rows_are}: {names}")
    if written.without_scan:
        typer.echo(
            f"  scans not found, written without: {', '.join(written.without_scan)} "
            "(name their folder with --scans)"
        )
    if written.notice is not None:
        typer.echo(f"  holds scans that may not be passed on: read {written.notice}")


@cases.command("import")
def import_cases(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export of cases.")],
    store: Store = "",
    annotator: Annotated[
        str, typer.Option("--annotator", help="Who takes them in, and can undo it.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken in, and do nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Take cases in; what the store says already of a case stays."""
    opened = open_store(store or default_place())
    if dry_run:
        incoming = look_into(opened, file)
        opened.close()
        _say_incoming(incoming, json=json)
        return
    taken = take_in(opened, file, annotator or default_annotator())
    opened.close()
    if json:
        print_json(
            {
                "cases": taken.num_cases,
                "new": taken.num_new,
                "known": taken.num_known,
                "kept": taken.num_kept,
            }
        )
        return
    typer.echo(
        f"{taken.num_cases} cases; annotations: {taken.num_new} new, {taken.num_known} known, "
        f"{taken.num_kept} that differ from the store's, which stay"
    )


def _say_incoming(incoming: Incoming, *, json: bool) -> None:
    taken = incoming.taken
    if json:
        print_json(
            {
                "cases": taken.num_cases,
                "new_cases": incoming.num_new_cases,
                "new": dict(incoming.new),
                "new_tags": list(incoming.new_tags),
                "known": taken.num_known,
                "kept": [
                    {"kind": kind, "annotator": who, "expression": text}
                    for kind, who, text in incoming.kept
                ],
            }
        )
        return
    kinds = ", ".join(f"{count} {kind}" for kind, count in incoming.new.items()) or "nothing"
    typer.echo(
        f"{taken.num_cases} cases, {incoming.num_new_cases} of them new; would add {kinds}; "
        f"{taken.num_known} known; {taken.num_kept} differ from the store's, which would stay"
    )
    for kind, who, text in incoming.kept[:20]:
        typer.echo(f"  stays: {kind} of {who} on “{text}”")


@cases.command("copy")
def copy(
    source: Annotated[str, typer.Argument(metavar="SRC", help="A file or a URL.")],
    target: Annotated[str, typer.Argument(metavar="DST", help="An empty store: file or URL.")],
    json: Json = False,
) -> None:
    """Copy a whole store, its history too, and compare the two row by row."""
    one, other = open_store(source), open_store(target)
    copied = copy_store(one, other)
    one.close()
    other.close()
    if json:
        print_json(
            {
                "cases": copied.num_cases,
                "annotations": copied.num_annotations,
                "changes": copied.num_changes,
                "different": copied.num_different,
            }
        )
    else:
        typer.echo(
            f"{copied.num_annotations} annotations of {copied.num_cases} cases copied, "
            f"{copied.num_different} differ"
        )
