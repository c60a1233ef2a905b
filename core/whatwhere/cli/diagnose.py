"""`whatwhere diagnose`: whether a model looks at the pictures and ignores the geometry."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from whatwhere.cli.diagnosis_files import write_files
from whatwhere.cli.diagnosis_lines import difference_lines, report_lines, state_lines
from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.cli.planning import CacheMB, cache_bytes_of
from whatwhere.cli.sentence_path import sentence_path
from whatwhere.evaluation.bias_differences import bias_differences
from whatwhere.evaluation.bias_figures import IOU_THRESHOLD
from whatwhere.evaluation.bias_report import BiasReport, bias_report
from whatwhere.evaluation.cases.store import StoredCases, open_cases
from whatwhere.evaluation.margin import DEFAULT_MARGIN
from whatwhere.evaluation.probes.catalogue import parse_probes
from whatwhere.evaluation.states.summary import StatesSummary, states_summary
from whatwhere.serving.diagnosing import Diagnosed, run_diagnosis
from whatwhere.serving.diagnosis_facts import DiagnosisAsked, diagnoses_folder, parse_asked
from whatwhere.serving.diagnosis_job import progress_said
from whatwhere.serving.split_probing import probe_split
from whatwhere.serving.split_runner import Progressed
from whatwhere.serving.split_states import keep_states


def diagnose(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Names from `whatwhere models list`, folders, or files of answers; several are "
            "compared with the first.",
        ),
    ],
    data: Annotated[
        str,
        typer.Option(
            "--data",
            help="A file of ScanRefer, Nr3D, Sr3D or ScanEnts3D, a folder with one, or a demo "
            "room.",
        ),
    ],
    split: Annotated[str, typer.Option("--split", help="Which of a folder's files.")] = "val",
    scans: Annotated[
        Path | None,
        typer.Option("--scans", help="The folder that holds the scans; else looked for."),
    ] = None,
    modality: Annotated[
        str,
        typer.Option(
            "--modality",
            help="What the model may see, separated by commas; 2d-frame besides others.",
        ),
    ] = "fused,2d,3d",
    proposals: Annotated[
        str | None,
        typer.Option(
            "--proposals",
            help="Mask3D masks (.npz) or boxes (JSON), a folder of them, or geometric: found in "
            "the mesh; else annotated boxes.",
        ),
    ] = None,
    first: Annotated[
        int | None,
        typer.Option("--first", min=1, help="Only so many candidates of each scan."),
    ] = None,
    twins: Annotated[
        bool,
        typer.Option(
            "--twins/--no-twins", help="Ask about twins, too, where the data set has some."
        ),
    ] = True,
    probes: Annotated[
        str | None,
        typer.Option(
            "--probes",
            help="Probe every case, too: names from `whatwhere probe --list`, or all.",
        ),
    ] = None,
    states: Annotated[
        bool,
        typer.Option(
            "--states",
            help="Keep the states that answers are read from, too, and say what can be read "
            "from them.",
        ),
    ] = False,
    reference: Annotated[
        Path | None,
        typer.Option(
            "--reference", help="Folder of a diagnosis whose 2D answers agreement is held against."
        ),
    ] = None,
    iou: Annotated[
        float, typer.Option("--iou", min=0, max=1, help="From here on an answer is right.")
    ] = IOU_THRESHOLD,
    margin: Annotated[
        float, typer.Option("--margin", help="That the Pseudo-Label Loss asks for, nats.")
    ] = DEFAULT_MARGIN,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Holds a folder per model; else one of your own."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the report as one HTML file, too."),
    ] = None,
    latex: Annotated[
        Path | None,
        typer.Option("--latex", metavar="FILE", help="Write the headline as a LaTeX table, too."),
    ] = None,
    figures: Annotated[
        Path | None,
        typer.Option("--figures", metavar="DIR", help="Write figures as PNG and SVG, too."),
    ] = None,
    cache_mb: CacheMB = None,
    device: Annotated[
        str, typer.Option("--device", help='"auto", "cpu", "cuda", "cuda:1", ...')
    ] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Ask models every case of a split in their modalities; called again, it goes on."""
    wanted = None if probes is None else parse_probes(None if probes == "all" else probes)
    held_against = None if reference is None else open_cases(reference)
    sentences = sentence_path(data)
    modalities, in_frame = parse_asked(modality)
    found: list[tuple[Diagnosed, BiasReport]] = []
    in_states: dict[Path, StatesSummary] = {}
    with stdout_kept_clean():
        for model in models:
            asked = DiagnosisAsked(
                model,
                sentences,
                split,
                scans,
                modalities,
                proposals,
                first,
                twins=twins,
                in_frame=in_frame,
                device=device,
                cache_bytes=cache_bytes_of(cache_mb),
            )
            done = _run(asked, out or diagnoses_folder())
            cases = done.cases
            report = bias_report(
                cases.columns,
                cases.facts,
                iou_threshold=iou,
                margin=margin,
                reference=held_against,
                probes=None
                if wanted is None
                else probe_split(asked, cases.folder, wanted, on_scene=_tell_probed),
            )
            found.append((done, report))
            if states:
                in_states[cases.folder] = _summary(asked, cases)
        reports = [(done.cases, report) for done, report in found]
        written = write_files(reports, iou, html=html, latex=latex, figures=figures)
    for path in written:
        sys.stderr.write(f"wrote {path}\n")
    if json:
        print_json(_document(found, iou, in_states))
        return
    for done, report in found:
        lines = [*report_lines(done.cases, report), *state_lines(in_states.get(done.cases.folder))]
        typer.echo("\n".join(lines) + "\n")
    for document in _differences(found, iou):
        typer.echo("\n".join(difference_lines(document)) + "\n")


