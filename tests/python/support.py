"""What the Python tests share: the command, real images, and a folder that goes away."""

import gzip
import json
import os
import subprocess
import tempfile
import unittest

import numpy

FASHION_MNIST = "/usr/share/datasets/fashion-mnist"  # Debian's package dataset-fashion-mnist


def cnn(*arguments, code=0):
    """Run the command; its stdout and stderr. Fails unless it exits with `code`."""
    run = subprocess.run([os.environ["CNN_COMMAND"], *map(str, arguments)], capture_output=True, text=True)
    assert run.returncode == code, f"cnn {' '.join(map(str, arguments))}: exit {run.returncode}\n{run.stderr}"
    return run.stdout, run.stderr


def test_images(count):
    """The first test images of Fashion-MNIST as the command sees them: float32 N,1,28,28 in 0..1."""
    with gzip.open(os.path.join(FASHION_MNIST, "t10k-images-idx3-ubyte.gz")) as file:
        pixels = numpy.frombuffer(file.read(16 + count * 784)[16:], numpy.uint8)
    return (pixels.astype(numpy.float32) / numpy.float32(255)).reshape(count, 1, 28, 28)


def predict(model, count):
    """What the command makes of these images: a row of outputs for each."""
    out, _ = cnn("predict", model, "--data", "fashion-mnist", "--count", count, "--json", "--raw")
    return numpy.array([image["values"] for image in json.loads(out)["images"]])


def predict_files(model, files):
    out, _ = cnn("predict", model, *files, "--json", "--raw")
    return numpy.array([image["values"] for image in json.loads(out)["images"]])


class TestInFolder(unittest.TestCase):
    """Each test has a folder of its own, self.path(NAME) within it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)
