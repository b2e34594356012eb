"""tools/stop.py: a signal ends the command wherever Python is when it comes."""

import subprocess
import sys

import pytest

IN_A_FINALISER = """
import os, signal, time
from tamis.tools.stop import stoppable

class Freed:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})
        for _ in range(1000):
            pass

signal.signal(signal.{name}, signal.SIG_DFL)
with stoppable("command"):
    Freed()
    time.sleep(5)
    print("went on")
"""


@pytest.mark.parametrize("name, status, word", [("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "terminated")])
def test_a_signal_in_a_finaliser(name, status, word):
    run = subprocess.run([sys.executable, "-c", IN_A_FINALISER.format(name=name)], capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (status, "", f"command: {word}; nothing half-written is left\n")
