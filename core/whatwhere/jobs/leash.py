"""Started in place of a foreign command: ties it to the life of its owner, then becomes it.

Run as a script with the owner's process id and the command; only the standard library is used.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Become the command; the exit status comes back where there is none to become."""
    owner, *command = arguments
    if sys.platform == "linux":
        # Kept by the program that takes this one's place; a stopped or hung one ends as well.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(owner):
            return 1
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
    return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
