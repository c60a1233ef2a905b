"""`whatwhere predictions`: answers of other programs taken in, and our own written out."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.cli.scenes import scene_path
from whatwhere.errors import ConfigError, ExpressionError, MissingFileError
from whatwhere.language.beside import find_expressions
from whatwhere.language.expressions import Expression
from whatwhere.models.adding import import_predictions
from whatwhere.models.catalogue import TABLE
from whatwhere.models.grounder import Modality, parse_modalities
from whatwhere.models.prediction_files import read_sentences
from whatwhere.models.prediction_lines import Line, write_lines
from whatwhere.models.stored import read_stored
from whatwhere.scenes.opening import scene_name

predictions = typer.Typer(
    help="Take in answers of other programs, and write out our own.", add_completion=False
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@predictions.command("import")
def take_in(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="JSON lines, a ScanRefer submission, or ViGiL3D predictions."
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="What the model will be called.")],
    expressions: Annotated[
        list[Path] | None,
        typer.Option(
            "--expressions",
            help="Sentences by their ids, for files without texts: ScanRefer's JSON or ViGiL3D's "
            "CSV. May be repeated.",
        ),
    ] = None,
    scene: Annotated[
        list[str] | None,
        typer.Option(
            "--scene", help="Take the sentences that lie beside this scan. May be repeated."
        ),
    ] = None,
    modality: Annotated[
        str, typer.Option("--modality", help="What the model saw, where the file does not say.")
    ] = "fused",
    json: Json = False,
) -> None:
    """Keep a file of answers as a model that can be compared with others."""
    sentences = [item for path in expressions or () for item in read_sentences(path)]
    sentences += [item for text in scene or () for item in _beside(text)]
    entry, imported = import_predictions(
        file, name=name, expressions=sentences, modality=_one(modality)
    )
    num_scenes, num_sentences, modalities = read_stored(entry.folder / TABLE)
    if json:
        print_json(
            {
                "name": entry.name,
                "form": imported.form,
                "scenes": num_scenes,
                "sentences": num_sentences,
                "modalities": list(modalities),
                "left_out": imported.num_shared,
            }
        )
        return
    what = f"{_counted(num_sentences, 'sentence')} of {_counted(num_scenes, 'scene')}"
    typer.echo(
        f"{entry.name}: {what} in {', '.join(modalities)} ({imported.form}); "
        f"use it with --model {entry.name}"
    )
    if imported.num_shared:
        typer.echo(
            f"warning: {imported.num_shared:,} answers left out, for another sentence of their "
            "scene has the same words and the first answer is kept"
        )


@predictions.command("export")
def write_out(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The JSON lines to write.")],
    scene: Annotated[
        list[str],
        typer.Option("--scene", help="A scan folder, PLY file or demo room. May be repeated."),
    ],
    model: Annotated[
        str, typer.Option("--model", help="A name from `whatwhere models list`, or a folder.")
    ] = "default",
    sentences: Annotated[
        Path | None,
        typer.Option(
            "--sentences",
            help="A text file with a sentence per line, asked in every scene; without it, those "
            "that lie beside each scan.",
        ),
    ] = None,
    modality: Annotated[
        str, typer.Option("--modality", help="What the model may see, separated by commas.")
    ] = "fused,2d,3d",
    top: Annotated[
        int | None, typer.Option("--top", min=1, help="How many boxes per answer; all without it.")
    ] = None,
    device: Annotated[
        str, typer.Option("--device", help='"auto", "cpu", "cuda", "cuda:1", ...')
    ] = "auto",
    json: Json = False,
) -> None:
    """Write a model's answers as JSON lines: one per scene, sentence and modality."""
    modalities = parse_modalities(modality)
    asked = [(path, _sentences(path, sentences)) for path in map(scene_path, scene)]
    with stdout_kept_clean():
        count = write_lines(file, _answers(asked, model, modalities, top=top, device=device))
    if json:
        print_json({"file": str(file), "lines": count})
    else:
        typer.echo(f"{file}: {count:,} answers")


def _answers(
    asked: Sequence[tuple[Path, Sequence[Expression]]],
    model: str,
    modalities: Sequence[Modality],
    *,
    top: int | None,
    device: str,
) -> Iterator[Line]:
    """The answers one after the other; scenes are looked at when they come."""
    from whatwhere.models.external import closing_external
    from whatwhere.models.registry import load_grounder
    from whatwhere.serving.encoded_scenes import encode_scene

    grounder = load_grounder(model, device=device)
    wanted = [name for name in modalities if name in grounder.capabilities.modalities]
    with closing_external(grounder):
        for path, expressions in asked:
            encoded = encode_scene(grounder, path)
            for number, expression in enumerate(expressions, start=1):
                try:
                    result = grounder.ground(encoded.encoding, expression.text, wanted)
                except ExpressionError as error:
                    sys.stderr.write(f"left out: {error}\n")
                    continue
                for grounding in result.groundings.values():
                    yield Line.of_grounding(encoded.scene_id, expression, grounding, top=top)
                if number % 100 == 0 or number == len(expressions):
                    sys.stderr.write(
                        f"{encoded.scene_id}: {number:,} of {len(expressions):,} sentences\n"
                    )


def _sentences(scene: Path, file: Path | None) -> tuple[Expression, ...]:
    scene_id, _ = scene_name(scene)
    if file is None:
        found = _beside(str(scene))
        if not found:
            raise ConfigError(
                f"no sentences lie beside {scene}", remedy="Give a text file with --sentences"
            )
        return tuple({" ".join(item.text.split()): item for item in found}.values())
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise MissingFileError(
            file, what="Sentences", remedy="Check the path to the text file"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{file} is not text in UTF-8", remedy="Save it as UTF-8, a sentence per line"
        ) from error
    texts = dict.fromkeys(" ".join(line.split()) for line in lines if line.strip())
    return tuple(Expression.typed(scene_id, text) for text in texts)


def _beside(scene: str) -> tuple[Expression, ...]:
    path = scene_path(scene)
    scene_id, _ = scene_name(path)
    folder = path if path.is_dir() else path.parent
    return find_expressions(scene_id, folder.resolve())[0]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _one(modality: str) -> Modality:
    found = parse_modalities(modality)
    if len(found) != 1:
        raise ConfigError("--modality names one modality here", remedy="Give fused, 2d or 3d")
    return found[0]
