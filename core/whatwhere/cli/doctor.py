"""`whatwhere doctor`: what works on this machine, what does not, and what to do about it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Annotated

import typer

from whatwhere.cli.checks import installation, window
from whatwhere.cli.checks.check import Check
from whatwhere.cli.output import print_json

_CHECKS = (
    installation.check_python,
    installation.check_packages,
    installation.check_torch,
    installation.check_gpu,
    installation.check_data_folder,
    installation.check_default_model,
    installation.check_demo_rooms,
    window.check_window_packages,
    window.check_shared_libraries,
    window.check_display,
    window.check_qt,
    window.check_opengl,
)


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check Python, packages, Qt, OpenGL, GPU, disk, model and demo rooms."""
    checks = examine()
    is_usable = all(check.ok for check in checks if check.needed)
    document = {"ok": is_usable, "checks": [asdict(check) for check in checks]}
    if json:
        print_json(document)
    else:
        typer.echo(readable(checks))
    if not is_usable:
        raise typer.Exit(3)


def examine() -> list[Check]:
    """Run every check; the slow ones wait for their child processes side by side."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(lambda check: check(), _CHECKS))


def readable(checks: list[Check]) -> str:
    """The report for people: a line per check, and the remedy below what does not work."""
    lines = []
    for check in checks:
        mark = "ok" if check.ok else "NO" if check.needed else "--"
        lines.append(f"{mark}  {check.name:<17} {check.detail}")
        if check.remedy:
            lines.append(f"{'':<22}{check.remedy}")
    return "\n".join(lines)
