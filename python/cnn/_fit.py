"""Training a network on data sets: what Net.fit does."""

from __future__ import annotations

import ctypes
import os
import time
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from . import _adapt, _arrays, _options, _progress, errors
from . import _declarations as c
from ._library import call, library, path
from .data import Data, split_of

if TYPE_CHECKING:
    from .net import Net

__all__ = ["as_data", "fit"]


# What fit takes beside the options of a training.
ARGUMENTS = {
    "x", "y", "validation_data", "run_directory", "callbacks", "verbose", "layout", "class_names", "limit", "fresh", "teacher",
}


def as_data(
    net: Net, x: Any, y: Any, *, split: str, layout: str = "auto", class_names: Sequence[str] | None = None, limit: int = 0
) -> Data:
    """Whatever holds images with labels, in the shape of the network's input."""
    if isinstance(x, Data):
        if y is not None:
            raise errors.ArgumentError("cnn.Data has its labels: leave out y")
        return x
    if isinstance(x, (str, os.PathLike)):
        if y is not None:
            raise errors.ArgumentError(f"{os.fspath(x)!r} brings its labels: leave out y")
        with net._shared as pointer:
            image = library.cnn_net_image_options(pointer)
        return Data._prepared(x, split, image, limit)
    if y is None:
        raise errors.ArgumentError("y is missing: arrays of images need their labels")
    return Data.from_arrays(x, y, class_names=class_names, layout=layout, shape=net.input_shape)


def _validation(net: Net, given: Any, layout: str, class_names: Sequence[str] | None) -> Data | None:
    """validation_data: Data, a path, or arrays (x, y)."""
    if given is None:
        return None
    if isinstance(given, (str, os.PathLike)):
        has = ctypes.c_bool()
        call(library.cnn_data_has, path(given), split_of("validation"), ctypes.byref(has))
        return as_data(net, given, None, split="validation" if has.value else "all")
    if isinstance(given, Data):
        return given
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise errors.ArgumentError("validation_data is (x, y), cnn.Data or a path")
    return as_data(net, given[0], given[1], split="all", layout=layout, class_names=class_names)


def _check_teacher(net: Net, teacher: Any) -> None:
    if not isinstance(teacher, type(net)):
        raise errors.ArgumentError(f"teacher is a cnn.Net, not {type(teacher).__name__}")
    if teacher is net:
        raise errors.ArgumentError("a network cannot be its own teacher: give a copy()")
    if not teacher.trained:
        raise errors.ArgumentError("the teacher has not been trained")


def fit(net: Net, *arguments: Any, teacher: Net | None, options: Mapping[str, Any], **others: Any) -> dict[str, list[float]]:
    """Train; the arguments are those of Net.fit."""
    train = _options.train_options(options)
    if train.seconds and train.resume:
        raise errors.ArgumentError("seconds chooses the epochs, but a run that goes on has them already: leave seconds out")
    if teacher is None:
        return _fit(net, *arguments, train=train, **others)
    _check_teacher(net, teacher)
    with teacher._shared as pointer:
        train.teacher = pointer
        return _fit(net, *arguments, train=train, **others)


def _fit(
    net: Net, x: Any, y: Any, *, validation_data: Any, run_directory: Any, callbacks: Any, verbose: bool | None,
    layout: str, class_names: Sequence[str] | None, limit: int, fresh: bool, train: c.cnn_train_options,
) -> dict[str, list[float]]:
    keep = net._trained and not fresh
    train.keep_parameters = keep
    train.run_directory = None if run_directory is None else path(run_directory)
    call(library.cnn_train_check, ctypes.byref(train))
    if not keep:
        layout = _adapt.to_images(net, x, layout)
    data = as_data(net, x, y, split="train", layout=layout, class_names=class_names, limit=limit)
    if not keep:
        _adapt.to_classes(net, data)
    validation = _validation(net, validation_data, layout, class_names)
    watch = _progress.Watch(callbacks, verbose, net._predictors.forget)
    try:
        _train(net, data, validation, train, watch)
    finally:
        watch.end()
        net._trained = net._trained or bool(watch.history)
        net.history = watch.history
    return watch.history


def _train(net: Net, data: Data, validation: Data | None, train: c.cnn_train_options, watch: _progress.Watch) -> None:
    """Call cnn_train. What a callback raised, Ctrl-C included, is raised when everything is saved."""
    reporter = _progress.Reporter(watch)
    train.progress = reporter.function
    error = c.cnn_error()
    others = [] if validation is None else [validation]
    with net._changing() as pointer, data._shared as images, _all_shared(others) as held, reporter:
        train.validation_data = held[0] if held else None
        _fit_time(pointer, images, train)
        status = library.cnn_train(pointer, images, ctypes.byref(train), ctypes.byref(error))
    if reporter.raised is not None:
        raise reporter.raised
    if status not in (c.CNN_OK, c.CNN_STOPPED):
        raise errors.of(status, error.message.decode("utf-8", "replace"))


def _fit_time(net: int, images: int, train: c.cnn_train_options) -> None:
    """Choose epochs and their updates by the time that training may take."""
    if not train.seconds:
        return
    begin, length = time.perf_counter(), c.cnn_train_length()
    call(library.cnn_train_fit_time, net, images, ctypes.byref(train), train.seconds, ctypes.byref(length))
    train.epochs, train.epoch_updates = length.epochs, length.epoch_updates
    train.seconds = max(train.seconds - (time.perf_counter() - begin), 1e-9)


class _all_shared:
    """Read several data sets during a call."""

    def __init__(self, data: list[Data]) -> None:
        self._data = data

    def __enter__(self) -> list[int]:
        return [one._shared.__enter__() for one in self._data]

    def __exit__(self, *_: object) -> None:
        for one in self._data:
            one._shared.__exit__()
