"""Networks: opened, looked at, trained, run, saved."""

from __future__ import annotations

import ctypes
import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Iterator, Sequence, Union

import numpy as np

from . import _arrays, _batches, _fit, errors
from . import _declarations as c
from ._examined import Examined
from ._library import call, library, path, strings, text
from ._parameters import Parameters
from ._predictor import Predictors, precision_of
from ._summary import Layer, Summary
from .data import Data, shape_of
from .ensemble import Ensemble, Evaluation, taken

if TYPE_CHECKING:
    from ._arrays import AnyArray, Floats
    from ._options import Augment
    from ._progress import AnyCallback
    from .inspection import Inspection
    from .trainer import Trainer

__all__ = ["Net", "Evaluation", "builtin_models"]

Path = Union[str, "os.PathLike[str]"]

OUTPUT_KINDS = ("values", "logits", "probabilities", "log probabilities", "binary", "sigmoids")


def builtin_models() -> list[str]:
    """The names that Net takes without a file.

    >>> import cnn
    >>> "basic" in cnn.builtin_models()
    True
    """
    found: list[str] = []
    names = library.cnn_builtin_models()
    while names[len(found)] is not None:
        found.append(text(names[len(found)]))
    return found


class Net(Examined):
    """A convolutional network.

    `model` is a built-in's name, a text or ONNX or safetensors file, a run folder of a training, or a model in the text
    format itself (docs/text-format.md), which has several lines. `input_shape` says how large the images are where an ONNX file
    leaves that free: all axes of its input in their order, (1, 3, 224, 224); how many images, the first, decides nothing.

    >>> import cnn
    >>> net = cnn.Net('''input 1x8x8
    ... conv 4 3
    ... relu
    ... flatten
    ... dense 2
    ... ''')
    >>> net
    <cnn.Net: 1x8x8 -> 2, 330 parameters>
    """

    _kind = "network"
    _free = "cnn_net_free"

    def __init__(self, model: Path, *, input_shape: Sequence[int] | None = None) -> None:
        pointer = ctypes.c_void_p()
        trained = ctypes.c_bool()
        if isinstance(model, str) and "\n" in model:
            if input_shape is not None:
                raise errors.ArgumentError("input_shape: a text says its input's size itself, in its line \"input\"")
            call(library.cnn_net_parse, ctypes.byref(pointer), path(model), None)
        else:
            size = None if input_shape is None else ctypes.byref(_size(input_shape))
            call(library.cnn_net_open_sized, ctypes.byref(pointer), path(model), size, ctypes.byref(trained))
        super().__init__(pointer.value)
        self._trained = trained.value
        self._predictors = Predictors()
        self._known_shape: tuple[int, int, int] | None = None
        self._known_outputs = 0
        self.history: dict[str, list[float]] = {} #: of the last fit

    @classmethod
    def load(cls, file: Path, *, input_shape: Sequence[int] | None = None) -> Net:
        """Open what save() wrote, or any other model."""
        return cls(file, input_shape=input_shape)

    def save(self, file: Path) -> None:
        """Write the network; the end of the name says how.

        ".txt": in the text format, without parameters. ".safetensors": parameters and text. Anything else: ONNX.
        """
        with self._shared as pointer:
            call(library.cnn_net_save, pointer, path(file))

    def load_weights(self, file: Path) -> None:
        """Take all parameters from a safetensors file, by name."""
        with self._changing() as pointer:
            call(library.cnn_net_load_weights, pointer, path(file))
        self._trained = True

    # ---- Changing ------------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[int]:
        """Alone with the network, whose predictors are out of date afterwards."""
        with self._exclusive as pointer:
            self._predictors.forget()
            self._known_shape = None
            yield pointer

    def close(self) -> None:
        self._predictors.forget()
        super().close()

    def initialise(self, seed: int = 1) -> None:
        """Draw all parameters anew. The same seed gives the same ones on every machine."""
        with self._changing() as pointer:
            if library.cnn_net_initialise(pointer, _arrays.integer(seed, "seed", 0, 2**64 - 1)):
                raise errors.of(library.cnn_net_status(pointer), text(library.cnn_net_error(pointer)))
        self._trained = False

    def freeze(self, pattern: str) -> None:
        """Hold the parameters of all layers whose names match, as a shell matches file names: "conv_*"."""
        with self._changing() as pointer:
            call(library.cnn_net_freeze, pointer, path(pattern))

    def replace_head(self, classes: int, seed: int = 1) -> None:
        """Replace the last layer with parameters by one for so many classes."""
        classes, seed = _arrays.integer(classes, "classes", 1), _arrays.integer(seed, "seed", 0, 2**64 - 1)
        with self._changing() as pointer:
            call(library.cnn_net_replace_head, pointer, classes, seed)

    def adapt(self, shape: Sequence[int] | None = None, classes: int = 0) -> None:
        """Make a network that is not trained fit images of another shape (C,H,W) and other classes.

        >>> import cnn
        >>> net = cnn.Net("basic")
        >>> net.adapt((3, 32, 32), 5)
        >>> net
        <cnn.Net: 3x32x32 -> 5, 1,625,797 parameters>
        """
        options = c.cnn_input_options()
        if shape is not None:
            options.channels, options.height, options.width = shape_of(shape)
        classes = _arrays.integer(classes, "classes", 0)
        with self._changing() as pointer:
            call(library.cnn_net_fit, pointer, ctypes.byref(options), classes)

    # ---- What it is ----------------------------------------------------------------------------------------

    @property
    def trained(self) -> bool:
        """Whether its parameters come from a training; if not, fit draws them anew."""
        return self._trained

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """C,H,W."""
        if self._known_shape is None or self._pointer is None:
            shape = (ctypes.c_int64 * 3)()
            with self._shared as pointer:
                library.cnn_net_input(pointer, shape)
                self._known_outputs = library.cnn_net_outputs(pointer)
                self._known_shape = shape[0], shape[1], shape[2]
        return self._known_shape

    @property
    def outputs(self) -> int:
        """Values that the last layer gives for an image."""
        with self._shared as pointer:
            return int(library.cnn_net_outputs(pointer))

    @property
    def classes(self) -> int:
        """How many classes the outputs tell apart."""
        with self._shared as pointer:
            return int(library.cnn_net_classes(pointer))

    @property
    def output_kind(self) -> str:
        """What the outputs mean: "logits", "probabilities", "log probabilities", "binary", "sigmoids" or "values"."""
        with self._shared as pointer:
            return OUTPUT_KINDS[library.cnn_net_output_kind(pointer)]

    @property
    def class_names(self) -> list[str] | None:
        """In the order of the outputs; None: it was given none. Can be assigned."""
        with self._shared as pointer:
            names = [library.cnn_net_class(pointer, i) for i in range(library.cnn_net_classes(pointer))]
        return None if None in names else [text(name) for name in names]

    @class_names.setter
    def class_names(self, names: Sequence[str]) -> None:
        words = strings(list(names))
        with self._exclusive as pointer:
            call(library.cnn_net_set_classes, pointer, words, len(words))

    @property
    def normalisation(self) -> tuple[Floats, Floats]:
        """(mean, deviation) of each channel: pixel x enters the first layer as (x - mean) / deviation."""
        channels = self.input_shape[0]
        mean, deviation = np.empty(channels, np.float32), np.empty(channels, np.float32)
        with self._shared as pointer:
            library.cnn_net_normalisation(pointer, _arrays.address(mean), _arrays.address(deviation))
        return mean, deviation

    @normalisation.setter
    def normalisation(self, values: tuple[Any, Any]) -> None:
        shape = (self.input_shape[0],)
        mean, deviation = _arrays.floats(values[0], "mean", shape), _arrays.floats(values[1], "deviation", shape)
        with self._changing() as pointer:
            call(library.cnn_net_set_normalisation, pointer, _arrays.address(mean), _arrays.address(deviation))

    @property
    def parameters(self) -> Parameters:
        """The parameter tensors by name, read and assigned: net.parameters["conv_1.weight"]."""
        return Parameters(self)

    @property
    def layers(self) -> list[Layer]:
        """The layers in order.

        >>> import cnn
        >>> [layer.name for layer in cnn.Net("basic").layers][:3]
        ['conv_1', 'relu_1', 'conv_2']
        """
        found: list[Layer] = []
        info = c.cnn_layer_info()
        with self._shared as pointer:
            for number in range(1, library.cnn_net_layers(pointer) + 1):
                call(library.cnn_net_layer, pointer, number, ctypes.byref(info))
                found.append(_layer(info, found))
        return found

    @property
    def text(self) -> str:
        """The network in the text format, without parameters."""
        with self._shared as pointer:
            memory = library.cnn_net_text(pointer)
        if memory is None:
            raise errors.OutOfMemoryError("out of memory: the network's text")
        try:
            return ctypes.string_at(memory).decode("utf-8")
        finally:
            library.cnn_free(memory)

    @property
    def notes(self) -> list[str]:
        """What its file said that a network cannot hold, and what became of it."""
        with self._shared as pointer:
            return [text(library.cnn_net_note(pointer, i)) for i in range(library.cnn_net_notes(pointer))]

    def summary(self) -> Summary:
        """Layers, shapes, parameters and multiplications; print it, or let a notebook show it.

        >>> import cnn
        >>> print(cnn.Net("basic").summary())  # doctest: +ELLIPSIS
        1x28x28 -> 10, 1,199,882 parameters
        layer       what ...
        """
        return Summary(self._title(), self.input_shape, self.layers, self._parameter_count())

    def _parameter_count(self) -> int:
        with self._shared as pointer:
            return int(library.cnn_net_parameters(pointer))

    def _title(self) -> str:
        return f"{'x'.join(map(str, self.input_shape))} -> {self.outputs}, {self._parameter_count():,} parameters"

    def __repr__(self) -> str:
        return "<cnn.Net, closed>" if self.closed else f"<cnn.Net: {self._title()}>"

    # ---- Running -------------------------------------------------------------------------------------------

    def _pixels(self, x: Any, layout: str = "auto") -> Floats:
        """Arrays, data or picture files as the network takes them."""
        if type(x) is np.ndarray: # at once: one image takes microseconds
            return _arrays.pixels(x, self.input_shape, layout)
        if isinstance(x, Data):
            return _arrays.pixels(x.images(), self.input_shape)
        if isinstance(x, (str, os.PathLike)):
            return self.read_image(x)[None]
        if isinstance(x, (list, tuple)) and x and all(isinstance(one, (str, os.PathLike)) for one in x):
            return np.stack([self.read_image(one) for one in x])
        return _arrays.pixels(x, self.input_shape, layout)

    def read_image(self, file: Path) -> Floats:
        """A picture file as the network takes it, float32 C,H,W in 0..1: in its size, cut or centred as it wants."""
        image = np.empty(self.input_shape, np.float32)
        with self._shared as pointer:
            options = library.cnn_net_image_options(pointer)
        call(library.cnn_image_read, path(file), ctypes.byref(options), _arrays.address(image))
        return image

    def predict(
        self, x: Any, *, batch_size: int = 32, threads: int = 0, layout: str = "auto", precision: str = "float32"
    ) -> Floats:
        """The outputs for images, N rows of net.outputs values.

        `x`: an array, N,C,H,W or N,H,W[,C], or a single image; uint8 (0..255) or float (0..1); or Data, a picture file, a
        list of them. `precision`: "float32", or "bf16" (bfloat16, docs/precision.md).

        >>> import cnn, numpy
        >>> net = cnn.Net("basic")
        >>> net.initialise(seed=1)
        >>> net.predict(numpy.zeros((3, 28, 28), numpy.uint8)).shape
        (3, 10)
        """
        images = self._pixels(x, layout)
        batch_size = _arrays.integer(batch_size, "batch_size", 1)
        threads = _arrays.integer(threads, "threads", 0, c.CNN_MAX_THREADS)
        with self._shared as pointer:
            return self._predictors.run(
                pointer, images, self._known_outputs, batch_size, threads, precision_of(precision)
            )

    def predict_proba(
        self, x: Any, *, batch_size: int = 32, threads: int = 0, layout: str = "auto", tta: str | None = None,
        precision: str = "float32"
    ) -> Floats:
        """The probability of each class for images, N rows of net.classes values.

        `tta`: averaged over views of each image, such as "mirror,shift:1" (Ensemble). `precision` as in predict.

        >>> import cnn, numpy
        >>> net = cnn.Net("basic")
        >>> net.initialise(seed=1)
        >>> float(net.predict_proba(numpy.zeros((28, 28))).sum().round(4))
        1.0
        """
        if tta is not None:
            with Ensemble([self], tta=tta, batch_size=batch_size, threads=threads, precision=precision) as ensemble:
                return ensemble.predict_proba(x, layout=layout)
        outputs = self.predict(x, batch_size=batch_size, threads=threads, layout=layout, precision=precision)
        probabilities = np.empty((len(outputs), self.classes), np.float32)
        with self._shared as pointer:
            call(
                library.cnn_net_probabilities, pointer, _arrays.address(outputs), len(outputs),
                _arrays.address(probabilities),
            )
        return probabilities

    def evaluate(
        self, x: Any, y: Any = None, *, threads: int = 0, layout: str = "auto", tta: str | None = None,
        precision: str = "float32"
    ) -> Evaluation:
        """Loss, accuracy and confusion matrix on images with labels: arrays x and y, Data, or a path (its test images).

        `tta`: by probabilities that are averaged over views of each image, such as "mirror,shift:1" (Ensemble). `precision` as
        in predict.

        >>> import cnn, numpy
        >>> net = cnn.Net("basic")
        >>> net.initialise(seed=1)
        >>> net.evaluate(numpy.zeros((4, 28, 28)), [0, 1, 2, 3]).images
        4
        """
        if tta is not None or precision != "float32":
            with Ensemble([self], tta=tta, threads=threads, precision=precision) as ensemble:
                return ensemble.evaluate(x, y, layout=layout)
        threads = _arrays.integer(threads, "threads", 0, c.CNN_MAX_THREADS)
        data = _fit.as_data(self, x, y, split="test", layout=layout)
        found = c.cnn_evaluation()
        with self._shared as pointer, data._shared as images:
            call(library.cnn_evaluate, pointer, images, threads, ctypes.byref(found))
        return taken(found, self.classes)

    # ---- Training ------------------------------------------------------------------------------------------

    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        epochs: int = 10,
        batch_size: int = 128,
        validation_data: Any = None,
        validation_split: float = 0.0,
        test_split: float = 0.0,
        callbacks: Sequence[AnyCallback] = (),
        verbose: bool | None = None,
        layout: str = "auto",
        class_names: Sequence[str] | None = None,
        limit: int = 0,
        fresh: bool = False,
        optimizer: str = "default",
        learning_rate: float = 0.0,
        momentum: float = 0.0,
        nesterov: bool = False,
        beta1: float = 0.0,
        beta2: float = 0.0,
        epsilon: float = 0.0,
        weight_decay: float = 0.0,
        clip_norm: float = 0.0,
        label_smoothing: float = 0.0,
        loss: str = "default",
        focal: float = 0.0,
        balance_classes: bool = False,
        schedule: str = "onecycle",
        warmup_epochs: float = 0.0,
        step_epochs: int = 0,
        step_factor: float = 0.0,
        power: float = 0.0,
        ema: float = 0.0,
        lookahead: int = 0,
        swa_from: int = 0,
        accumulate: int = 0,
        freeze_epochs: int = 0,
        unfreeze_gradually: bool = False,
        layer_decay: float = 0.0,
        precision: str = "float32",
        teacher: Net | None = None,
        teacher_weight: float = 0.0,
        temperature: float = 0.0,
        seconds: float = 0.0,
        best: str = "accuracy",
        patience: int = 0,
        seed: int = 1,
        threads: int = 0,
        augment: Augment = False,
        run_directory: Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        steps_per_epoch: int | None = None,
    ) -> dict[str, list[float]]:
        """Train the network, and return its history: a list of figures for each of "loss", "accuracy", "val_loss", ...

        `x`, `y`: images (N,C,H,W or N,H,W[,C]; uint8 0..255 or float 0..1) and labels (numbers from 0, or words); or x
        alone: Data, a path (a known name, a folder), or batches: anything that gives pairs (x, y) each time it is
        iterated over, or forever with `steps_per_epoch`.

        A network that is not trained is adapted to the images and classes, and its parameters are drawn from `seed`; a
        trained one goes on from its parameters unless `fresh`. With images to validate with (`validation_data`: (x, y),
        Data or a path; `validation_split`: a fraction of the images) it ends with the weights of the best epoch.

        Options that are 0 stand for the documented default (cnn_train.h, cnn_train_options). `callbacks`: functions that get a
        Progress after each epoch, or Callback objects; False stops. `run_directory` gets model and checkpoint after each
        epoch, from which `resume` goes on. `augment`: True shifts each image by up to 2 pixels; "flip,crop:4" or
        {"flip": 0.5, "crop": 4} does what cnn_augment.h lists (`cnn train --help`), new in every epoch. `teacher`: a trained
        network whose answers count, too. `seconds`: choose the epochs so that training takes this long. `precision`: "bf16" trains in
        bfloat16 (docs/precision.md). Ctrl-C finishes the batch, saves, and then raises KeyboardInterrupt.

        >>> import cnn, numpy
        >>> x = numpy.random.default_rng(1).integers(0, 256, (64, 28, 28), numpy.uint8)
        >>> y = (x[:, :14].mean((1, 2)) > x[:, 14:].mean((1, 2))).astype(int)
        >>> net = cnn.Net("basic")
        >>> history = net.fit(x, y, epochs=2, batch_size=16, class_names=["below", "above"])
        >>> len(history["loss"]), net.class_names
        (2, ['below', 'above'])
        """
        given = dict(locals())
        if _batches.are_batches(x, y):
            return _batches.fit(self, given)
        options = {name: given.pop(name) for name in list(given) if name not in _fit.ARGUMENTS}
        return _fit.fit(options.pop("self"), options=options, **given)

    def inspect(self, x: Any, *, threads: int = 0, layout: str = "auto", gradients: bool = True) -> Inspection:
        """Run images and keep every value: feature maps, gradients, accounts (docs/inspect.md).

        >>> import cnn, numpy
        >>> net = cnn.Net("basic")
        >>> net.initialise(seed=1)
        >>> net.inspect(numpy.ones((28, 28), numpy.float32)).output("conv_1").shape
        (1, 32, 26, 26)
        """
        from .inspection import Inspection

        return Inspection(self, self._pixels(x, layout), threads=threads, gradients=gradients)

    def trainer(self, **options: Any) -> Trainer:
        """A Trainer of this network, for a loop of one's own."""
        from .trainer import Trainer

        return Trainer(self, **options)

    # ---- Copies --------------------------------------------------------------------------------------------

    def copy(self) -> Net:
        """Another network with the same layers, parameters and names."""
        return _restored(*self.__reduce__()[1])

    def __reduce__(self) -> tuple[Callable[..., Net], tuple[bytes, bool, dict[str, list[float]]]]:
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "net.safetensors")
            self.save(file)
            with open(file, "rb") as opened:
                return _restored, (opened.read(), self._trained, dict(self.history))


