"""What all engines read: build/bench/data/NET/ with model.txt, weights.f32, images.f32 and labels.i32.

Photographs rather than noise, because how many values a ReLU lets through decides how much work an engine may save.
Written with the standard library alone, so that the benchmark runs where none of the Python peers can be installed.
"""
import array
import gzip
import math
import pathlib
import random
import shutil

import model

IMAGES = 4096
SIDE = 28
BYTE = array.array("f", [value / 255 for value in range(256)])  # pixels 0..1


def _idx(path, header):
    with gzip.open(path) as file:
        return file.read()[header:]


def _photographs(folder):
    """Bytes of the first images, N,H,W, and their labels."""
    pixels = _idx(folder / "train-images-idx3-ubyte.gz", 16)[: IMAGES * SIDE * SIDE]
    labels = _idx(folder / "train-labels-idx1-ubyte.gz", 8)[:IMAGES]
    return pixels, array.array("i", list(labels))  # a list: bytes would be taken as they lie


def _framed(pixels, image, height, width):
    """One photograph in the middle of a black frame of height x width."""
    first = image % IMAGES * SIDE * SIDE
    top, left = (height - SIDE) // 2, (width - SIDE) // 2
    rows = bytearray(height * width)
    for row in range(SIDE):
        begin = (top + row) * width + left
        rows[begin : begin + SIDE] = pixels[first + row * SIDE : first + (row + 1) * SIDE]
    return rows


def _images(pixels, shape):
    """N,C,H,W in 0..1; where there are several channels, each is another photograph."""
    channels, height, width = shape
    images = array.array("f")
    for image in range(IMAGES):
        for channel in range(channels):
            images.extend(map(BYTE.__getitem__, _framed(pixels, image + 97 * channel, height, width)))
    return images


def _weights(net):
    """Normal with variance 2 / inputs (He et al. 2015, arXiv:1502.01852). Biases are not zero: over a black background
    a ReLU would then stand at exactly 0, where rounding decides whether a gradient passes."""
    draw = random.Random(1)
    weights = array.array("f")
    for shape in net.parameter_shapes():
        deviation = math.sqrt(2 / model.elements(shape[1:])) if len(shape) > 1 else 0.05
        weights.extend(draw.gauss(0, deviation) for _ in range(model.elements(shape)))
    return weights


def write(path, values):
    with open(path, "wb") as file:
        values.tofile(file)


def read(path):
    values = array.array("f")
    values.frombytes(pathlib.Path(path).read_bytes())
    return values


def prepare(text, photographs, folder):
    """Make `folder` for the network in the file `text`, unless it is there already."""
    if (folder / "model.txt").exists() and (folder / "model.txt").read_text() == text.read_text():
        return
    folder.mkdir(parents=True, exist_ok=True)
    net = model.read(text)
    pixels, labels = _photographs(photographs)
    write(folder / "images.f32", _images(pixels, net.inputs))
    write(folder / "labels.i32", labels)
    write(folder / "weights.f32", _weights(net))
    shutil.copyfile(text, folder / "model.txt")  # last: its presence says that all is there
