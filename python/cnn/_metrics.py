"""How good answers are, by the definitions of scikit-learn."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _arrays, errors
from . import _declarations as c
from ._library import call, library

if TYPE_CHECKING:
    from ._arrays import AnyArray, Floats

__all__ = ["Interval", "Metrics", "metrics"]


class Interval(NamedTuple):
    """A figure, and the bounds that a share of the resamples keeps."""

    value: float
    low: float
    high: float


class Metrics(NamedTuple):
    """Figures of answers; the last five have a value for each class, NaN where a class has no such figure."""

    accuracy: Interval
    balanced_accuracy: Interval
    f1_macro: Interval
    f1_weighted: float
    top_accuracy: float
    roc_auc: float
    average_precision: float
    calibration_error: float
    precision: Floats
    recall: Floats
    f1: Floats
    class_roc_auc: Floats
    class_average_precision: Floats


def _interval(found: c.cnn_interval) -> Interval:
    return Interval(found.value, found.low, found.high)


def metrics(
    probabilities: Any, labels: Any, *, top: int = 5, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> Metrics:
    """Figures of probabilities (N rows, one value a class) against labels (N numbers from 0).

    >>> import cnn
    >>> found = cnn.metrics([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]], [0, 1, 1])
    >>> round(found.accuracy.value, 4), found.roc_auc
    (0.6667, 1.0)
    """
    values = np.ascontiguousarray(probabilities, np.float32)
    numbers: AnyArray = np.asarray(labels)
    if values.ndim != 2 or numbers.shape != values.shape[:1]:
        raise errors.ArgumentError(
            f"metrics need N rows of probabilities and N labels, not the shapes {values.shape} and {numbers.shape}"
        )
    if not np.issubdtype(numbers.dtype, np.integer):
        raise errors.ArgumentError(f"labels are whole numbers from 0, not {numbers.dtype}")
    numbers = np.ascontiguousarray(numbers, np.int32)
    options = c.cnn_metrics_options(
        top=_arrays.integer(top, "top", 1), resamples=_arrays.integer(resamples, "resamples", 1, 100000),
        confidence=float(confidence), seed=_arrays.integer(seed, "seed", 0, 2**64 - 1),
    )
    found = c.cnn_metrics()
    call(
        library.cnn_metrics_of, _arrays.address(values), _arrays.address(numbers), *values.shape, ctypes.byref(options),
        ctypes.byref(found),
    )
    try:
        rows = [found.of_class[i] for i in range(found.classes)]
        columns = [
            np.array([getattr(row, name) for row in rows])
            for name in ("precision", "recall", "f1", "roc_auc", "average_precision")
        ]
        return Metrics(
            _interval(found.accuracy), _interval(found.balanced_accuracy), _interval(found.f1_macro), found.f1_weighted,
            found.top_accuracy, found.roc_auc, found.average_precision, found.calibration_error, *columns,
        )
    finally:
        library.cnn_metrics_free(ctypes.byref(found))
