"""What is said of convolutional networks, measured on one of them (docs/lab.md)."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

import numpy as np

from . import _adapt, _arrays, _fit, _interrupt, _options, errors
from . import _declarations as c
from ._library import library, path, text

if TYPE_CHECKING:
    import os

    from ._arrays import AnyArray
    from .data import Data
    from .net import Net

__all__ = ["Lab", "LabLayer", "LabNetwork", "LabPatch", "lab"]

ROLES = "model", "cnn", "dense", "cnn_shuffled", "dense_shuffled"
# Options of a training that the lab sets itself, or that say where a training is kept.
NOT_FOR_LAB = {"seed", "threads", "resume", "overwrite"}


class LabNetwork(NamedTuple):
    """One of the networks that are compared."""

    trained_here: bool #: False: with the parameters that it came with
    parameters: int
    correct: int #: of the test images
    accuracy: float #: 0..1
    shifted: AnyArray #: 13 x 13: correct when shifted by [6 + rows down, 6 + columns right]; 0 for the shuffled ones


class LabPatch(NamedTuple):
    """A place in a test image that excites a channel."""

    image: int
    value: float
    place: tuple[int, int] #: row and column in the layer's map
    rows: tuple[int, int] #: of the image: from, to (not included)
    columns: tuple[int, int]


class LabLayer(NamedTuple):
    """What was measured of a layer. Numbers of what a layer has not are 0."""

    name: str
    kind: str
    output: tuple[int, ...] #: C,H,W, or a length
    parameters: int
    unshared_parameters: int #: with a weight of its own for each connection
    dense_parameters: int #: of a dense layer with the same inputs and outputs
    connections: int
    value_connections: int #: of the output that has most
    possible: int #: inputs x outputs
    field: tuple[int, int, int, int] #: rows from, to, columns from, to: what the value in the middle depends on
    change: AnyArray #: 6: how far maps change when the image is shifted by 1 to 6 pixels; 0: invariant
    equivariance_error: AnyArray #: 6: the same after the maps are moved back; NaN: nothing is left to compare
    patches: list[list[LabPatch]] #: of convolutions: for each channel the places that excite it most


class Lab(NamedTuple):
    """The results of all experiments."""

    networks: dict[str, LabNetwork] #: "cnn", "dense", "cnn_shuffled", "dense_shuffled"; "model": as it came
    layers: list[LabLayer]
    epochs: int
    training_images: int
    test_images: int
    shifted_images: int #: test images that were shifted for `shifted`
    held_out: bool #: the test images were drawn from the training images

    def __str__(self) -> str:
        rows = [f"{name:15}{network.parameters:>12,}{100 * network.accuracy:>10.2f} %"
                for name, network in self.networks.items()]
        return "\n".join([f"{'network':15}{'parameters':>12}{'accuracy':>12}", *rows])


def lab(
    net: Net,
    training: Data,
    *,
    validation: Data | None = None,
    test: Data | None = None,
    run_directory: str | os.PathLike[str] | None = None,
    quick: bool = False,
    seed: int = 1,
    threads: int = 0,
    progress: Callable[[str, float], Any] | None = None,
    **options: Any,
) -> Lab:
    """Compare a classifier with a dense network of as many parameters that is trained likewise, and look at its layers.

    A network that is not trained stays as it is; a copy that fits images and classes is trained.
    `options`: of the trainings, as for Net.fit; those of the run are taken where there is a `run_directory`. `quick`: 10,000
    images for 3 epochs. `progress` is called with what is done and the share of it that is done; False stops.

    >>> import cnn, numpy
    >>> x = numpy.random.default_rng(1).random((60, 8, 8))
    >>> net = cnn.Net("input 1x8x8\\nconv 4 3\\nrelu\\nflatten\\ndense 2")
    >>> found = cnn.lab(net, cnn.Data.from_arrays(x, [0, 1] * 30), epochs=1, threads=1)
    >>> found.layers[0].name, found.layers[0].parameters, found.layers[0].value_connections
    ('conv_1', 40, 9)
    """
    train = _train_options(options)
    watch = _Watch(progress)
    found, error = c.cnn_lab(), c.cnn_error()
    wanted = c.cnn_lab_options(
        trained=net.trained, quick=bool(quick), seed=_arrays.integer(seed, "seed", 0, 2**64 - 1),
        threads=_arrays.integer(threads, "threads", 0, c.CNN_MAX_THREADS), train=ctypes.pointer(train), progress=watch.function,
        run_directory=None if run_directory is None else path(run_directory),
    )
    objects: dict[str, Any] = {"net": net if net.trained else _adapted(net, training), "training": training, "validation": validation, "test": test}
    given = {name: one for name, one in objects.items() if one is not None}
    with _fit._all_shared(list(given.values())) as pointers, watch:
        for name, pointer in zip(given, pointers):
            setattr(wanted, name, pointer)
        try:
            status = library.cnn_lab_run(ctypes.byref(found), ctypes.byref(wanted), ctypes.byref(error))
            if watch.raised is not None:
                raise watch.raised
            if status:
                raise errors.of(status, error.message.decode("utf-8", "replace"))
            return _results(found)
        finally:
            library.cnn_lab_free(ctypes.byref(found))


def _adapted(net: Net, training: Data) -> Net:
    """A copy for these images and classes, as fit makes one of a network that is not trained."""
    copy = net.copy()
    _adapt.to_images(copy, training, "auto")
    _adapt.to_classes(copy, training)
    return copy


def _train_options(given: dict[str, Any]) -> c.cnn_train_options:
    trained = {word for word, _ in _options.fields(c.cnn_train_options)} - _options.OTHERS - NOT_FOR_LAB
    known = {_options.RENAMED.get(word, word) for word in trained} | set(_options.UPDATE) | {"augment"}
    for word in given:
        if word not in known:
            raise errors.ArgumentError(f"lab has no option {word!r}; of a training it takes {', '.join(sorted(known))}")
    return _options.train_options(given)


class _Watch(_interrupt.Interruptible):
    """The progress function that cnn_lab_run calls."""

    def __init__(self, tell: Callable[[str, float], Any] | None) -> None:
        super().__init__()
        self._tell = tell
        self.function = dict(_options.fields(c.cnn_lab_options))["progress"](self._progress)

    def _progress(self, _: Any, pointer: Any) -> bool:
        try:
            go_on = True
            if self._tell is not None:
                go_on = self._tell(text(pointer.contents.doing), pointer.contents.share) is not False
            return go_on and self.raised is None
        except BaseException as error: # none must pass through the C code
            self.raised = error
            return False


# ---- Results -----------------------------------------------------------------------------------------------


def _results(found: c.cnn_lab) -> Lab:
    networks = {role: _network(network) for role, network in zip(ROLES, found.networks) if network.there}
    return Lab(
        networks, [_layer(found.layers[i]) for i in range(found.layer_count)], found.train.epochs, found.training_images,
        found.test_images, found.shifted_images, found.test_part != c.CNN_SPLIT_TEST,
    )


def _network(found: c.cnn_lab_network) -> LabNetwork:
    shifted = np.array([list(row) for row in found.shifted], np.int64)
    return LabNetwork(found.trained_here, found.parameters, found.correct, found.accuracy, shifted)


def _layer(found: c.cnn_lab_layer) -> LabLayer:
    field = found.field
    return LabLayer(
        _word(found.name), _word(found.kind), tuple(found.output[:found.rank]), found.parameters, found.unshared_parameters,
        found.dense_parameters, found.connections, found.value_connections, found.possible,
        (field.first_row, field.end_row, field.first_column, field.end_column),
        np.array(found.change[:]), np.array(found.equivariance_error[:]), _patches(found),
    )


def _word(address: int | None) -> str:
    return ctypes.string_at(address or 0).decode("utf-8", "replace")


def _patches(found: c.cnn_lab_layer) -> list[list[LabPatch]]:
    if not found.patches:
        return []
    most = c.CNN_LAB_PATCHES
    channels = [found.patches[i * most:(i + 1) * most] for i in range(found.channels)]
    return [[_patch(one) for one in channel if one.image >= 0] for channel in channels]


def _patch(found: c.cnn_lab_patch) -> LabPatch:
    return LabPatch(
        found.image, found.value, (found.row, found.column), (found.first_row, found.end_row),
        (found.first_column, found.end_column),
    )
