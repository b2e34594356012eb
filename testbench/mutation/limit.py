"""A time limit of a simulation: a mutant may never end. The simulator's process imports this module with the tests.

The alarm ends the process even where the simulator itself loops and Python is never asked again.
"""

import os
import signal

__all__ = ["SECONDS"]

SECONDS = "TAMIS_SECONDS"

if SECONDS in os.environ:
    signal.alarm(int(os.environ[SECONDS]))
