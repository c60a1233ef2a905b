"""`whatwhere models plan`: what a model would need in memory, before anything of it is loaded."""

from typing import Annotated

import typer

from whatwhere.cli.output import print_json
from whatwhere.errors import ConfigError
from whatwhere.models.cache_cap import usual_cache_bytes
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.memory_plan import MemoryPlan, gigabytes
from whatwhere.models.planning import plan_for
from whatwhere.serving.faults import no_room

Device = Annotated[str, typer.Option("--device", help='"auto", "cpu", "cuda", "cuda:1", ...')]
Dtype = Annotated[
    str,
    typer.Option("--dtype", help="auto, float32, bfloat16 or float16: what the backbone runs in."),
]
Frames = Annotated[
    int | None, typer.Option("--frames", min=1, help="Frames of a scene that it looks at.")
]
CacheMB = Annotated[
    int | None,
    typer.Option(
        "--cache-mb",
        min=0,
        help="What may be kept on disk of scenes that models looked at; else 2000, or what lies "
        "there already.",
    ),
]
Proposals = Annotated[
    str | None,
    typer.Option(
        "--proposals",
        help="Mask3D masks (.npz) or boxes (JSON), a folder of them, or geometric: found in the "
        "mesh; else annotated boxes.",
    ),
]
Resolution = Annotated[
    str,
    typer.Option("--resolution", help="Of the frames, in pixels: 448, or height x width: 360x480."),
]


def plan_model(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="From `whatwhere models list`, or a folder.")
    ],
    device: Device = "auto",
    dtype: Dtype = "auto",
    frames: Frames = None,
    resolution: Resolution = "",
    candidates: Annotated[
        int, typer.Option("--candidates", min=1, help="Boxes that a sentence chooses among.")
    ] = 64,
    modalities: Annotated[
        int, typer.Option("--modalities", min=1, max=6, help="Modalities asked for in turn.")
    ] = 3,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what a model needs in memory against what is free; exit code 3 where it does not fit."""
    settings = load_settings(device, dtype=dtype, frames=frames, resolution=resolution)
    plan = plan_for(name, settings, num_candidates=candidates, num_modalities=modalities)
    if json:
        print_json(plan.as_json())
    else:
        typer.echo(readable(plan))
    raise typer.Exit(0 if plan.fits else 3)


def load_settings(
    device: str,
    *,
    dtype: str = "auto",
    frames: int | None = None,
    resolution: str = "",
    cache_bytes: int = 0,
) -> LoadSettings:
    """From a command's options.

    Raises:
        NotSupportedError: a value is none that a model can be loaded with.
        ConfigError: the resolution is no size.
    """
    size: list[int] | None = None
    if resolution:
        sides = resolution.lower().split("x")
        if len(sides) > 2 or not all(side.strip().isdecimal() for side in sides):
            raise ConfigError(f'"{resolution}" is no resolution', remedy="Give 448, or 360x480")
        size = [int(side) for side in (sides * 2)[:2]]
    return LoadSettings.from_json(
        {
            "device": device,
            "dtype": dtype,
            "max_frames": frames,
            "image_size": size,
            "cache_bytes": cache_bytes,
        }
    )


def cache_bytes_of(cache_mb: int | None) -> int:
    """The cap that a command's option means."""
    return usual_cache_bytes() if cache_mb is None else cache_mb * 10**6


def check_room(model: str, settings: LoadSettings) -> None:
    """Nothing, where a model fits into memory.

    Raises:
        MemoryFullError: it does not; the sentence has the numbers, and what would fit.
        ModelError: there is no such model, or its folder is broken.
    """
    plan = plan_for(model, settings)
    if not plan.fits:
        raise no_room(plan)


def readable(plan: MemoryPlan) -> str:
    """A table, and what would fit."""
    chosen = plan.settings
    how = [chosen.device, chosen.dtype if chosen.dtype != "auto" else ""]
    how.append(f"{chosen.max_frames} frames" if chosen.max_frames else "")
    how.append("{}x{} pixels".format(*chosen.image_size) if chosen.image_size else "")
    lines = [f"{plan.model}  {'  '.join(part for part in how if part)}".rstrip()]
    rows = [*plan.parts.items()]
    if rows:
        rows.append(("in all", plan.need_bytes))
        rows += [] if plan.free_bytes is None else [("free now", plan.free_bytes)]
    if plan.host_need_bytes:
        rows.append(("in memory beside the GPU", plan.host_need_bytes))
        rows.append(("free there", plan.host_free_bytes))
    lines += [f"  {name:<26} {gigabytes(count):>9}" for name, count in rows]
    lines.append(("It fits." if plan.fits else f"{plan.sentence}.") if rows else "")
    lines += [f"{hint.sentence} ({gigabytes(hint.need_bytes)})." for hint in plan.hints]
    lines += list(plan.notes)
    return "\n".join(line for line in lines if line)
