"""Every value inside a network: feature maps, gradients, and how a single number came about."""

from __future__ import annotations

import ctypes
import math
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

import numpy as np

from . import _arrays, errors
from . import _declarations as c
from ._handle import Handle
from ._library import call, library, path, text

if TYPE_CHECKING:
    from ._arrays import AnyArray, Floats
    from .net import Net

__all__ = ["Account", "GradientAccount", "GradientTerm", "Inspection", "Patch", "ReceptiveField", "Term"]

KINDS = "sum", "largest", "function"


class Term(NamedTuple):
    """One input of a value, with what it is multiplied by."""

    input: int #: which of the layer's inputs, from 0
    position: int #: of the value in that input's output C,H,W; -1: a zero of the padding
    weight: int #: of the factor in the tensor `weight_name`; -1: the factor is no parameter
    value: float
    factor: float
    product: float #: value x factor, exactly


class Account(NamedTuple):
    """How one value of a layer came about."""

    kind: str #: "sum", "largest" or "function"
    layer: str
    formula: str
    terms: list[Term]
    weight_name: str
    bias_name: str
    bias: float
    figures: dict[str, float] #: numbers beside the terms: mean, variance, largest input
    result: float #: in double precision
    engine: float #: what the network computed
    difference: float #: engine - result
    bound: float #: what rounding explains: |difference| is at most this


class GradientTerm(NamedTuple):
    """One output of the layer that a parameter takes part in."""

    image: int
    position: int #: of the layer's output C,H,W
    input: int #: the value that the parameter meets there; -1: none
    upstream: float #: the gradient of the loss by that output
    slope: float #: of that output by the parameter
    product: float


class GradientAccount(NamedTuple):
    """How the gradient by one parameter came about."""

    parameter: str
    position: int #: in the tensor
    weight: float
    terms: list[GradientTerm]
    result: float
    engine: float
    difference: float
    bound: float


class ReceptiveField(NamedTuple):
    """The pixels that one value depends on: rows and columns [first, end), and 1 in `mask` where one takes part."""

    first_row: int
    end_row: int
    first_column: int
    end_column: int
    mask: AnyArray


class Patch(NamedTuple):
    """What excites a channel: the image and the place where its value is largest."""

    image: int
    position: int #: in the layer's output C,H,W
    value: float


