"""A classifier of scikit-learn's kind: for cross_val_score, GridSearchCV and pipelines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Sequence

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from . import errors
from .net import Net

if TYPE_CHECKING:
    from ._arrays import AnyArray
    from ._options import Augment

__all__ = ["CNNClassifier"]

# For images that the built-in networks are too large for, and for rows that are no images.
SMALL = """input {channels}x{height}x{width}
flatten
dense 64
relu
dense 2
"""
TYPES = ["float64", "float32", "uint8"] # of X; what has no type becomes the first
LEAST_SIDE = 8 # of images that "basic" is for


class CNNClassifier(ClassifierMixin, BaseEstimator): # type: ignore[misc]
    """Classifies images, or rows of pixels, with a convolutional network.

    X: N,C,H,W or N,H,W[,C], or N rows of pixels, which `image_shape` (C,H,W) makes images of; without it rows of 64, 784,
    ... values are square images, and others are one row of pixels each. Values may have any range: the network's
    normalisation is that of the training images, and pixels of uint8 are scaled to 0..1.

    `model`: as for cnn.Net; None: "basic" for images of 8x8 or more, else a dense layer of 64 units. `fit_options`: those
    of Net.fit that have no parameter of their own here.

    >>> import cnn.sklearn, numpy
    >>> x = numpy.random.default_rng(1).random((80, 64))
    >>> y = numpy.where(x[:, :32].mean(1) > x[:, 32:].mean(1), "above", "below")
    >>> classifier = cnn.sklearn.CNNClassifier(epochs=5, batch_size=8, random_state=1).fit(x, y)
    >>> classifier.predict(x).shape, list(map(str, classifier.classes_))
    ((80,), ['above', 'below'])
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        image_shape: Sequence[int] | None = None,
        epochs: int = 10,
        batch_size: int = 32,
        optimizer: str = "default",
        learning_rate: float = 0.0,
        augment: Augment = False,
        threads: int = 0,
        random_state: Any = None,
        verbose: bool = False,
        fit_options: dict[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.image_shape = image_shape
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.augment = augment
        self.threads = threads
        self.random_state = random_state
        self.verbose = verbose
        self.fit_options = fit_options

    def fit(self, X: Any, y: Any) -> CNNClassifier:
        """Train a new network; it is `net_` afterwards, its figures `history_`."""
        X, y = validate_data(self, X, y, allow_nd=True, dtype=TYPES)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise errors.ArgumentError(f"y has one class alone, {self.classes_[0]!r}: there is nothing to tell apart")
        images = self._images(X)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self.net_ = self._net(images.shape[1:])
        self.net_.adapt(classes=max(2, len(self.classes_)))
        options = dict(
            epochs=self.epochs, batch_size=self.batch_size, optimizer=self.optimizer, learning_rate=self.learning_rate,
            augment=self.augment, threads=self.threads, verbose=self.verbose, seed=seed, layout="NCHW",
        )
        # Names that are unlike numbers: the library adds outputs for numbers, and never takes one away.
        names = [f"class {i}" for i in range(len(self.classes_))]
        self.history_ = self.net_.fit(images, labels, class_names=names, **{**options, **(self.fit_options or {})})
        return self

    def predict_proba(self, X: Any) -> AnyArray:
        """The probability of each class, N x classes_."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, allow_nd=True, dtype=TYPES)
        return self.net_.predict_proba(self._images(X), threads=self.threads, layout="NCHW")

    def predict(self, X: Any) -> AnyArray:
        """The most probable class of each image."""
        best = self.predict_proba(X).argmax(1)
        found: AnyArray = self.classes_[best]
        return found

    def _net(self, shape: tuple[int, ...]) -> Net:
        channels, height, width = shape
        if self.model is not None:
            net = Net(self.model)
        elif min(height, width) >= LEAST_SIDE:
            net = Net("basic")
        else:
            return Net(SMALL.format(channels=channels, height=height, width=width))
        if not net.trained:
            net.adapt(shape)
        return net

    def _images(self, X: AnyArray) -> AnyArray:
        """N,C,H,W of whatever X is."""
        if X.ndim == 4:
            return X if X.shape[1] in (1, 3) or X.shape[3] not in (1, 3) else X.transpose(0, 3, 1, 2)
        if X.ndim == 3:
            return X[:, None]
        if self.image_shape is not None:
            shape = tuple(self.image_shape)
        else:
            side = math.isqrt(X.shape[1])
            shape = (1, side, side) if side * side == X.shape[1] and side >= LEAST_SIDE else (1, 1, X.shape[1])
        if math.prod(shape) != X.shape[1]:
            raise errors.ShapeError(f"X has rows of {X.shape[1]} values, image_shape {shape} has {math.prod(shape)}")
        return X.reshape(-1, *shape)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.non_deterministic = False
        return tags
