"""Ctrl-C while the library computes."""

from __future__ import annotations

import signal
import threading
from typing import TypeVar

__all__ = ["Interruptible"]

Self = TypeVar("Self", bound="Interruptible")


class Interruptible:
    """Base of what the library calls back, with what is to be raised after its call.

    Within `with`, Ctrl-C only asks to stop: a KeyboardInterrupt that comes while the callback is being entered would be
    lost on its way through the C code.
    """

    def __init__(self) -> None:
        self.raised: BaseException | None = None
        self._interrupts = False # whether Ctrl-C comes here

    def __enter__(self: Self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._interrupts = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._interrupts:
            signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        if self._interrupts:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupt(self, *_: object) -> None:
        self.raised = KeyboardInterrupt()
