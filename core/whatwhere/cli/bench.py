"""`whatwhere bench`: the program's own figures, measured here and now."""

from pathlib import Path
from typing import Annotated, Any

import typer

from whatwhere.bench.machine import machine
from whatwhere.bench.registry import BENCHES, STUDIES, run_bench, run_study
from whatwhere.cli.output import print_json, stdout_kept_clean
from whatwhere.errors import WhatWhereError


def bench(
    name: Annotated[
        str | None,
        typer.Argument(
            help=f"One of {', '.join([*BENCHES, *STUDIES])}; without it, all but "
            f"{', '.join(STUDIES)}."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="DIR",
            help="Where a study keeps its rows and its report (default: tests/reports/NAME), and "
            "gpu its raw output (default: bench in your data).",
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", help="Start no new run of a study after this; 0: report only."),
    ] = None,
    ship: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--ship",
            metavar="CHEATING CURED",
            help="With cure: make two of its model folders the pair that ships, and choose the "
            "case that shows them.",
        ),
    ] = None,
    official_reader: Annotated[
        Path | None,
        typer.Option(
            "--official-reader",
            metavar="PATH",
            help="With sens: your copy of ScanNet's SensorData.py, to run beside ours.",
        ),
    ] = None,
    official_python: Annotated[
        Path | None,
        typer.Option("--official-python", metavar="PATH", help="The Python to run it with."),
    ] = None,
    device: Annotated[
        str, typer.Option("--device", help="With gpu: where it runs, cuda:0 or another.")
    ] = "",
    small: Annotated[
        bool,
        typer.Option("--small", help="With gpu: small networks of the same form, also on cpu."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure the program on this machine; ratios are of figures from one run."""
    if ship is not None:
        if name != "cure":
            raise typer.BadParameter("--ship goes with cure")
        _ship(*ship, report or Path("tests", "reports", "cure"))
        return
    options = _sens_options(name, official_reader, official_python)
    options |= _gpu_options(name, device, small=small, report=report)
    if name is not None and name not in (*BENCHES, *STUDIES):
        raise typer.BadParameter(f'"{name}" is none of {", ".join([*BENCHES, *STUDIES])}')
    with stdout_kept_clean():
        if name in STUDIES:
            folder = report or Path("tests", "reports", name)
            figures = run_study(name, folder, minutes=minutes)
            benches = {name: {label: figure.as_json() for label, figure in figures.items()}}
        else:
            benches = {name: _figures(name, **options)} if name else _all_benches()
    document = {"machine": machine(), "benches": benches}
    if json:
        print_json(document)
    else:
        typer.echo(readable(document))


def _sens_options(name: str | None, reader: Path | None, python: Path | None) -> dict[str, Any]:
    if reader is not None:
        if name != "sens":
            raise typer.BadParameter("--official-reader goes with sens")
        return {"official_reader": reader, "official_python": python}
    if name == "sens":
        typer.echo("The official reader is not run: --official-reader names it.", err=True)
    return {}


def _gpu_options(
    name: str | None, device: str, *, small: bool, report: Path | None
) -> dict[str, Any]:
    if name == "gpu":
        return {"device": device or "cuda:0", "small": small, "report": report}
    if device or small:
        raise typer.BadParameter("--device and --small go with gpu")
    return {}


def _ship(cheating: Path, cured: Path, report: Path) -> None:
    from whatwhere.bench.cure.shipping import ship

    typer.echo(ship(cheating, cured, report, say=lambda line: typer.echo(line, err=True)))


def readable(document: dict[str, Any]) -> str:
    """A table per bench."""
    lines = ["  ".join(f"{name} {value}" for name, value in document["machine"].items())]
    for bench_name, figures in document["benches"].items():
        lines += ["", bench_name]
        if "error" in figures:
            lines.append(f"  not measured: {figures['error']}")
            continue
        lines += [_figure_line(name, figure) for name, figure in figures.items()]
    return "\n".join(lines)


def _all_benches() -> dict[str, Any]:
    """Every bench; one that cannot run here says why and does not stop the others."""
    benches: dict[str, Any] = {}
    for name in BENCHES:
        try:
            benches[name] = _figures(name)
        except WhatWhereError as error:
            benches[name] = {"error": str(error)}
    return benches


def _figures(name: str, **options: Any) -> dict[str, Any]:
    return {label: figure.as_json() for label, figure in run_bench(name, **options).items()}


def _figure_line(name: str, figure: dict[str, Any]) -> str:
    """Name, value, range, repeats and, when it has one, the goal."""
    line = f"  {name:<52} {figure['value']:9.2f} {figure['unit']:<4} n {figure['n']:<4}"
    if figure["low"] is not None:
        line += f" {figure['low']:.2f} to {figure['high']:.2f}"
    if figure["at_most"] is not None:
        verdict = "met" if figure["value"] <= figure["at_most"] else "MISSED"
        line += f"  goal <= {figure['at_most']:g}: {verdict}"
    return line.rstrip()
