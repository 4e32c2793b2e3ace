"""A network made ready to run, and the few of them that a network keeps."""

from __future__ import annotations

import ctypes
import os
import threading
from typing import TYPE_CHECKING

import numpy as np

from . import _arrays, errors
from . import _declarations as c
from ._handle import Handle
from ._library import call, library, text

if TYPE_CHECKING:
    from ._arrays import Floats

__all__ = ["Predictors", "precision_of"]

PRECISIONS = {"float32": c.CNN_PRECISION_FLOAT32, "bf16": c.CNN_PRECISION_BF16}
KEPT = 2 # predictors of different batches at once: one for single images, one for many


def precision_of(word: str) -> int:
    """The library's number for a precision."""
    if word not in PRECISIONS:
        raise errors.ArgumentError(f"precision {word!r}: expected one of {', '.join(PRECISIONS)}")
    return PRECISIONS[word]


class _Predictor(Handle):
    _kind = "predictor"
    _free = "cnn_predictor_free"

    def __init__(self, net: int, batch: int, threads: int, precision: int) -> None:
        options = c.cnn_predictor_options(batch=batch, threads=threads, precision=precision)
        pointer = ctypes.c_void_p()
        call(library.cnn_predictor_new, ctypes.byref(pointer), net, ctypes.byref(options))
        super().__init__(pointer.value)
        # Kept from one call to the next: making them takes as long as a small network.
        self._run, self._error = library.cnn_predictor_run, c.cnn_error()
        self._error_reference = ctypes.byref(self._error)

    def run(self, images: int, count: int, results: int) -> None:
        """Run `count` images; addresses of what comes in and of what goes out. One thread at a time."""
        status = self._run(self._pointer, images, count, results, self._error_reference)
        if status:
            raise errors.of(status, text(self._error.message))


class Predictors:
    """Runs a network on images, one call after the other, and forgets its predictors when the network changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[tuple[int, int, int, int], _Predictor] = {}

    def run(self, net: int, images: Floats, outputs: int, batch: int, threads: int, precision: int) -> Floats:
        """N rows of `outputs` values for N images."""
        count = len(images)
        results = np.empty((count, outputs), np.float32)
        # Sizes between are rounded up, so that every new number of images does not make a new predictor.
        batch = min(batch, 1 << (count - 1).bit_length())
        with self._lock:
            self._of(net, batch, threads, precision).run(_arrays.address(images), count, _arrays.address(results))
        return results

    def _of(self, net: int, batch: int, threads: int, precision: int) -> _Predictor:
        key = batch, threads, precision, os.getpid() # a predictor's threads do not live on in a forked process
        found = self._made.get(key)
        if found is None:
            while len(self._made) >= KEPT:
                del self._made[next(iter(self._made))]
            found = self._made[key] = _Predictor(net, batch, threads, precision)
        return found

    def forget(self) -> None:
        """The network has changed, or is closed."""
        self._made.clear()
