"""The notebooks run from their first cell to the last."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT


def run(name, *arguments, folder):
    done = subprocess.run(
        [sys.executable, ROOT / "python" / "notebooks" / name, *arguments], capture_output=True, text=True, cwd=folder,
        env={**os.environ, "TMPDIR": str(folder)})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_deck_step_by_step(photographs, tmp_path, monkeypatch):
    folder = photographs[0].rename(tmp_path / "fashion-mnist")
    monkeypatch.setenv("CNN_DATA", str(folder.parent))
    out = run("deck.py", "300", folder=tmp_path)
    assert "0.659 0.242 0.099" in out and "% of 100 images" in out


def test_own_photographs(tmp_path):
    out = run("photographs.py", folder=tmp_path)
    best = float(out.split("held out: ")[1].split(" %")[0])
    assert best >= 80 # a third by guessing
    assert list(tmp_path.rglob("photographs.onnx")) and list(tmp_path.rglob("history.csv"))
