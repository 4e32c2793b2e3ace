"""The C library: found, checked and loaded once, its functions declared when they are first used.

ctypes releases the global interpreter lock while a function runs.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

from . import _declarations as c
from . import errors

__all__ = ["library", "call", "text", "path", "strings"]


def _load() -> ctypes.CDLL:
    """The library beside this file, or that of $CNN_LIBRARY. Raises ImportError for one of another version."""
    place = os.environ.get("CNN_LIBRARY") or os.path.join(os.path.dirname(__file__), "libcnn.so")
    try:
        loaded = ctypes.CDLL(place)
    except OSError as error:
        raise ImportError(
            f"the library of this package does not load: {error}. Install the package with pip, or let the environment "
            "variable CNN_LIBRARY name the libcnn.so of a build folder"
        ) from None
    loaded.cnn_version.restype = ctypes.c_char_p
    version = loaded.cnn_version().decode()
    if version != c.CNN_VERSION:
        raise ImportError(f"{place} is version {version} of the library; this package is for version {c.CNN_VERSION}")
    return loaded


class _Library:
    """Its attributes are the functions, with result and arguments as the headers declare them."""

    def __init__(self) -> None:
        self._loaded = _load()

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._loaded, name)
        function.restype, function.argtypes = c.FUNCTIONS[name]
        setattr(self, name, function)
        return function


library = _Library()


def call(function: Any, *arguments: Any) -> None:
    """Call a function that returns a cnn_status and takes a cnn_error last. Raises what it says."""
    error = c.cnn_error()
    status = function(*arguments, ctypes.byref(error))
    if status != c.CNN_OK:
        raise errors.of(status, error.message.decode("utf-8", "replace"))


def text(value: bytes | None) -> str:
    """A string of the library's; "" for NULL."""
    return (value or b"").decode("utf-8", "replace")


def path(value: str | os.PathLike[str]) -> bytes:
    """A path, or any other word, as the library takes it."""
    encoded = os.fsencode(value)
    if b"\0" in encoded:
        raise errors.ArgumentError(f"{value!r} holds a zero byte, which no path and no name has")
    return encoded


def strings(values: list[str]) -> ctypes.Array[ctypes.c_char_p]:
    """An array of `const char *`; it must live as long as the call."""
    return (ctypes.c_char_p * len(values))(*(path(value) for value in values))
