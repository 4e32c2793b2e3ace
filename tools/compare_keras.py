#!/usr/bin/env python3
"""Train the same network on MNIST with this package and with Keras, and print a table for docs/python.md.

    tools/compare_keras.py MNIST NAME=PYTHON ...

MNIST is a folder of IDX files. Each PYTHON is the interpreter of a virtual environment made for this alone, since its size is
one of the figures; each NAME is a program of tools/compare_keras, with_NAME.py:

    python3 -m venv build/alone && build/alone/bin/pip install build/wheel/cnn-*.whl
    python3 -m venv build/keras && build/keras/bin/pip install tensorflow-cpu keras
    tools/compare_keras.py ~/.cache/cnn/mnist cnn=build/alone/bin/python keras=build/keras/bin/python
"""

import gzip
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAMS = pathlib.Path(__file__).resolve().parent / "compare_keras"
PARTS = {"x_train": "train-images-idx3", "y_train": "train-labels-idx1", "x_test": "t10k-images-idx3", "y_test": "t10k-labels-idx1"}
PACK = """
import sys, numpy
arrays = {}
for name, file, start in zip(sys.argv[2::2], sys.argv[3::2], (16, 8) * 2):
    values = numpy.fromfile(file, numpy.uint8)[start:]
    arrays[name] = values.reshape(-1, 28, 28) if start == 16 else values
numpy.savez(sys.argv[1], **arrays)
"""
# What an environment has that nobody asked for.
TOOLS = ("pip", "setuptools", "_distutils_hack", "pkg_resources", "distutils-precedence.pth", "wheel")


def pack(python, folder, target):
    """MNIST as one .npz file, which NumPy reads in the same way for all."""
    words = []
    for name, file in PARTS.items():
        whole = target.parent / name
        whole.write_bytes(gzip.decompress((folder / f"{file}-ubyte.gz").read_bytes()))
        words += [name, whole]
    subprocess.run([python, "-c", PACK, target, *words], check=True)


def megabytes(python):
    """What the packages of an environment take, without pip."""
    script = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    packages = pathlib.Path(subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout.strip())
    files = (file for one in packages.iterdir() if not one.name.startswith(TOOLS)
             for file in ([one] if one.is_file() else one.rglob("*")) if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files) / 1e6


def import_seconds(python, name):
    """Of a fresh process, NumPy's import included; the median of five."""
    script = f"import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return statistics.median(
        float(subprocess.run([python, "-c", script], capture_output=True, text=True, check=True, env=environment).stdout)
        for _ in range(5))


def measure(name, python, mnist, folder):
    """A row of the table."""
    program = PROGRAMS / f"with_{name}.py"
    lines = sum(bool(line.strip()) for line in program.read_text().splitlines())
    begin = time.perf_counter()
    done = subprocess.run([python, program, mnist, folder / name], capture_output=True, text=True, check=True)
    seconds, accuracy = time.perf_counter() - begin, float(done.stdout.split()[-1])
    return (f"| {name} | {lines} | {seconds:.0f} | {100 * accuracy:.2f} % | {megabytes(python):.0f} | "
            f"{import_seconds(python, name):.2f} |")


def main():
    ways = dict(word.split("=", 1) for word in sys.argv[2:])
    if not ways:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pack(next(iter(ways.values())), pathlib.Path(sys.argv[1]), folder / "mnist.npz")
        print("| | lines | seconds | accuracy | MB installed | seconds of import |\n|---|---|---|---|---|---|")
        for way, python in ways.items():
            print(measure(way, python, folder / "mnist.npz", folder), flush=True)


if __name__ == "__main__":
    main()
