"""How far a training is: what callbacks get, the history, and the progress bar."""

from __future__ import annotations

import sys
from typing import Any, Callable, Iterable, NamedTuple, Union

from . import _declarations as c
from . import errors
from ._interrupt import Interruptible

__all__ = ["Callback", "Progress", "Watch"]


class Progress(NamedTuple):
    """Where a training stands."""

    epoch: int #: from 1
    epochs: int
    iteration: int #: of this epoch, from 1
    iterations: int
    loss: float #: mean over the epoch so far, on the training images
    accuracy: float #: 0..1
    val_loss: float | None #: at the end of an epoch, where there are images to validate with
    val_accuracy: float | None
    learning_rate: float | None #: None: the default one
    images_per_second: float
    seconds_left: float #: of the whole training, estimated
    best: bool #: this epoch is the best so far


class Callback:
    """Base of what watches a training. A method that returns False stops it; everything is saved then.

    A plain function of a Progress may be given instead; it is called at the end of each epoch.
    """

    def on_batch_end(self, progress: Progress) -> bool | None:
        """After each batch."""
        return None

    def on_epoch_end(self, progress: Progress) -> bool | None:
        """After each epoch."""
        return None


class _Function(Callback):
    def __init__(self, function: Callable[[Progress], Any]) -> None:
        self._function = function

    def on_epoch_end(self, progress: Progress) -> bool | None:
        return self._function(progress) is not False


AnyCallback = Union[Callback, Callable[[Progress], Any]]


class Watch:
    """Tells callbacks and the bar how far the training is, and keeps its history."""

    def __init__(self, callbacks: Iterable[AnyCallback], verbose: bool | None, changed: Callable[[], None]) -> None:
        self.history: dict[str, list[float]] = {}
        self._callbacks = [_callback(one) for one in callbacks]
        self._batch_callbacks = [one for one in self._callbacks if type(one).on_batch_end is not Callback.on_batch_end]
        self._bar = _bar(verbose)
        self._changed = changed # the network has other parameters now

    def batch(self, progress: Progress) -> bool:
        """A batch is done; False to stop."""
        if self._bar:
            self._bar.batch(progress)
        # Every callback is asked, whatever another one says.
        return all([one.on_batch_end(progress) is not False for one in self._batch_callbacks])

    def epoch(self, progress: Progress) -> bool:
        """An epoch is done; False to stop."""
        self._changed()
        for name in "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate":
            value = getattr(progress, name)
            if value is not None:
                self.history.setdefault(name, []).append(value)
        if self._bar:
            self._bar.epoch(progress)
        return all([one.on_epoch_end(progress) is not False for one in self._callbacks])

    @property
    def wants_batches(self) -> bool:
        return bool(self._bar or self._batch_callbacks)

    def end(self) -> None:
        if self._bar:
            self._bar.end()


def _callback(one: AnyCallback) -> Callback:
    if isinstance(one, Callback):
        return one
    if not callable(one):
        raise errors.ArgumentError(f"a callback is a function or a cnn.Callback, not {one!r}")
    return _Function(one)


def of_library(found: c.cnn_progress) -> Progress:
    """The library's struct, which lives only as long as its call."""
    validated = found.validated and found.epoch_ended
    return Progress(
        found.epoch, found.epochs, found.iteration, found.iterations, found.loss, found.accuracy,
        found.validation_loss if validated else None, found.validation_accuracy if validated else None,
        found.learning_rate, found.images_per_second, found.seconds_left, found.best,
    )


class Reporter(Interruptible):
    """The progress function that cnn_train calls. What a callback raises ends the training and is raised again after it."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch
        self.function = c.cnn_progress_function(self._report)

    def _report(self, _: Any, pointer: Any) -> bool:
        try:
            found = pointer.contents
            if found.epoch_ended:
                go_on = self._watch.epoch(of_library(found))
            else:
                go_on = not self._watch.wants_batches or self._watch.batch(of_library(found))
            return go_on and self.raised is None
        except BaseException as error: # none must pass through the C code
            self.raised = error
            return False


# ---- The bar -----------------------------------------------------------------------------------------------


def _notebook() -> bool:
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell else None
    return running is not None and "IPKernelApp" in getattr(running, "config", {})


def _bar(verbose: bool | None) -> Any:
    """A bar of tqdm's, else a line of our own on a terminal, else a line for each epoch. None: nothing is shown."""
    terminal = sys.stderr is not None and sys.stderr.isatty()
    if verbose is None:
        verbose = terminal or _notebook()
    if not verbose:
        return None
    try:
        import tqdm.auto
    except ImportError:
        return _Line(terminal)
    return _Tqdm(tqdm.auto.tqdm) if terminal or _notebook() else _Line(False)


def _measured(progress: Progress) -> str:
    words = [f"loss {progress.loss:.4f}", f"accuracy {100 * progress.accuracy:.2f} %"]
    if progress.val_loss is not None:
        words.append(f"validation loss {progress.val_loss:.4f}, accuracy {100 * (progress.val_accuracy or 0):.2f} %")
    return ", ".join(words)


def _epoch(progress: Progress) -> str:
    return f"epoch {progress.epoch}/{progress.epochs}"


class _Line:
    """A line on stderr, written again and again where that is a terminal."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal
        self._begun = False # a line that is not ended

    def batch(self, progress: Progress) -> None:
        step = max(1, progress.iterations // 100)
        if self._terminal and progress.iteration % step == 0:
            print(f"\r{_epoch(progress)}: {100 * progress.iteration // progress.iterations:3} %, "
                  f"{_measured(progress)}", end="", file=sys.stderr, flush=True)
            self._begun = True

    def epoch(self, progress: Progress) -> None:
        clear = "\r\x1b[K" if self._terminal else ""
        print(f"{clear}{_epoch(progress)}: {_measured(progress)}", file=sys.stderr, flush=True)
        self._begun = False

    def end(self) -> None:
        if self._begun:
            print(file=sys.stderr)


class _Tqdm:
    """A bar for each epoch, which leaves a line with what was reached: beside a bar there is no room for it."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._now: Any = None

    def batch(self, progress: Progress) -> None:
        if self._now is None:
            self._now = self._tqdm(total=progress.iterations, desc=_epoch(progress), unit="batch", leave=False)
        self._now.set_postfix_str(f"loss {progress.loss:.4f}", refresh=False)
        self._now.update(progress.iteration - self._now.n)

    def epoch(self, progress: Progress) -> None:
        self.end()
        self._tqdm.write(f"{_epoch(progress)}: {_measured(progress)}", file=sys.stderr)

    def end(self) -> None:
        if self._now is not None:
            self._now.close()
            self._now = None
