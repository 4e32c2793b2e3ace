"""The options of training as the library takes them."""

from __future__ import annotations

import ctypes
from typing import Any, Iterable, Mapping, Union

from . import _arrays, errors
from . import _declarations as c
from ._library import call, library
from ._predictor import PRECISIONS

__all__ = ["Augment", "augmentations", "choice", "fields", "number", "train_options", "update_options"]

# True: shifts by up to 2 pixels; words with amounts: "flip,crop:4", ["flip", "crop:4"] or {"flip": 0.5, "crop": 4}.
Augment = Union[bool, str, Iterable[str], Mapping[str, float]]

OPTIMIZERS = {
    "default": c.CNN_OPTIMIZER_DEFAULT, "sgd": c.CNN_OPTIMIZER_SGD, "adam": c.CNN_OPTIMIZER_ADAM,
    "adamw": c.CNN_OPTIMIZER_ADAMW, "lion": c.CNN_OPTIMIZER_LION, "rmsprop": c.CNN_OPTIMIZER_RMSPROP,
    "muon": c.CNN_OPTIMIZER_MUON,
}
SCHEDULES = {
    "onecycle": c.CNN_SCHEDULE_ONECYCLE, "constant": c.CNN_SCHEDULE_CONSTANT, "step": c.CNN_SCHEDULE_STEP,
    "cosine": c.CNN_SCHEDULE_COSINE, "polynomial": c.CNN_SCHEDULE_POLYNOMIAL, "triangular": c.CNN_SCHEDULE_TRIANGULAR,
    "plateau": c.CNN_SCHEDULE_PLATEAU,
}
LOSSES = {
    "default": c.CNN_LOSS_DEFAULT, "cross-entropy": c.CNN_LOSS_CROSS_ENTROPY,
    "binary-cross-entropy": c.CNN_LOSS_BINARY_CROSS_ENTROPY, "mse": c.CNN_LOSS_MEAN_SQUARED, "huber": c.CNN_LOSS_HUBER,
}
BEST = {"accuracy": c.CNN_BEST_ACCURACY, "loss": c.CNN_BEST_LOSS}

WORDS: Mapping[str, Mapping[str, int]] = {
    "optimizer": OPTIMIZERS, "schedule": SCHEDULES, "loss": LOSSES, "best": BEST, "precision": PRECISIONS,
}
# What fit takes under other names than the library.
RENAMED = {"batch": "batch_size", "validation": "validation_split", "test": "test_split"}
# Lists of C, which the package does not take.
LISTS = {
    "rate_factors", "rate_factor_count", "decay_factors", "decay_factor_count", "class_weights", "class_weight_count",
    "epoch_lengths", "epoch_length_count",
}
UPDATE = [name for name, *_ in c.cnn_update_options._fields_ if name not in LISTS]
# Set by fit itself.
OTHERS = {
    "update", "validation_data", "teacher", "keep_parameters", "keep_normalisation", "run_directory", "progress", "user", "augment",
    "augmentations", "augmentation_count",
} | LISTS
LARGEST: Mapping[Any, int] = {ctypes.c_int: 2**31 - 1, ctypes.c_int64: 2**63 - 1, ctypes.c_uint64: 2**64 - 1}


def choice(word: Any, words: Mapping[str, int], name: str) -> int:
    """The library's number of a word."""
    found = words.get(word) if isinstance(word, str) else None
    if found is None:
        raise errors.ArgumentError(f"{name} {word!r}: expected one of {', '.join(words)}")
    return found


def number(value: Any, name: str) -> float:
    """A finite number."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise errors.ArgumentError(f"{name} must be a number, not {value!r}") from None
    if not -1e300 < found < 1e300:
        raise errors.ArgumentError(f"{name} must be a finite number, not {found}")
    return found


def fields(struct: type[ctypes.Structure]) -> list[tuple[str, Any]]:
    """Name and type of each member."""
    return [(field[0], field[1]) for field in struct._fields_]


def _value(name: str, kind: Any, value: Any) -> Any:
    if name in WORDS:
        return choice(value, WORDS[name], name)
    if kind is ctypes.c_bool:
        return bool(value)
    if kind is ctypes.c_double:
        return number(value, name)
    return _arrays.integer(value, name, 0, LARGEST[kind])


def update_options(given: Mapping[str, Any]) -> c.cnn_update_options:
    """What decides an update. Of `given` what has another name is left alone."""
    options = c.cnn_update_options()
    for name, kind in fields(c.cnn_update_options):
        if name in given and name not in LISTS:
            setattr(options, name, _value(name, kind, given[name]))
    return options


def augmentations(given: Augment) -> ctypes.Array[c.cnn_augmentation]:
    """Words of cnn_augment.h with their amounts, in any of the forms of Augment but a bool."""
    if isinstance(given, Mapping):
        given = [f"{word}:{number(amount, word):.17g}" for word, amount in given.items()]
    try:
        words = given if isinstance(given, str) else ",".join(given) # type: ignore[arg-type]
    except TypeError:
        raise errors.ArgumentError(
            f'augment {given!r}: expected True or words with amounts, as "flip,crop:4" or {{"flip": 0.5, "crop": 4}}'
        ) from None
    found, count = (c.cnn_augmentation * c.CNN_AUGMENT_KINDS)(), ctypes.c_int()
    call(library.cnn_augmentations_parse, words.encode(), found, ctypes.byref(count))
    return (c.cnn_augmentation * count.value)(*found[:count.value])


def _set_augment(options: c.cnn_train_options, given: Augment) -> None:
    if isinstance(given, bool):
        options.augment = given
        return
    found = augmentations(given)
    options.augmentations, options.augmentation_count = ctypes.addressof(found), len(found)
    options.kept = found # as long as the options live


def train_options(given: Mapping[str, Any]) -> c.cnn_train_options:
    """The options of a training, but for those that fit sets itself."""
    options = c.cnn_train_options(update=update_options(given))
    for name, kind in fields(c.cnn_train_options):
        word = RENAMED.get(name, name)
        if name not in OTHERS and word in given:
            setattr(options, name, _value(word, kind, given[word]))
    _set_augment(options, given.get("augment", False))
    return options