class Inspection(Handle):
    """A run of a network with every value kept. Layers are asked for by name; "input" is the network's own input.

    Made by Net.inspect; independent of the network afterwards.

    >>> import cnn, numpy
    >>> net = cnn.Net("basic")
    >>> net.initialise(seed=1)
    >>> inspection = net.inspect(numpy.ones((28, 28), numpy.float32))
    >>> account = inspection.account("conv_1", (0, 5, 5))
    >>> len(account.terms), abs(account.difference) <= account.bound
    (9, True)
    """

    _kind = "inspection"
    _free = "cnn_inspector_free"

    def __init__(self, net: Net, images: Floats, *, threads: int = 0, gradients: bool = True) -> None:
        options = c.cnn_inspector_options(
            batch=len(images), threads=_arrays.integer(threads, "threads", 0, c.CNN_MAX_THREADS), no_gradients=not gradients
        )
        pointer = ctypes.c_void_p()
        with net._shared as source:
            call(library.cnn_inspector_new, ctypes.byref(pointer), source, ctypes.byref(options))
        super().__init__(pointer.value)
        self._shapes = {"input": tuple(net.input_shape), **{layer.name: layer.shape for layer in net.layers}}
        self._parameters = net.parameters.shapes()
        self.images = len(images) #: how many were run
        with self._exclusive as opened:
            call(library.cnn_inspector_run, opened, _arrays.address(images), len(images))

    @property
    def layers(self) -> list[str]:
        """The names that can be asked for, "input" first."""
        return list(self._shapes)

    def _shape(self, layer: str) -> tuple[int, ...]:
        if layer not in self._shapes:
            raise errors.ArgumentError(f"the network has no layer {layer!r}; it has {', '.join(self._shapes)}")
        return self._shapes[layer]

    def _copied(self, function: Any, name: str, shape: tuple[int, ...]) -> Floats:
        values = np.empty(shape, np.float32)
        with self._shared as pointer:
            call(function, pointer, path(name), _arrays.address(values), values.size)
        return values

    def output(self, layer: str) -> Floats:
        """What a layer gave: N,C,H,W, its feature maps; or N,values."""
        return self._copied(library.cnn_inspector_output, layer, (self.images, *self._shape(layer)))

    def index(self, layer: str, at: int | Sequence[int]) -> int:
        """Where the value at (channel, row, column) lies in a layer's output; a number is that already."""
        shape = self._shape(layer)
        if not isinstance(at, (tuple, list)):
            return _arrays.integer(at, "at", 0, math.prod(shape) - 1)
        if len(at) != len(shape):
            raise errors.ArgumentError(f"at {tuple(at)}: {layer} has the shape {shape}")
        places = [_arrays.integer(place, "at", 0, size - 1) for place, size in zip(at, shape)]
        return int(np.ravel_multi_index(places, shape))

    # ---- Gradients -----------------------------------------------------------------------------------------

    def loss(self, y: Any = None) -> AnyArray:
        """The loss of each image for its class, N; backward for all of them. `y` None: the classes predicted."""
        losses = np.empty(self.images, np.float64)
        labels = None if y is None else _arrays.labels_of(y, self.images, None)[0]
        with self._exclusive as pointer:
            call(
                library.cnn_inspector_loss, pointer, None if labels is None else _arrays.address(labels),
                _arrays.address(losses),
            )
        return losses

    def backward(self, layer: str, gradient: Any) -> None:
        """Backward from any layer; `gradient` is by its output, N,C,H,W."""
        values = _arrays.floats(gradient, "gradient", (self.images, *self._shape(layer)))
        _arrays.finite(values, "gradient")
        with self._exclusive as pointer:
            call(library.cnn_inspector_backward, pointer, path(layer), _arrays.address(values), values.size)

    def gradient(self, layer: str) -> Floats:
        """The gradient by a layer's output, N,C,H,W; after loss() or backward()."""
        return self._copied(library.cnn_inspector_gradient, layer, (self.images, *self._shape(layer)))

    def parameter_gradient(self, name: str) -> Floats:
        """The gradient by a parameter tensor, summed over the images; after loss() or backward()."""
        return self._copied(library.cnn_inspector_parameter_gradient, name, self._parameter(name))

    def _parameter(self, name: str) -> tuple[int, ...]:
        if name not in self._parameters:
            raise errors.ArgumentError(f"the network has no parameter {name!r}; it has {', '.join(self._parameters)}")
        return self._parameters[name]

    def _element(self, name: str, at: int | Sequence[int]) -> int:
        shape = self._parameter(name)
        if not isinstance(at, (tuple, list)):
            return _arrays.integer(at, "at", 0, math.prod(shape) - 1)
        if len(at) != len(shape):
            raise errors.ArgumentError(f"at {tuple(at)}: {name} has the shape {shape}")
        places = [_arrays.integer(place, "at", 0, size - 1) for place, size in zip(at, shape)]
        return int(np.ravel_multi_index(places, shape))

    # ---- Accounts ------------------------------------------------------------------------------------------

    def account(self, layer: str, at: int | Sequence[int], *, image: int = 0) -> Account:
        """How the value of `layer` at (channel, row, column) came about: every term, in double precision."""
        index, image = self.index(layer, at), _arrays.integer(image, "image", 0, self.images - 1)
        found = c.cnn_account()
        with self._shared as pointer:
            call(library.cnn_inspector_account, pointer, path(layer), image, index, ctypes.byref(found))
            try:
                return _account(found)
            finally:
                library.cnn_account_free(ctypes.byref(found))

    def gradient_account(self, parameter: str, at: int | Sequence[int]) -> GradientAccount:
        """Why the gradient by one element of a parameter tensor is what it is; after loss() or backward()."""
        index = self._element(parameter, at)
        found = c.cnn_gradient_account()
        with self._shared as pointer:
            call(library.cnn_inspector_gradient_account, pointer, path(parameter), index, ctypes.byref(found))
            try:
                return _gradient_account(found)
            finally:
                library.cnn_gradient_account_free(ctypes.byref(found))

    def check_gradient(self, parameter: str, at: int | Sequence[int]) -> float:
        """The same gradient by the loss a little beside it, in double precision and without the backward pass. Slow."""
        index, gradient = self._element(parameter, at), ctypes.c_double()
        with self._shared as pointer:
            call(library.cnn_inspector_check_gradient, pointer, path(parameter), index, ctypes.byref(gradient))
        return gradient.value

    # ---- Fields and patches --------------------------------------------------------------------------------

    def receptive_field(self, layer: str, at: int | Sequence[int]) -> ReceptiveField:
        """The pixels that a value depends on, by the layers' geometry."""
        index, field = self.index(layer, at), c.cnn_receptive_field()
        mask = np.zeros(self._shapes["input"][1:], np.uint8)
        with self._shared as pointer:
            call(
                library.cnn_inspector_receptive_field, pointer, path(layer), index, ctypes.byref(field),
                _arrays.address(mask),
            )
        return ReceptiveField(field.first_row, field.end_row, field.first_column, field.end_column, mask)

    def effective_field(self, layer: str, at: int | Sequence[int], *, image: int = 0) -> Floats:
        """How strongly a value depends on each pixel, H,W. Replaces the gradients of loss() and backward()."""
        index, image = self.index(layer, at), _arrays.integer(image, "image", 0, self.images - 1)
        field = np.empty(self._shapes["input"][1:], np.float32)
        with self._exclusive as pointer:
            call(library.cnn_inspector_effective_field, pointer, path(layer), image, index, _arrays.address(field))
        return field

    def top_patches(self, layer: str, most: int = 5) -> list[list[Patch]]:
        """For each channel of a layer the `most` images that excite it most, and where."""
        channels, most = self._shape(layer)[0], _arrays.integer(most, "most", 1, 2**20)
        patches = (c.cnn_patch * (channels * most))()
        for patch in patches:
            patch.image = -1
        with self._shared as pointer:
            call(library.cnn_inspector_top_patches, pointer, path(layer), 0, most, patches)
        found = [Patch(patch.image, patch.index, patch.value) for patch in patches]
        return [[one for one in found[i:i + most] if one.image >= 0] for i in range(0, len(found), most)]

    def plot(self, layer: str, *, image: int = 0, axes: Any = None) -> Any:
        """Draw the feature maps of a layer with matplotlib, side by side; returns the axes."""
        from ._plots import plot_maps

        return plot_maps(self.output(layer)[_arrays.integer(image, "image", 0, self.images - 1)], layer, axes)

    def __repr__(self) -> str:
        return "<cnn.Inspection, closed>" if self.closed else f"<cnn.Inspection: {self.images} images, {len(self._shapes)} layers>"


def _account(found: c.cnn_account) -> Account:
    terms = [
        Term(term.input, term.index, term.weight, term.value, term.factor, term.product)
        for term in found.terms[:found.count]
    ]
    figures = {text(one.name): one.value for one in found.figures[:found.figure_count]}
    return Account(
        KINDS[found.kind], text(found.layer), text(found.formula), terms, text(found.weight_name), text(found.bias_name),
        found.bias, figures, found.result, found.engine, found.difference, found.bound,
    )


def _gradient_account(found: c.cnn_gradient_account) -> GradientAccount:
    terms = [
        GradientTerm(term.image, term.index, term.input, term.upstream, term.slope, term.product)
        for term in found.terms[:found.count]
    ]
    return GradientAccount(
        text(found.parameter), found.index, found.weight, terms, found.result, found.engine, found.difference, found.bound
    )
