"""Who owns an object of the C library, and who may use it when.

The library asks that one object is changed by one thread at a time, and read by none meanwhile. Here a call that breaks
this rule raises BusyError at once instead of crashing, and a call on a closed object raises ClosedError.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, TypeVar

from . import errors
from ._library import library

__all__ = ["Handle"]

Self = TypeVar("Self", bound="Handle")


class _Shared:
    """A reading call: others may read at the same time, and the thread that changes the object may read it, too."""

    def __init__(self, owner: Handle) -> None:
        self._owner = owner

    def __enter__(self) -> int:
        owner = self._owner
        with owner._lock:
            if owner._writer is not None and owner._writer != threading.get_ident():
                raise errors.BusyError(f"this {owner._kind} is in use by another thread: wait until that has finished")
            pointer = owner._pointer or owner._open_pointer()
            owner._readers += 1
        return pointer

    def __exit__(self, *_: object) -> None:
        with self._owner._lock:
            self._owner._readers -= 1


class _Exclusive:
    """A call that changes the object, or that the library wants to be alone with it."""

    def __init__(self, owner: Handle) -> None:
        self._owner = owner

    def __enter__(self) -> int:
        owner = self._owner
        with owner._lock:
            if owner._writer is not None or owner._readers:
                own = owner._writer == threading.get_ident()
                raise errors.BusyError(
                    f"this {owner._kind} is in use by "
                    + ("the call that this one was made from, which lets it be read only" if own else "another thread")
                    + ": wait until that has finished"
                )
            pointer = owner._open_pointer()
            owner._writer = threading.get_ident()
        return pointer

    def __exit__(self, *_: object) -> None:
        self._owner._writer = None


class Handle:
    """Base of what owns a C object, which is freed by close(), at the end of a `with`, or with this object."""

    _kind = "object" # in messages
    _free = "" # the function that frees it

    _pointer: int | None = None

    def __init__(self, pointer: int | None) -> None:
        self._pointer = pointer
        self._lock = threading.Lock()
        self._readers = 0
        self._writer: int | None = None
        self._free_function: Any = getattr(library, self._free) # at the interpreter's end modules are emptied
        self._shared = _Shared(self)
        self._exclusive = _Exclusive(self)

    def _open_pointer(self) -> int:
        if self._pointer is None:
            raise errors.ClosedError(f"this {self._kind} was closed: make or open another one")
        return self._pointer

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._pointer is None

    def close(self) -> None:
        """Free the memory now, rather than when the object is collected. May be called again."""
        if self._pointer is not None:
            with self._exclusive as pointer:
                self._pointer = None
                self._free_function(pointer)

    def __enter__(self: Self) -> Self:
        with self._shared:
            return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        pointer, self._pointer = self._pointer, None
        if pointer is not None:
            self._free_function(pointer)
