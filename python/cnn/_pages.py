"""Pages about a network, which the command writes: a report on its answers, and an explorer of its numbers.

The command reads files. A network and images in memory are written into a folder of their own for it.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Iterator, Sequence

import numpy as np

from . import _command, _fit, errors
from . import _declarations as c
from ._library import call, library
from .data import Data

if TYPE_CHECKING:
    from .net import Net

__all__ = ["write"]

NETWORK, IMAGES = "network.onnx", "images" # their names in the folder


def write(
    command: str, net: Net, data: Any, training: Any, file: str | os.PathLike[str], options: Sequence[str],
    run_directory: str | os.PathLike[str] | None = None,
) -> pathlib.Path:
    """Let `cnn COMMAND` write a page to `file`, on the network or on the run of its training."""
    with _as_files(net, data, training, run_directory) as (place, model, source):
        words = [command, model, *options, "--output", os.path.abspath(os.fspath(file))]
        _command.run(words + (["--data", source] if source else []), place)
    return pathlib.Path(file)


@contextmanager
def _as_files(net: Net, data: Any, training: Any, run_directory: Any) -> Iterator[tuple[str, str, str | None]]:
    """The folder to be in, and the words for model and data there. Names in the page are the same each time."""
    with tempfile.TemporaryDirectory(prefix="cnn-") as folder:
        place = folder if run_directory is None else os.curdir
        parts = _parts(net, data, training)
        if run_directory is None:
            _save(net, os.path.join(folder, NETWORK), parts)
        for split, images in parts.items():
            _save_images(net, images, os.path.join(folder, IMAGES, split))
        if parts:
            source: str | None = IMAGES if place == folder else os.path.join(folder, IMAGES)
        else:
            source = None if data is None else _known_or_absolute(data, place == folder)
        yield place, NETWORK if run_directory is None else os.fspath(run_directory), source


def _known_or_absolute(source: str | os.PathLike[str], elsewhere: bool) -> str:
    word = os.fspath(source)
    return os.path.abspath(word) if elsewhere and os.path.exists(word) else word


def _parts(net: Net, data: Any, training: Any) -> dict[str, Data]:
    """The images that are to be written. A path holds all of them, and stays as it is."""
    if isinstance(data, (str, os.PathLike)):
        if training is not None:
            raise errors.ArgumentError(f"{os.fspath(data)!r} brings its training images: leave out training")
        return {}
    given = {"test": data, "train": training}
    return {split: _images(net, one, split) for split, one in given.items() if one is not None}


def _images(net: Net, given: Any, split: str) -> Data:
    """Data, or a pair of arrays (x, y)."""
    if isinstance(given, Data):
        return given
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise errors.ArgumentError(f"images for {split} are (x, y), cnn.Data or a path")
    return _fit.as_data(net, given[0], given[1], split="all", class_names=net.class_names)


# ---- Writing -----------------------------------------------------------------------------------------------


def _preprocessing(net: Net) -> c.cnn_preprocessing:
    found = c.cnn_preprocessing()
    with net._shared as pointer:
        library.cnn_net_preprocessing(pointer, ctypes.byref(found))
    return found


def _save(net: Net, file: str, parts: dict[str, Data]) -> None:
    """The network; where images are written for it, too, one that takes them as they are, and names their classes."""
    if not parts:
        net.save(file)
        return
    with net.copy() as other:
        as_they_are = c.cnn_preprocessing(bgr=_preprocessing(net).bgr)
        with other._changing() as pointer:
            call(library.cnn_net_set_preprocessing, pointer, ctypes.byref(as_they_are))
        names = next(iter(parts.values())).class_names
        if other.class_names is None and len(names) == other.classes:
            other.class_names = names
        other.save(file)


def _save_images(net: Net, data: Data, folder: str) -> None:
    """A folder for each class, and in it the images as PGM or PPM. Pixels are rounded to 256 steps."""
    channels, height, width = data.shape
    if channels not in (1, 3):
        raise errors.UnsupportedError(f"images of {channels} channels are no pictures, which pages show: they have 1 or 3")
    for name in data.class_names:
        _make_folder(folder, name)
    head = f"P{5 if channels == 1 else 6} {width} {height} 255\n".encode()
    names, bgr, number = data.class_names, _preprocessing(net).bgr, 0
    for images, labels in data.batches():
        pixels = np.rint(images[:, ::-1 if bgr else 1] * 255).astype(np.uint8).transpose(0, 2, 3, 1)
        for picture, label in zip(pixels, labels):
            with open(os.path.join(folder, names[label], f"{number:06}.pnm"), "wb") as file:
                file.write(head + picture.tobytes())
            number += 1


def _make_folder(folder: str, name: str) -> None:
    if name in ("", os.curdir, os.pardir) or os.sep in name:
        raise errors.ArgumentError(f"the class {name!r} cannot be the name of a folder: give the class another name")
    os.makedirs(os.path.join(folder, name))
