"""A model that has to look again can be probed like any other."""

from pathlib import Path

from whatwhere.evaluation.probes.catalogue import PROBES
from whatwhere.models.frame_vlm.grounder import FrameGrounder
from whatwhere.scenes.opening import open_scene
from whatwhere.serving.probe_document import probe_document
from whatwhere.serving.probing import Prober

PLACES_FROM_PIXELS = {"exchange-places", "move-object"}


def test_every_probe_asks_or_says_why_not(
    grounder: FrameGrounder, write_scan, tmp_path: Path
) -> None:
    scene = open_scene(write_scan(tmp_path))
    prober = Prober(grounder, scene, grounder.encode(scene))
    asked = prober.ask("the office chair left of the door", ("fused", "2d", "3d"))
    rows = {row["probe"]: row for row in probe_document(prober, asked, PROBES)["probes"]}
    refused = {name for name, row in rows.items() if "takes places from pixels" in row["why_not"]}
    assert refused == PLACES_FROM_PIXELS
    for name in ("mirror", "drop-frame", "grey", "depth-noise", "swap-relation"):
        assert rows[name]["answers"].keys() == {"fused", "2d", "3d"}, name
    # What sees no geometry cannot tell a mirrored room from the real one, and 3D sees no colour.
    before = asked.result
    assert rows["mirror"]["answers"]["2d"]["log_p"] == before["2d"].best.score
    assert rows["grey"]["answers"]["3d"]["log_p"] == before["3d"].best.score
    # The scene as it is has not been forgotten over its edits.
    again = grounder.ground(grounder.encode(scene), asked.case.text, ("fused",))["fused"]
    assert again.best == before["fused"].best
