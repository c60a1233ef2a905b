"""`whatwhere runs`: list, follow and steer training runs, by their folders."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from whatwhere.cli.bias_lines import bias_lines
from whatwhere.cli.output import print_json
from whatwhere.evaluation.bias_figures import IOU_THRESHOLD
from whatwhere.evaluation.over_steps import figures_over_steps
from whatwhere.training import runs as steering
from whatwhere.training.export import export_run
from whatwhere.training.metric_log import MetricLog
from whatwhere.training.run_files import METRICS
from whatwhere.training.run_looks import open_looks
from whatwhere.training.run_summary import RunSummary, find_run, find_runs, summarise

_POLL_S = 0.5

runs = typer.Typer(
    help="List, follow and steer training runs.", invoke_without_command=True, add_completion=False
)

Run = Annotated[
    str, typer.Argument(metavar="RUN", help="A run folder, or the beginning of a run's name.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@runs.callback()
def listed(context: typer.Context, json: Json = False) -> None:
    """List, follow and steer training runs; without a command, list them."""
    if context.invoked_subcommand is None:
        list_runs(None, json=json)


@runs.command("list")
def list_runs(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR]...", help="Runs, or folders of runs; without one, your own runs."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List runs, newest first: phase, step, and why one failed."""
    summaries = find_runs(folders or None)
    if json:
        print_json([_document(summary) for summary in summaries])
    else:
        typer.echo(_table(summaries) if summaries else "There are no runs")


@runs.command("tail")
def tail(
    run: Run,
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, help="How many lines.")] = 10,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run ends, or Ctrl-C.")
    ] = False,
    json: Json = False,
) -> None:
    """Print the last metrics of a run, and with --follow those to come."""
    if follow and json:
        raise typer.BadParameter("--json prints one document, so it does not go with --follow")
    path = find_run(run)
    log = MetricLog(path / METRICS)
    log.skip()
    rows = log.tail(lines)
    if json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(_line(row))
    while follow:
        # Whether it lives is asked before the metrics are, so that none are missed at its end.
        summary = summarise(path)
        while rows := log.read_new():
            for row in rows:
                typer.echo(_line(row))
        if not summary.is_living:
            typer.echo(_table([summary]))
            return
        time.sleep(_POLL_S)


@runs.command("pause")
def pause(run: Run, json: Json = False) -> None:
    """Let a run write a checkpoint and wait."""
    path = find_run(run)
    steering.pause(path)
    _say(path, "asked to pause", json=json)


@runs.command("resume")
def resume(run: Run, json: Json = False) -> None:
    """Let a paused run go on; start one that ended again, from its last checkpoint."""
    path = find_run(run)
    summary = summarise(path)
    if summary.is_living:
        steering.resume_paused(path)
    else:
        steering.resume_run(path)
    _say(path, "goes on", json=json)


@runs.command("stop")
def stop(run: Run, json: Json = False) -> None:
    """Let a run write a checkpoint and end."""
    path = find_run(run)
    steering.stop(path)
    _say(path, "asked to stop", json=json)


@runs.command("kill")
def kill(run: Run, json: Json = False) -> None:
    """End a run at once; what it did since its last checkpoint is lost."""
    path = find_run(run)
    steering.kill(path)
    _say(path, "killed", json=json)


@runs.command("bias")
def bias(
    run: Run,
    iou: Annotated[
        float, typer.Option("--iou", min=0.01, max=1.0, help="An answer is right from here on.")
    ] = IOU_THRESHOLD,
    json: Json = False,
) -> None:
    """Bias over training: accuracy and follow rates on the probe set, at every look at it."""
    found = open_looks(find_run(run))
    figures = figures_over_steps(found.looks, iou_threshold=iou)
    if json:
        facts = found.looks[-1].facts
        about = {
            "run": str(found.run),
            "data": facts.data,
            "split": facts.split,
            "split_hash": facts.split_hash,
            "iou_threshold": iou,
            "faults": list(found.faults),
        }
        print_json({**about, "steps": [item.as_json() for item in figures]})
    else:
        typer.echo("\n".join(bias_lines(found, figures, iou)))


@runs.command("export")
def export(
    run: Run,
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The zip file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file, if it exists.")] = False,
    json: Json = False,
) -> None:
    """Write a run into a zip file: all but its scenes, with the last checkpoint or the model."""
    path = find_run(run)
    export_run(path, file, overwrite=force, on_progress=_show_progress)
    if json:
        print_json({"run": str(path), "file": str(file), "bytes": file.stat().st_size})
    else:
        typer.echo(f"{path.name}: exported to {file} ({file.stat().st_size / 1e6:.1f} MB)")


def _show_progress(done: int, total: int) -> None:
    """A line that overwrites itself, for people only."""
    if sys.stderr.isatty() and total:
        sys.stderr.write(f"\r{done / total:4.0%}" if done < total else "\r    \r")
        sys.stderr.flush()


def _say(path: Path, what: str, *, json: bool) -> None:
    if json:
        print_json(_document(summarise(path)))
    else:
        typer.echo(f"{path.name}: {what}")


def _document(summary: RunSummary) -> dict[str, Any]:
    return {
        "run": str(summary.path),
        "phase": summary.phase,
        "step": summary.step,
        "steps": summary.steps,
        "doing": summary.doing,
        "reason": summary.reason,
        "pid": summary.pid,
        "host": summary.host,
        "heartbeat_age_s": summary.heartbeat_age_s,
        "peak_rss_bytes": summary.peak_rss_bytes,
        "last": summary.last,
        "checkpoints": list(summary.checkpoints),
    }


def _table(summaries: Sequence[RunSummary]) -> str:
    width = max(len(summary.name) for summary in summaries)
    lines = []
    for summary in summaries:
        steps = f"{summary.step}/{summary.steps}" if summary.steps else ""
        beat = f"seen {_age(summary.heartbeat_age_s)} ago" if summary.is_living else ""
        line = f"{summary.name:<{width}}  {summary.phase:<9}{steps:>13}  {summary.doing:<10}{beat}"
        lines.append(line.rstrip())
        if summary.reason:
            lines.append(f"    {summary.reason}")
    return "\n".join(lines)


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _line(row: dict[str, Any]) -> str:
    parts = [f"{row.get('stage', '')} {row.get('step', '')}".strip()]
    for name, value in row.items():
        if name not in ("time", "step", "stage"):
            shown = f"{value:.4g}" if isinstance(value, float) else value
            parts.append(f"{name} {'not finite' if shown is None else shown}")
    return "  ".join(parts)
