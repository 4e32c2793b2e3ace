"""Networks that answer together, and images that are seen in several views."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

import numpy as np

from . import _arrays, _fit, errors
from . import _declarations as c
from ._handle import Handle
from ._library import call, library
from ._predictor import precision_of

if TYPE_CHECKING:
    from ._arrays import AnyArray, Floats
    from .net import Net

__all__ = ["Ensemble", "Evaluation"]


class Evaluation(NamedTuple):
    """How a network does on images with labels."""

    loss: float
    accuracy: float #: 0..1
    images: int
    correct: int
    confusion: AnyArray #: classes x classes, row: label, column: prediction


def taken(found: c.cnn_evaluation, classes: int) -> Evaluation:
    """What the library found, which is freed."""
    try:
        confusion = np.zeros((classes, classes), np.int64)
        if found.confusion:
            ctypes.memmove(_arrays.address(confusion), found.confusion, confusion.nbytes)
        return Evaluation(found.loss, found.accuracy, found.images, found.correct, confusion)
    finally:
        library.cnn_evaluation_free(ctypes.byref(found))


class Ensemble(Handle):
    """One network or several, whose probabilities are averaged, also over views of each image (test-time augmentation).

    `nets` take the same images and have the same classes, matched by name; the first one's order counts. `tta` is a list
    as `cnn test --tta` takes it: "mirror", "shift:1", "mirror,shift:1". `precision`: "float32" or "bf16" (docs/precision.md). Independent of the networks afterwards.

    >>> import cnn, numpy
    >>> nets = [cnn.Net("basic"), cnn.Net("lenet5")]
    >>> for seed, net in enumerate(nets):
    ...     net.initialise(seed)
    >>> with cnn.Ensemble(nets, tta="mirror,shift:1") as ensemble:
    ...     ensemble.predict_proba(numpy.zeros((3, 28, 28))).shape
    (3, 10)
    """

    _kind = "ensemble"
    _free = "cnn_ensemble_free"

    def __init__(
        self, nets: Sequence[Net], *, tta: str | None = None, batch_size: int = 128, threads: int = 0,
        precision: str = "float32"
    ) -> None:
        if not nets:
            raise errors.ArgumentError("an ensemble needs at least one network")
        views, count = (c.cnn_view * c.CNN_MAX_VIEWS)(), ctypes.c_int()
        if tta is not None:
            call(library.cnn_views_parse, tta.encode(), views, ctypes.byref(count))
        options = c.cnn_ensemble_options(
            batch=_arrays.integer(batch_size, "batch_size", 1),
            threads=_arrays.integer(threads, "threads", 0, c.CNN_MAX_THREADS), views=views, view_count=count,
            precision=precision_of(precision),
        )
        # Copies, which no other thread can change meanwhile; the first one knows how images become its input.
        copies = [net.copy() for net in nets]
        pointers = (ctypes.c_void_p * len(copies))(*(copy._pointer for copy in copies))
        pointer = ctypes.c_void_p()
        call(library.cnn_ensemble_new, ctypes.byref(pointer), pointers, len(copies), ctypes.byref(options))
        super().__init__(pointer.value)
        self._net = copies[0]

    @property
    def classes(self) -> int:
        """The number of classes."""
        return self._net.classes

    def predict_proba(self, x: Any, *, layout: str = "auto") -> Floats:
        """The mean probability of each class for images, N rows; `x` as Net.predict takes it."""
        images = self._net._pixels(x, layout)
        probabilities = np.empty((len(images), self.classes), np.float32)
        with self._exclusive as pointer:
            call(library.cnn_ensemble_run, pointer, _arrays.address(images), len(images), _arrays.address(probabilities))
        return probabilities

    def evaluate(self, x: Any, y: Any = None, *, layout: str = "auto") -> Evaluation:
        """Loss, accuracy and confusion matrix on images with labels; `x` and `y` as Net.evaluate takes them."""
        data = _fit.as_data(self._net, x, y, split="test", layout=layout)
        answers, found = c.cnn_ensemble_answers(), c.cnn_evaluation()
        with self._exclusive as pointer, data._shared as images:
            call(library.cnn_ensemble_answer, pointer, images, ctypes.byref(answers))
        try:
            call(library.cnn_ensemble_evaluate, ctypes.byref(answers), ctypes.byref(found))
        finally:
            library.cnn_ensemble_answers_free(ctypes.byref(answers))
        return taken(found, self.classes)
