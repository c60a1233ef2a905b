"""The Probe menu: small edits of the case on the screen."""

from whatwhere.evaluation.probes.catalogue import PROBES
from whatwhere_app.commands.command import Command

_FAMILIES = [probe.family for probe in PROBES]

PROBE: tuple[Command, ...] = (
    Command(
        "probe.panel",
        "Probes",
        ("Ctrl+B",),
        "Probe",
        "Edit words, colours, depth, geometry and frames, and see what the answer does",
        is_checkable=True,
    ),
    Command("probe.all", "Run all probes", (), "Probe", "Every probe that applies to the case"),
    Command("probe.chosen", "Run the chosen probe", (), "Probe", "The row chosen in the panel"),
    *(
        Command(
            f"probe.{probe.name}",
            probe.title,
            (),
            "Probe",
            probe.does,
            starts_group=number == 0 or _FAMILIES[number - 1] != probe.family,
        )
        for number, probe in enumerate(PROBES)
    ),
    Command(
        "probe.flip",
        "Find the smallest edit that changes the answer",
        (),
        "Probe",
        "A word less, the object moved, a frame less, then the probes",
        starts_group=True,
    ),
    Command(
        "probe.evidence",
        "Find the frames that the answer hangs on",
        (),
        "Probe",
        "Leave each frame out in turn, and mark in the strip what that costs the answer",
    ),
    Command(
        "probe.export",
        "Save the probes as CSV…",
        (),
        "Probe",
        "One line per probe and modality",
        starts_group=True,
    ),
    Command(
        "probe.save_flip",
        "Save the smallest edit as a case file…",
        (),
        "Probe",
        "The case, the edit and both answers, as JSON",
    ),
)
