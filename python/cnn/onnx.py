"""Any ONNX model on NumPy arrays: any number of inputs and outputs, of any rank and type."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

import numpy as np

from . import _arrays, errors
from . import _declarations as c
from ._handle import Handle
from ._library import call, library, path, text
from ._predictor import precision_of

if TYPE_CHECKING:
    import os

    from ._arrays import AnyArray

__all__ = ["Island", "Model", "Tensor", "run"]

ENGINES = {
    "default": c.CNN_ENGINE_DEFAULT, "network": c.CNN_ENGINE_NETWORK, "interpreter": c.CNN_ENGINE_INTERPRETER,
    "islands": c.CNN_ENGINE_ISLANDS,
}
TYPES: Mapping[int, type[np.generic]] = {
    c.CNN_TYPE_FLOAT32: np.float32, c.CNN_TYPE_UINT8: np.uint8, c.CNN_TYPE_INT8: np.int8, c.CNN_TYPE_UINT16: np.uint16,
    c.CNN_TYPE_INT16: np.int16, c.CNN_TYPE_INT32: np.int32, c.CNN_TYPE_INT64: np.int64, c.CNN_TYPE_BOOL: np.bool_,
    c.CNN_TYPE_FLOAT64: np.float64, c.CNN_TYPE_UINT32: np.uint32, c.CNN_TYPE_UINT64: np.uint64,
}
NUMBERS = {np.dtype(kind): number for number, kind in TYPES.items()}


class Tensor(NamedTuple):
    """What a model's file says of an input or an output; None where it does not say."""

    name: str
    dtype: str | None
    shape: tuple[int | None, ...] | None


class Island(NamedTuple):
    """A part of a model that runs as a planned network."""

    input: str #: the value that it begins with
    layers: int
    nodes: int #: of the model, whose work it does
    outputs: int #: values that are used outside of it


class Model(Handle):
    """An ONNX model, or that of a run folder. `engine`: "network", "interpreter", "islands", or "default", the fastest that fits.
    `precision`, of networks: "float32" or "bf16" (docs/precision.md)."""

    _kind = "model"
    _free = "cnn_model_free"

    def __init__(
        self, file: str | os.PathLike[str], *, engine: str = "default", threads: int = 0, precision: str = "float32"
    ) -> None:
        if engine not in ENGINES:
            raise errors.ArgumentError(f"engine {engine!r}: expected one of {', '.join(ENGINES)}")
        options = c.cnn_model_options(
            engine=ENGINES[engine], threads=_arrays.integer(threads, "threads", 0, c.CNN_MAX_THREADS),
            precision=precision_of(precision),
        )
        pointer = ctypes.c_void_p()
        call(library.cnn_model_open, ctypes.byref(pointer), path(file), ctypes.byref(options))
        super().__init__(pointer.value)

    @property
    def engine(self) -> str:
        """What runs it: "network", "interpreter" or, which is known after a run, "islands"."""
        with self._shared as pointer:
            number = library.cnn_model_engine(pointer)
        return next(word for word, one in ENGINES.items() if one == number)

    @property
    def islands(self) -> list[Island]:
        """The parts of the model that were planned networks in the last run."""
        info = c.cnn_island_info()
        with self._exclusive as pointer:
            found = []
            for island in range(library.cnn_model_islands(pointer)):
                call(library.cnn_model_island, pointer, island, ctypes.byref(info))
                found.append(Island(text(info.input), info.layers, info.nodes, info.outputs))
            return found

    @property
    def nodes(self) -> int:
        """How many nodes of the model its outputs need."""
        with self._shared as pointer:
            return int(library.cnn_model_nodes(pointer))

    @property
    def inputs(self) -> list[Tensor]:
        """What a run needs."""
        with self._shared as pointer:
            count = library.cnn_model_inputs(pointer)
            return [_described(library.cnn_model_input(pointer, i).contents) for i in range(count)]

    @property
    def outputs(self) -> list[Tensor]:
        """What a run gives."""
        with self._shared as pointer:
            count = library.cnn_model_outputs(pointer)
            return [_described(library.cnn_model_output(pointer, i).contents) for i in range(count)]

    def run(self, inputs: Mapping[str, Any]) -> dict[str, AnyArray]:
        """Run on arrays that have the names of the inputs; the outputs by name, arrays of their own."""
        arrays = {name: _given(name, value) for name, value in inputs.items()}
        tensors = (c.cnn_tensor * len(arrays))(*(_tensor(name, array) for name, array in arrays.items()))
        with self._exclusive as pointer:
            call(library.cnn_model_run, pointer, tensors, len(arrays))
            results = [library.cnn_model_result(pointer, i).contents for i in range(library.cnn_model_outputs(pointer))]
            return {text(result.name): _copied(result) for result in results}


def run(
    file: str | os.PathLike[str], inputs: Mapping[str, Any], *, engine: str = "default", threads: int = 0,
    precision: str = "float32"
) -> dict[str, AnyArray]:
    """Run an ONNX model once: {name of the output: array}.

    >>> import cnn, numpy, tempfile
    >>> net = cnn.Net("basic")
    >>> net.initialise(seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     net.save(folder + "/basic.onnx")
    ...     outputs = cnn.onnx.run(folder + "/basic.onnx", {"input": numpy.zeros((1, 1, 28, 28), numpy.float32)})
    >>> outputs["output"].shape
    (1, 10)
    """
    with Model(file, engine=engine, threads=threads, precision=precision) as model:
        return model.run(inputs)


def _described(tensor: c.cnn_tensor) -> Tensor:
    shape = None if tensor.rank < 0 else tuple(None if size < 0 else size for size in tensor.shape[:tensor.rank])
    kind = TYPES.get(tensor.type)
    return Tensor(text(tensor.name), None if kind is None else np.dtype(kind).name, shape)


def _given(name: str, value: Any) -> AnyArray:
    array = _arrays.as_array(value, name)
    if array.dtype.newbyteorder("=") not in NUMBERS:
        raise errors.ArgumentError(f"{name} holds {array.dtype}, which no model takes here")
    if array.ndim > c.CNN_TENSOR_AXES:
        raise errors.ShapeError(f"{name} has {array.ndim} axes, at most {c.CNN_TENSOR_AXES} are possible")
    return np.require(array, array.dtype.newbyteorder("="), "C")


def _tensor(name: str, array: AnyArray) -> c.cnn_tensor:
    tensor = c.cnn_tensor(name=path(name), type=NUMBERS[array.dtype], rank=array.ndim, data=_arrays.address(array))
    tensor.shape[:array.ndim] = list(array.shape)
    return tensor


def _copied(tensor: c.cnn_tensor) -> AnyArray:
    array: AnyArray = np.empty(tuple(tensor.shape[:tensor.rank]), TYPES[tensor.type])
    if tensor.data and array.size:
        ctypes.memmove(_arrays.address(array), tensor.data, array.nbytes)
    return array
