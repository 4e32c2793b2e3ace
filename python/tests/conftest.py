"""What the tests of the package share: small images that are easy to tell apart, a small network, the command."""

import gzip
import os
import pathlib
import subprocess

import numpy as np
import pytest

import cnn

ROOT = pathlib.Path(__file__).resolve().parents[2]
FASHION_MNIST = pathlib.Path("/usr/share/datasets/fashion-mnist") # Debian's package dataset-fashion-mnist

SMALL = """input 1x8x8
conv 4 3
relu
maxpool 2
flatten
dense 2
"""


def bright_halves(count, side=8, seed=1):
    """uint8 N,H,W whose upper (label 0) or lower half (label 1) is brighter, and the labels."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    images = generator.integers(0, 100, (count, side, side), np.uint8)
    images[labels == 0, :side // 2] += 120
    images[labels == 1, side // 2:] += 120
    return images, labels


@pytest.fixture
def data():
    return bright_halves(120)


@pytest.fixture
def net():
    """A small network with drawn parameters."""
    net = cnn.Net(SMALL)
    net.initialise(seed=3)
    return net


@pytest.fixture
def command():
    """Runs the command; skipped where it is not built."""
    if "CNN_COMMAND" not in os.environ:
        pytest.skip("CNN_COMMAND does not name the command")

    def run(*arguments):
        done = subprocess.run([os.environ["CNN_COMMAND"], *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def idx(path, values):
    """Write bytes as an IDX file."""
    header = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(header + values.tobytes())


@pytest.fixture
def photographs(tmp_path):
    """(folder of IDX files, images, labels): the first 600 of Fashion-MNIST, and 100 for testing."""
    if not FASHION_MNIST.is_dir():
        pytest.skip(f"there is no {FASHION_MNIST}: apt-get install dataset-fashion-mnist")
    folder, found = tmp_path / "photographs", {}
    folder.mkdir()
    for kind, count in ("train", 600), ("t10k", 100):
        for name, start, size in ("images-idx3", 16, 784), ("labels-idx1", 8, 1):
            with gzip.open(FASHION_MNIST / f"{kind}-{name}-ubyte.gz") as file:
                values = np.frombuffer(file.read(start + count * size)[start:], np.uint8)
            values = values.reshape(-1, 28, 28) if size > 1 else values
            idx(folder / f"{kind}-{name}-ubyte.gz", values)
            found[kind, size] = values
    return folder, found["train", 784], found["train", 1]
