"""golden rests on numpy alone, and `import golden` on nothing."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import importlib, pkgutil, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in ("golden", "numpy"):
            raise ImportError(f"golden must not import {name}")
sys.meta_path.insert(0, Refuse())
import golden
assert "numpy" not in sys.modules
for module in pkgutil.iter_modules(golden.__path__):
    importlib.import_module(f"golden.{module.name}")
"""


def test_numpy_only():
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
