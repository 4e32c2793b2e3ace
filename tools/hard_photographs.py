#!/usr/bin/env python3
"""Make a data set as hard as those of daily work: 5,000 pictures of which every tenth is in the wrong folder, the most
frequent class with 20 times as many as the rarest.

    tools/hard_photographs.py FASHION_MNIST FOLDER [--seed N]

FASHION_MNIST is a folder of IDX files. Writes FOLDER/train/CLASS/NUMBER.png with the broken labels and
FOLDER/test/CLASS/NUMBER.png, the 10,000 test images as they are, 1,000 of each class, so that accuracy on them is
balanced accuracy. Needs tools/requirements.txt."""

import argparse
import gzip
import pathlib

import numpy
from PIL import Image

CLASSES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot")
IMAGES, RATIO, BROKEN = 5000, 20, 0.1


def read(folder, name, dimensions):
    """An IDX file of bytes, packed or not, without its header."""
    path = folder / name
    data = path.read_bytes() if path.exists() else gzip.decompress((folder / (name + ".gz")).read_bytes())
    return numpy.frombuffer(data, numpy.uint8)[4 + 4 * dimensions:]


def split(folder, part):
    return (read(folder, part + "-images-idx3-ubyte", 3).reshape(-1, 28, 28), read(folder, part + "-labels-idx1-ubyte", 1))


def counts():
    """How many images each class gets: a geometric series from the most frequent to the rarest."""
    shares = RATIO ** (-numpy.arange(len(CLASSES)) / (len(CLASSES) - 1))
    numbers = numpy.floor(IMAGES * shares / shares.sum()).astype(int)
    numbers[0] += IMAGES - numbers.sum()
    return numbers


def chosen(labels, draw):
    """Indices of the images to take, and the labels that they get."""
    indices = numpy.concatenate([draw.permutation(numpy.flatnonzero(labels == label))[:number]
                                 for label, number in zip(draw.permutation(len(CLASSES)), counts())])
    given = labels[indices].astype(int)
    broken = draw.permutation(len(indices))[:int(BROKEN * len(indices))]
    given[broken] = (given[broken] + draw.integers(1, len(CLASSES), len(broken))) % len(CLASSES)
    return indices, given


def write(folder, images, indices, labels):
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
    for index, label in zip(indices, labels):
        Image.fromarray(images[index]).save(folder / CLASSES[label] / f"{index:05d}.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    images, labels = split(arguments.source, "train")
    write(arguments.folder / "train", images, *chosen(labels, numpy.random.default_rng(arguments.seed)))
    images, labels = split(arguments.source, "t10k")
    write(arguments.folder / "test", images, range(len(labels)), labels)


if __name__ == "__main__":
    main()
