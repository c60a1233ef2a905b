"""`whatwhere models`: what can be named with --model, and how others are added."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from whatwhere.cli.converting import convert_model
from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.cli.planning import plan_model
from whatwhere.errors import ConfigError
from whatwhere.models.adding import add_external, add_folder, add_from_hub, described, verify
from whatwhere.models.catalogue import Entry, entries, find_model, remove

models = typer.Typer(
    help="List, add, check and remove models.", invoke_without_command=True, add_completion=False
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="From `whatwhere models list`.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@models.callback()
def listed(context: typer.Context, json: Json = False) -> None:
    """List, add, check and remove models; without a command, list them."""
    if context.invoked_subcommand is None:
        list_models(json=json)


@models.command("list")
def list_models(json: Json = False) -> None:
    """List the models that have a name: shipped, added folders, external ones, predictions."""
    found, problems = entries()
    documents = [described(entry) for entry in found]
    if json:
        print_json({"models": documents, "problems": list(problems)})
        return
    heads: tuple[str, ...] = ("name", "kind", "size", "licence", "hash", "origin")
    rows = [heads, *(_row(document) for document in documents)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())
    for problem in problems:
        typer.echo(f"warning: {problem}")


@models.command("show")
def show(name: Name, json: Json = False) -> None:
    """Say what is known of a model: files, hashes, origin, licence, command."""
    document = described(find_model(name))
    if json:
        print_json(document)
        return
    for key, value in document.items():
        if isinstance(value, dict):
            typer.echo(f"{key}")
            for part, said in value.items():
                typer.echo(f"  {part}  {said}".rstrip())
        else:
            typer.echo(f"{key:<10} {_said(key, value)}")


@models.command("add")
def add(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A model folder, a hub id (organisation/name), or with --command a new name.",
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="Another name for it.")] = "",
    command: Annotated[
        str | None,
        typer.Option(
            "--command",
            help='A program that answers, e.g. "python grounder.py" or "ssh HOST python g.py".',
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds it may take for one answer.")
    ] = 300.0,
    path_map: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="LOCAL=REMOTE",
            help="What it is told in place of the beginning of a path. May be repeated.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Add a model: a folder, one from a hub, or a program. Pickles and remote code are refused."""
    if command is not None:
        maps = dict(_pair(text) for text in path_map or ())
        entry = add_external(command, name=name or source, timeout_s=timeout, path_map=maps)
    elif path_map:
        raise ConfigError("--map belongs to --command", remedy="Give --command, or leave --map out")
    elif _is_hub_id(source):
        with stdout_kept_clean():
            entry = add_from_hub(source, name=name)
    else:
        entry = add_folder(Path(source), name=name)
    _tell(entry, json=json)


@models.command("verify")
def check(name: Name, json: Json = False) -> None:
    """Compare hashes, look at the weights, start an external model; exit code 0 if all is well."""
    started_s = time.perf_counter()
    entry = find_model(name)
    said = verify(entry)
    if json:
        seconds = round(time.perf_counter() - started_s, 3)
        print_json({"name": entry.name, "kind": entry.kind, "said": said, "seconds": seconds})
    else:
        typer.echo("\n".join(said))


@models.command("remove")
def forget(name: Name, json: Json = False) -> None:
    """Forget an added model; a folder that lies elsewhere stays there."""
    gone = remove(name)
    if json:
        print_json({"name": gone.name, "kind": gone.kind})
    else:
        typer.echo(f"{gone.name} is no longer listed")


models.command("convert")(convert_model)
models.command("plan")(plan_model)


def _tell(entry: Entry, *, json: bool) -> None:
    if json:
        print_json(described(entry))
    else:
        typer.echo(f"{entry.name} was added; use it with --model {entry.name}")


def _is_hub_id(source: str) -> bool:
    """Two plain words around one slash, and no folder of that name."""
    parts = source.split("/")
    are_words = len(parts) == 2 and all(part and part[0] not in ".~" for part in parts)
    return are_words and not Path(source).exists()


def _pair(text: str) -> tuple[str, str]:
    local, sign, remote = text.partition("=")
    if not (sign and local.startswith("/") and remote):
        raise ConfigError(f'"{text}" is no map of paths', remedy="Give --map /local=/remote")
    return local.rstrip("/") or "/", remote


def _row(document: dict[str, Any]) -> tuple[str, ...]:
    return (
        document["name"],
        document["kind"],
        _size(document["bytes"]) if document["kind"] != "external" else "",
        document["licence"],
        document["sha256"][:12],
        document["origin"],
    )


def _said(key: str, value: Any) -> str:
    if key == "bytes":
        return _size(value)
    return " ".join(value) if isinstance(value, list) else str(value)


def _size(num_bytes: int) -> str:
    if num_bytes >= 10**9:
        return f"{num_bytes / 10**9:.1f} GB"
    return f"{num_bytes / 10**6:.1f} MB"
