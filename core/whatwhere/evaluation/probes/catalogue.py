"""All probes, cheap ones first."""

from collections.abc import Sequence

from whatwhere.errors import NotSupportedError
from whatwhere.evaluation.probes.colour import COLOUR
from whatwhere.evaluation.probes.depth import DEPTH
from whatwhere.evaluation.probes.frames import FRAMES
from whatwhere.evaluation.probes.geometry import GEOMETRY
from whatwhere.evaluation.probes.probe import Probe
from whatwhere.evaluation.probes.words import WORDS

PROBES: tuple[Probe, ...] = (*WORDS, *GEOMETRY, *FRAMES, *COLOUR, *DEPTH)


def parse_probes(names: str | Sequence[str] | None) -> tuple[Probe, ...]:
    """Probes from "swap-relation,mirror" or a sequence of names; None is all of them.

    Raises:
        NotSupportedError: a name is not a probe.
    """
    if names is None:
        return PROBES
    parts = names.split(",") if isinstance(names, str) else list(names)
    wanted = list(dict.fromkeys(part.strip() for part in parts))
    known = {probe.name: probe for probe in PROBES}
    for name in wanted:
        if name not in known:
            raise NotSupportedError(
                f'"{name}" is not a probe', remedy=f"Choose among {', '.join(known)}"
            )
    return tuple(known[name] for name in wanted)