def _run(asked: DiagnosisAsked, root: Path) -> Diagnosed:
    folder = root / asked.name(asked.open_split())
    try:
        return run_diagnosis(asked, folder, on_progress=_tell)
    except KeyboardInterrupt:
        sys.stderr.write(f"\nstopped; the same command goes on from {folder}\n")
        raise typer.Exit(130) from None


def _tell(progress: Progressed) -> None:
    sys.stderr.write(
        f"{progress_said(progress)}; {progress.rows_done:,} of {progress.num_rows:,} sentences\n"
    )


def _tell_probed(done: int, total: int) -> None:
    sys.stderr.write(f"probed {done:,} of {total:,} scans\n")


def _tell_states(done: int, total: int) -> None:
    sys.stderr.write(f"states of {done:,} of {total:,} scans\n")


def _summary(asked: DiagnosisAsked, cases: StoredCases) -> StatesSummary:
    modalities, _ = parse_asked(cases.facts.modalities)
    stored = keep_states(asked, cases.folder, modalities, on_scene=_tell_states)
    return states_summary(cases.columns, stored)


def _document(
    found: list[tuple[Diagnosed, BiasReport]], iou: float, in_states: Mapping[Path, StatesSummary]
) -> dict[str, Any]:
    """One model's document as it is; of several, all of them and what each gains on the first."""
    documents = []
    for done, report in found:
        folder = done.cases.folder
        document = {**report.as_json(), "folder": str(folder), "not_opened": list(done.unopened)}
        if folder in in_states:
            document["states"] = in_states[folder].as_json()
        documents.append(document)
    if len(documents) == 1:
        return documents[0]
    return {"diagnoses": documents, "differences": _differences(found, iou)}


def _differences(found: list[tuple[Diagnosed, BiasReport]], iou: float) -> list[dict[str, Any]]:
    (before, _), *others = found
    return [
        {
            "after": after.cases.facts.model,
            "before": before.cases.facts.model,
            **bias_differences(after.cases, before.cases, iou_threshold=iou).as_json(),
        }
        for after, _ in others
    ]
