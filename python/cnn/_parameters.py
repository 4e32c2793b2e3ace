"""The parameters of a network as a mapping of NumPy arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Iterator

import numpy as np

from . import _arrays, errors
from . import _declarations as c
from ._library import call, library, path, text

if TYPE_CHECKING:
    from ._arrays import Floats
    from .net import Net

__all__ = ["Parameters"]


class Parameters(Mapping[str, "Floats"]):
    """Parameter tensors by name, in the order of the layers. Reading gives a copy, assigning writes the network.

    >>> import cnn
    >>> net = cnn.Net("basic")
    >>> net.parameters["conv_1.bias"] = range(32)
    >>> net.parameters["conv_1.bias"][:4].tolist()
    [0.0, 1.0, 2.0, 3.0]
    """

    def __init__(self, net: Net) -> None:
        self._net = net

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each tensor; copies no values.

        >>> import cnn
        >>> cnn.Net("basic").parameters.shapes()["conv_1.weight"]
        (32, 1, 3, 3)
        """
        found = {}
        info = c.cnn_tensor_info()
        with self._net._shared as pointer:
            for number in range(library.cnn_net_tensors(pointer)):
                call(library.cnn_net_tensor, pointer, number, ctypes.byref(info))
                found[text(info.name)] = tuple(info.shape[:info.rank])
        return found

    def _shape(self, name: str) -> tuple[int, ...]:
        shapes = self.shapes()
        if name not in shapes:
            raise UnknownParameter(f"the network has no parameter {name!r}; it has {', '.join(shapes) or 'none'}")
        return shapes[name]

    def __getitem__(self, name: str) -> Floats:
        values = np.empty(self._shape(name), np.float32)
        with self._net._shared as pointer:
            call(library.cnn_net_get_parameter, pointer, path(name), _arrays.address(values), values.size)
        return values

    def __setitem__(self, name: str, value: Any) -> None:
        values = _arrays.floats(value, name, self._shape(name))
        with self._net._changing() as pointer:
            call(library.cnn_net_set_parameter, pointer, path(name), _arrays.address(values), values.size)

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes())

    def __len__(self) -> int:
        with self._net._shared as pointer:
            return int(library.cnn_net_tensors(pointer))

    def __repr__(self) -> str:
        return "\n".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in self.shapes().items())


class UnknownParameter(errors.ArgumentError, KeyError):
    """There is no parameter of this name."""

    def __str__(self) -> str:
        return str(self.args[0]) # KeyError would show it in quotes