def _size(input_shape: Sequence[int]) -> c.cnn_input_size:
    """How large the images of a file are that leaves that free."""
    most = len(c.cnn_input_size().shape)
    try:
        sizes = [_arrays.integer(size, "input_shape", 1, 2**63 - 1) for size in input_shape]
    except TypeError:
        raise errors.ArgumentError(f"input_shape must be sizes, like (1, 3, 224, 224), not {input_shape!r}") from None
    if not 1 <= len(sizes) <= most:
        raise errors.ArgumentError(f"input_shape must have 1 to {most} sizes, not {len(sizes)}")
    return c.cnn_input_size(shape=tuple(sizes), axes=len(sizes))


def _restored(saved: bytes, trained: bool, history: dict[str, list[float]]) -> Net:
    """What __reduce__ took apart."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "net.safetensors")
        with open(file, "wb") as opened:
            opened.write(saved)
        net = Net(file)
    net._trained, net.history = trained, history
    return net


def _layer(info: c.cnn_layer_info, before: list[Layer]) -> Layer:
    numbers = (ctypes.c_int * info.inputs).from_address(info.input or 0)
    inputs = tuple("input" if one == c.CNN_NETWORK_INPUT else before[one - 1].name for one in numbers)
    return Layer(
        text(info.name), text(info.kind), text(info.text), inputs, tuple(info.output[:info.rank]), info.parameters,
        info.statistics, info.macs, info.frozen,
    )
