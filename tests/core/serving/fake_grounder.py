"""A grounder without a network: it ranks candidates in their order and counts its work."""

import sys

from whatwhere.errors import Cancelled
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Candidate, Capabilities, Grounding, GroundingResult
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.memory_plan import MemoryPlan
from whatwhere.scenes.proposals import Proposal

NUM_FRAMES = 4
OWN_PROPOSALS = tuple(
    Proposal(i, Box((float(i), 0.0, 0.5), (1.0, 1.0, 1.0)), "annotation", 10 + i, "chair")
    for i in range(3)
)


class FakeEncoding:
    def __init__(self, proposals):
        self.proposals = proposals
        self.frames = tuple(str(i) for i in range(NUM_FRAMES))


class FakeGrounder:
    def __init__(self, name="fake", device="cpu"):
        sys.stdout.write("a library prints while it loads\n")
        self.name, self.device = name, device
        self.capabilities = Capabilities(modalities=("fused", "2d", "3d"), mixes=True)
        self.num_parameters = 42
        self.num_encodes = 0
        self.waits_for_cancel = False

    def encode(self, scene, proposals=None, *, progress=None, is_cancelled=None):
        self.num_encodes += 1
        for i in range(NUM_FRAMES):
            if progress:
                progress(i + 1, NUM_FRAMES, "looking at frames")
        while self.waits_for_cancel or scene.scene_id == "endless":
            if is_cancelled():
                raise Cancelled("Encoding")
        return FakeEncoding(OWN_PROPOSALS if proposals is None else tuple(proposals))

    def ground(self, encoding, text, modalities=("fused", "2d", "3d")):
        Expression.typed("scene", text)
        candidates = tuple(
            Candidate(item.box, -float(item.proposal), item.proposal, item.object_id, item.label)
            for item in encoding.proposals
        )
        groundings = {m: Grounding(m, candidates, encoding.frames) for m in modalities}
        return GroundingResult(groundings, ('The model never saw "glorp".',), 1.5)

    def mixed(self, encoding, text, alphas):
        return tuple(self.ground(encoding, text, ("fused",))["fused"] for _ in alphas)


def plan_for(name, settings=None, **_):
    """It needs next to nothing, whatever it is called."""
    return MemoryPlan(
        model=str(name), settings=settings or LoadSettings(), parts={}, free_bytes=None
    )
