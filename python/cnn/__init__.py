"""Convolutional neural networks: trained, run and looked into, by the C library of the same name.

>>> import cnn
>>> net = cnn.Net("basic")
>>> net.input_shape, net.classes
((1, 28, 28), 10)

Shapes are N,C,H,W: images, channels, rows, columns. Pixels are uint8 (0 black, 255 white) or float (0 black, 1 white).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors
from ._declarations import CNN_VERSION as __version__
from ._library import library as _c
from ._metrics import Interval, Metrics, metrics
from ._progress import Callback, Progress
from ._summary import Layer, Summary
from .data import Data, Picture, read_image
from .ensemble import Ensemble, Evaluation
from .errors import (
    ArgumentError, BusyError, ClosedError, DivergedError, Error, FileError, FormatError, OutOfMemoryError, ShapeError,
    UnsupportedError,
)
from .net import Net, builtin_models
from .trainer import Trainer

if TYPE_CHECKING:
    from . import onnx, sklearn
    from ._doctor import Finding, doctor
    from ._lab import Lab, lab
    from .inspection import Inspection

__all__ = [
    "ArgumentError", "BusyError", "Callback", "ClosedError", "Data", "DivergedError", "Ensemble", "Error", "Evaluation",
    "FileError", "Finding", "FormatError", "Inspection", "Interval", "Lab", "Layer", "Metrics", "Net",
    "OutOfMemoryError", "Picture", "Progress", "ShapeError", "Summary", "Trainer", "UnsupportedError", "__version__",
    "builtin_models", "cpu", "doctor", "errors", "lab", "metrics", "onnx", "read_image", "sklearn", "thread_count",
]

# What is imported when it is first asked for.
_LATER = {
    "Finding": "_doctor", "Inspection": "inspection", "Lab": "_lab", "doctor": "_doctor", "lab": "_lab", "onnx": None,
    "sklearn": None,
}


def __getattr__(name: str) -> Any:
    import importlib

    if name not in _LATER:
        raise AttributeError(f"module 'cnn' has no attribute {name!r}")
    module = importlib.import_module(f".{_LATER[name] or name}", __name__)
    found = getattr(module, name) if _LATER[name] else module
    globals()[name] = found
    return found


def cpu() -> str:
    """The instruction set of the kernels: "scalar", "avx2", "avx512", "avx512_bf16"; CNN_CPU in the environment can choose one."""
    import ctypes

    from . import _declarations

    error = _declarations.cnn_error()
    found = _c.cnn_cpu(ctypes.byref(error))
    if found is None:
        raise errors.of(error.status, error.message.decode())
    return str(found.decode())


def thread_count(threads: int = 0) -> int:
    """The number of threads for which `threads` stands; 0: as many as there are processors that may be used."""
    from ._arrays import integer
    from ._declarations import CNN_MAX_THREADS

    return int(_c.cnn_thread_count(integer(threads, "threads", 0, CNN_MAX_THREADS)))
