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
        if top not in sys.stdlib_module_names and top not in ("tamis", "numpy"):
            raise ImportError(f"golden must not import {name}")
sys.meta_path.insert(0, Refuse())
import tamis.golden
assert "numpy" not in sys.modules
for module in pkgutil.walk_packages(tamis.golden.__path__, "tamis.golden."):
    importlib.import_module(module.name)
assert not [name for name in sys.modules if name.startswith("tamis.") and not name.startswith("tamis.golden")]
"""


def test_numpy_only():
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
