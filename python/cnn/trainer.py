"""One step of training at a time, for a loop of one's own."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Iterator

import numpy as np

from . import _arrays, _options, errors
from . import _declarations as c
from ._handle import Handle
from ._library import call, library, path

if TYPE_CHECKING:
    from ._arrays import Floats
    from .net import Net

__all__ = ["Gradients", "Trainer"]


class Gradients(Mapping[str, "Floats"]):
    """The gradients of the last step by the names of the parameters; each is a copy."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    def __getitem__(self, name: str) -> Floats:
        shapes = self._trainer._shapes
        if name not in shapes:
            raise errors.ArgumentError(f"the network has no parameter {name!r}; it has {', '.join(shapes) or 'none'}")
        values = np.empty(shapes[name], np.float32)
        with self._trainer._shared as pointer:
            call(library.cnn_trainer_get_gradient, pointer, path(name), _arrays.address(values), values.size)
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._trainer._shapes)

    def __len__(self) -> int:
        return len(self._trainer._shapes)


class Trainer(Handle):
    """Takes the parameters of a network, and trains them step by step; store() puts them back.

    The options are those of Net.fit that decide an update: optimizer, learning_rate, momentum, weight_decay, loss, ...

    >>> import cnn, numpy
    >>> net = cnn.Net("basic")
    >>> net.initialise(seed=1)
    >>> x, y = numpy.random.default_rng(1).random((8, 28, 28), numpy.float32), numpy.arange(8)
    >>> with cnn.Trainer(net, optimizer="sgd", learning_rate=0.05) as trainer:
    ...     first = trainer.step(x, y)
    ...     for _ in range(5):
    ...         last = trainer.step(x, y)
    ...     trainer.store()
    >>> last < first
    True
    """

    _kind = "trainer"
    _free = "cnn_trainer_free"

    def __init__(self, net: Net, *, batch_size: int = 128, threads: int = 0, seed: int = 1, **update: Any) -> None:
        unknown = set(update) - set(_options.UPDATE)
        if unknown:
            raise errors.ArgumentError(
                f"a trainer has no option {sorted(unknown)[0]!r}; it has {', '.join(_options.UPDATE)}, batch_size, threads, seed"
            )
        options = c.cnn_trainer_options(
            update=_options.update_options(update),
            batch=_arrays.integer(batch_size, "batch_size", 1),
            threads=_arrays.integer(threads, "threads", 0, c.CNN_MAX_THREADS),
            seed=_arrays.integer(seed, "seed", 0, 2**64 - 1),
        )
        pointer = ctypes.c_void_p()
        with net._shared as source:
            call(library.cnn_trainer_new, ctypes.byref(pointer), source, ctypes.byref(options))
        super().__init__(pointer.value)
        self._net = net
        self._shape, self._outputs, self._classes = net.input_shape, net.outputs, net.classes
        self._shapes = net.parameters.shapes()

    def gradients(self, x: Any, y: Any, *, layout: str = "auto") -> tuple[float, int]:
        """Loss of these images, and how many were classified rightly; computes the gradients, and changes nothing.

        `y`: labels, numbers from 0; or targets, floats, N rows of as many as the network has outputs (loss="mse").
        """
        images, labels, targets = self._batch(x, y, layout)
        loss, correct = ctypes.c_double(), ctypes.c_int64()
        address = _arrays.address
        with self._exclusive as pointer:
            if targets is not None:
                call(
                    library.cnn_trainer_target_gradients, pointer, address(images), address(targets), len(images),
                    ctypes.byref(loss),
                )
            else:
                call(
                    library.cnn_trainer_gradients, pointer, address(images), address(labels), len(images),
                    ctypes.byref(loss), ctypes.byref(correct),
                )
        return loss.value, correct.value

    @property
    def gradient(self) -> Gradients:
        """The gradients of the last step or gradients(), by the names of the parameters."""
        return Gradients(self)

    def update(self, rate_factor: float = 1.0) -> None:
        """Change the parameters by the last gradients; `rate_factor` multiplies the learning rate."""
        factor = _options.number(rate_factor, "rate_factor")
        with self._exclusive as pointer:
            call(library.cnn_trainer_update, pointer, factor)

    def step(self, x: Any, y: Any, *, rate_factor: float = 1.0, layout: str = "auto") -> float:
        """gradients() and update(): one step of training. Returns the loss before it."""
        loss, _ = self.gradients(x, y, layout=layout)
        self.update(rate_factor)
        return loss

    def loss(self, x: Any, y: Any, *, layout: str = "auto") -> tuple[float, int]:
        """Mean loss and how many images were classified rightly, as in inference; changes nothing."""
        images, labels, targets = self._batch(x, y, layout)
        if targets is not None:
            raise errors.UnsupportedError("loss() takes labels; for targets compare predict() with them after store()")
        loss, correct = ctypes.c_double(), ctypes.c_int64()
        with self._exclusive as pointer:
            call(
                library.cnn_trainer_loss, pointer, _arrays.address(images), _arrays.address(labels), len(images),
                ctypes.byref(loss), ctypes.byref(correct),
            )
        return loss.value, correct.value

    def store(self, net: Net | None = None) -> None:
        """Put the parameters into the network that they came from, or into another one with the same layers."""
        target = self._net if net is None else net
        with self._shared as pointer, target._changing() as to:
            call(library.cnn_trainer_store, pointer, to)
        target._trained = True

    def _batch(self, x: Any, y: Any, layout: str) -> tuple[Floats, Any, Floats | None]:
        """Images, labels, targets (the one or the other)."""
        images = _arrays.pixels(x, self._shape, layout)
        array = _arrays.as_array(y, "y")
        if array.dtype.kind == "f":
            targets = _arrays.floats(array.reshape(len(array), -1) if array.ndim else array, "y", (len(images), self._outputs))
            _arrays.finite(targets, "y")
            return images, None, targets
        labels, _ = _arrays.labels_of(array, len(images), [str(i) for i in range(self._classes)])
        return images, labels, None
