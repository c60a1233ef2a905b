import inspect
from pathlib import Path

import pytest

from whatwhere import errors
from whatwhere.errors import InternalError, MissingFileError, WhatWhereError
from whatwhere.jobs.faults import fault_from_wire, fault_to_wire

LOG = Path("/logs/host.log")
KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, WhatWhereError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_error_arrives_as_itself(kind):
    value = {"class": kind.__name__, "fault": "it broke", "remedy": "Mend it", "path": "/a/b"}
    error = fault_from_wire(value, log_path=LOG)
    assert type(error) is kind
    assert error.exit_code == kind.exit_code
    assert "it broke. " in str(error)


def test_the_sentence_survives():
    sent = MissingFileError("/scans/mesh.ply", what="The mesh", remedy="Download it")
    received = fault_from_wire(fault_to_wire(sent), log_path=LOG)
    assert str(received) == str(sent)
    assert received.path == sent.path


def test_a_bug_names_the_log():
    received = fault_from_wire(fault_to_wire(KeyError("frames")), log_path=LOG)
    assert type(received) is InternalError
    assert received.path == LOG
    assert str(received).startswith("KeyError: 'frames'. ")
    assert str(received).endswith(f"with the end of {LOG}.")


@pytest.mark.parametrize("name", ["Path", "__name__", "os.system", "SystemExit"])
def test_only_our_errors_are_ever_built(name):
    value = {"class": name, "fault": "it broke", "remedy": "Mend it", "path": None}
    assert type(fault_from_wire(value, log_path=LOG)) is WhatWhereError
