"""The type hints of the package are complete."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

pytest.importorskip("mypy")


def test_strict_mypy_finds_nothing():
    done = subprocess.run([sys.executable, "-m", "mypy", "--no-incremental"], cwd=ROOT,
                          capture_output=True, text=True, env={**os.environ, "MYPYPATH": ""})
    assert done.returncode == 0, done.stdout + done.stderr
