"""The exceptions of this package.

Each has the library's own message: what was wrong, where, what was expected, what to do. All are an :class:`Error`, and
also the built-in exception that a caller would look for.

>>> import cnn
>>> try:
...     cnn.Net("bsic")
... except OSError as error:
...     print(type(error).__name__)
FileError
"""

from __future__ import annotations

from . import _declarations as c

__all__ = [
    "Error", "ArgumentError", "ShapeError", "OutOfMemoryError", "FileError", "FormatError", "UnsupportedError",
    "DivergedError", "ClosedError", "BusyError",
]


class Error(Exception):
    """Anything that this package refuses or fails at."""


class ArgumentError(Error, ValueError):
    """An argument is out of range."""


class ShapeError(Error, ValueError):
    """An array does not have the shape that is needed, or a layer does not fit its input."""


class OutOfMemoryError(Error, MemoryError):
    """Out of memory."""


class FileError(Error, OSError):
    """A file could not be read or written."""


class FormatError(Error, ValueError):
    """A file does not hold what its format promises."""


class UnsupportedError(Error, NotImplementedError):
    """The format allows it, this library does not know it."""


class DivergedError(Error, ArithmeticError):
    """The loss, or what a network computes, is infinite or not a number."""


class ClosedError(Error, ValueError):
    """The object was closed."""


class BusyError(Error, RuntimeError):
    """Another thread, or a call around this one, uses the object."""


OF_STATUS: dict[int, type[Error]] = {
    c.CNN_ERROR_ARGUMENT: ArgumentError,
    c.CNN_ERROR_SHAPE: ShapeError,
    c.CNN_ERROR_MEMORY: OutOfMemoryError,
    c.CNN_ERROR_IO: FileError,
    c.CNN_ERROR_FORMAT: FormatError,
    c.CNN_ERROR_UNSUPPORTED: UnsupportedError,
    c.CNN_ERROR_DIVERGED: DivergedError,
}


def of(status: int, message: str) -> Error:
    """The exception for a status of the library."""
    return OF_STATUS.get(status, Error)(message)
