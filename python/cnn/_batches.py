"""Training on batches that the caller makes: what Net.fit does with an iterator.

The library holds its data sets in memory; batches come one by one instead, in the order in which they are given, and may
be different in every epoch.
"""

from __future__ import annotations

import ctypes
import os
import time
from typing import TYPE_CHECKING, Any, Iterator, Mapping

import numpy as np

from . import _adapt, _arrays, _fit, _options, _progress, errors
from . import _declarations as c
from ._library import call, library
from .data import Data
from .trainer import Trainer

if TYPE_CHECKING:
    from .net import Net

__all__ = ["are_batches", "fit"]

# What needs all images at once, what only a run folder has, and what the library's own loop of epochs does.
NOT_FOR_BATCHES = (
    "validation_split", "test_split", "run_directory", "resume", "overwrite", "augment", "limit", "patience",
    "ema", "lookahead", "swa_from", "accumulate", "balance_classes", "freeze_epochs", "unfreeze_gradually", "teacher",
    "seconds",
)


def are_batches(x: Any, y: Any) -> bool:
    """Whether x gives pairs of images and labels, rather than being images."""
    if y is not None or isinstance(x, (Data, str, os.PathLike)):
        return False
    return hasattr(x, "__iter__") and not hasattr(x, "__array__") and not hasattr(x, "__dlpack__")


def fit(net: Net, given: Mapping[str, Any]) -> dict[str, list[float]]:
    """Train; `given` are the arguments of Net.fit."""
    for name in NOT_FOR_BATCHES:
        if given[name]:
            raise errors.ArgumentError(f"{name} does not go with batches that come one by one: give arrays or a path")
    if given["schedule"] == "plateau":
        raise errors.ArgumentError("schedule 'plateau' does not go with batches that come one by one: give arrays or a path")
    watch = _progress.Watch(given["callbacks"], given["verbose"], net._predictors.forget)
    try:
        _Training(net, given, watch).run()
    finally:
        watch.end()
        net.history = watch.history
    return watch.history


class _Source:
    """The batches of one epoch after another."""

    def __init__(self, x: Any, steps: int | None) -> None:
        self._again = None if hasattr(x, "__next__") else x # what can be iterated over again for each epoch
        if steps is None and not hasattr(x, "__len__"):
            raise errors.ArgumentError("steps_per_epoch is missing: an iterator does not say how many batches make an epoch")
        self.steps = _arrays.integer(len(x) if steps is None else steps, "steps_per_epoch", 1)
        self._iterator = iter(x)
        self._first: Any = None

    def first(self) -> tuple[Any, Any]:
        """The first batch, which is not used up."""
        self._first = self._next()
        return self._pair(self._first)

    def epoch(self) -> Iterator[tuple[Any, Any]]:
        for _ in range(self.steps):
            batch, self._first = (self._next() if self._first is None else self._first), None
            yield self._pair(batch)

    def _next(self) -> Any:
        """The next batch; what can be iterated over again is, when it has come to its end."""
        batch = next(self._iterator, None)
        if batch is None and self._again is not None:
            self._iterator = iter(self._again)
            batch = next(self._iterator, None)
        if batch is None:
            raise errors.ArgumentError(f"the batches have come to an end: {self.steps} are needed in each epoch")
        return batch

    @staticmethod
    def _pair(batch: Any) -> tuple[Any, Any]:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise errors.ArgumentError("a batch is a pair: (images, labels)")
        return batch[0], batch[1]


class _Training:
    """One training: it begins with a trainer of the network's parameters, and ends with the last ones in the network."""

    def __init__(self, net: Net, given: Mapping[str, Any], watch: _progress.Watch) -> None:
        self._net, self._watch, self._layout = net, watch, given["layout"]
        self._options = _options.train_options(given)
        self._options.epochs = self._options.epochs or 10
        call(library.cnn_train_check, ctypes.byref(self._options))
        self._source = _Source(given["x"], given["steps_per_epoch"])
        x, y = self._source.first()
        _prepare(net, x, given)
        self._validation = _fit._validation(net, given["validation_data"], self._layout, given["class_names"])
        self._trainer = Trainer(
            net, batch_size=max(int(self._options.batch), len(_arrays.as_array(x))), threads=given["threads"],
            seed=given["seed"], **{name: given[name] for name in _options.UPDATE},
        )
        self._rate = self._options.update.learning_rate

    def run(self) -> None:
        with self._trainer:
            for epoch in range(self._options.epochs):
                if not self._epoch(epoch):
                    return

    def _epoch(self, epoch: int) -> bool:
        """Train one epoch, and put its weights into the network, also when it is interrupted. False to stop."""
        begin, images, correct, losses, go_on = time.perf_counter(), 0, 0, 0.0, True
        try:
            for step, (x, y) in enumerate(self._source.epoch()):
                factor = self._factor(epoch * self._source.steps + step)
                loss, right = self._trainer.gradients(x, y, layout=self._layout)
                self._trainer.update(factor)
                count = len(_arrays.as_array(x))
                images, correct, losses = images + count, correct + right, losses + loss * count
                now = self._reached(epoch, step + 1, losses / images, correct / images, factor, images, begin)
                go_on = self._watch.batch(now)
                if not go_on:
                    break
        finally:
            self._trainer.store()
        return self._watch.epoch(self._validated(now)) and go_on

    def _factor(self, update: int) -> float:
        factor = ctypes.c_double()
        call(library.cnn_train_factor, ctypes.byref(self._options), self._source.steps, update, ctypes.byref(factor))
        return factor.value

    def _reached(
        self, epoch: int, iteration: int, loss: float, accuracy: float, factor: float, images: int, begin: float
    ) -> _progress.Progress:
        pace = (time.perf_counter() - begin) / iteration
        left = self._options.epochs * self._source.steps - epoch * self._source.steps - iteration
        return _progress.Progress(
            epoch + 1, self._options.epochs, iteration, self._source.steps, loss, accuracy, None, None,
            self._rate * factor if self._rate else None,
            images / (pace * iteration), pace * left, False,
        )

    def _validated(self, progress: _progress.Progress) -> _progress.Progress:
        if self._validation is None:
            return progress
        found = self._net.evaluate(self._validation)
        return progress._replace(val_loss=found.loss, val_accuracy=found.accuracy)


def _prepare(net: Net, x: Any, given: Mapping[str, Any]) -> None:
    """Fit a network that is not trained to the first batch: its shape, and its mean and deviation as normalisation."""
    if net._trained and not given["fresh"]:
        return
    _adapt.to_images(net, x, given["layout"])
    names = given["class_names"]
    if names is not None:
        if len(names) != net.classes:
            net.adapt(classes=len(names))
        net.class_names = names
    net.initialise(given["seed"])
    images = _arrays.pixels(x, net.input_shape, given["layout"])
    deviation = images.std((0, 2, 3), dtype=np.float64)
    net.normalisation = images.mean((0, 2, 3), dtype=np.float64), np.where(deviation > 0, deviation, 1)
