"""What the grounder host answers about edited cases: `probe`, `flip` and `evidence`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from whatwhere.evaluation.probes.catalogue import parse_probes
from whatwhere.jobs.connection import Request
from whatwhere.models.grounder import Grounder, Modality
from whatwhere.scenes.opening import open_scene
from whatwhere.serving.encoded_scenes import EncodedScene
from whatwhere.serving.faults import needed
from whatwhere.serving.flipping import evidence_document, flip_document
from whatwhere.serving.probe_document import probe_document
from whatwhere.serving.probing import Asked, Prober
from whatwhere.serving.threads import use_threads_for_query


class ProbeRequests:
    """Remembers the edits of the last scene that had to be looked at.

    Args:
        grounder: the model that is loaded.
        encoded: the scene of a request, encoded if need be.
        modalities: of a request, those that the model has.
    """

    def __init__(
        self,
        grounder: Callable[[], Grounder],
        encoded: Callable[[Request], EncodedScene],
        modalities: Callable[[Request, Grounder], tuple[Modality, ...]],
    ) -> None:
        self._grounder, self._encoded, self._modalities = grounder, encoded, modalities
        self._prober: Prober | None = None

    def probe(self, request: Request) -> dict[str, Any]:
        """`{"scene", "text", "probes": [...] or null, "modalities", "target_id"}` -> `probe`.

        Edits are about the answer of the first modality.
        """
        probes = parse_probes(request.params.get("probes"))
        prober, asked = self._asked(request)
        return probe_document(
            prober,
            asked,
            probes,
            progress=request.progress,
            is_cancelled=request.is_cancelled,
        )

    def flip(self, request: Request) -> dict[str, Any]:
        """`{"scene", "text", "modalities", "target_id"}` -> the case file of the smallest edit."""
        prober, asked = self._asked(request)
        return flip_document(
            prober, asked, progress=request.progress, is_cancelled=request.is_cancelled
        )

    def evidence(self, request: Request) -> dict[str, Any]:
        """`{"scene", "text", "modalities"}` -> what each frame adds to the answer."""
        prober, asked = self._asked(request)
        return evidence_document(
            prober, asked, progress=request.progress, is_cancelled=request.is_cancelled
        )

    def forget(self) -> None:
        """The model goes."""
        self._prober = None

    def _asked(self, request: Request) -> tuple[Prober, Asked]:
        text, grounder = str(needed(request, "text")), self._grounder()
        modalities = self._modalities(request, grounder)
        encoded = self._encoded(request)
        prober = self._prober
        if prober is None or prober.encoding is not encoded.encoding:
            scene = open_scene(Path(str(needed(request, "scene"))).resolve())
            prober = Prober(grounder, scene, encoded.encoding)
            self._prober = prober
        use_threads_for_query(grounder.num_parameters)
        target_id = request.params.get("target_id")
        asked = prober.ask(
            text, modalities, target_id=None if target_id is None else int(target_id)
        )
        return prober, asked
