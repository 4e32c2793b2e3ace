"""Images with a label each: data sets of files, or of arrays."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple, Optional, Sequence, Union

import numpy as np

from . import _arrays, _options, errors
from . import _declarations as c
from ._handle import Handle
from ._library import call, library, path, strings, text

if TYPE_CHECKING:
    from ._arrays import AnyArray, Floats, Labels
    from ._options import Augment

__all__ = ["Data", "Picture", "read_image"]

SPLITS = {
    "train": c.CNN_SPLIT_TRAIN, "test": c.CNN_SPLIT_TEST, "validation": c.CNN_SPLIT_VALIDATION, "all": c.CNN_SPLIT_ALL,
}


class Picture(NamedTuple):
    """What an image was before it became one of the data's shape."""

    format: str
    channels: int
    height: int
    width: int


def split_of(word: str) -> int:
    """The library's number of a split."""
    if word not in SPLITS:
        raise errors.ArgumentError(f"split {word!r}: expected one of {', '.join(SPLITS)}")
    return SPLITS[word]


class Data(Handle):
    """A set of images with a label each, held in memory by the library.

    `source` is a known name ("mnist", "fashion-mnist"), a folder of IDX files, or one with a folder of pictures for each
    class. `shape` (C,H,W) is what the pictures become, `limit` takes only the first ones.

    >>> import cnn, numpy
    >>> data = cnn.Data.from_arrays(numpy.zeros((4, 28, 28), numpy.uint8), ["cat", "dog", "dog", "cat"])
    >>> len(data), data.shape, data.class_names
    (4, (1, 28, 28), ['cat', 'dog'])
    """

    _kind = "data set"
    _free = "cnn_data_free"

    def __init__(
        self,
        source: Union[str, os.PathLike[str]],
        *,
        split: str = "train",
        shape: Optional[Sequence[int]] = None,
        limit: int = 0,
        skip_bad: bool = False,
    ) -> None:
        image = c.cnn_image_options()
        if shape is not None:
            image.channels, image.height, image.width = shape_of(shape)
        self._open(source, split, image, limit, skip_bad)

    def _open(
        self, source: Union[str, os.PathLike[str]], split: str, image: c.cnn_image_options, limit: int, skip_bad: bool
    ) -> None:
        options = c.cnn_data_options(
            split=split_of(split), image=image, limit=_arrays.integer(limit, "limit", 0, 2**62), skip_bad=bool(skip_bad)
        )
        pointer = ctypes.c_void_p()
        call(library.cnn_data_open, ctypes.byref(pointer), path(source), ctypes.byref(options))
        super().__init__(pointer.value)

    @classmethod
    def _prepared(
        cls, source: Union[str, os.PathLike[str]], split: str, image: c.cnn_image_options, limit: int = 0, skip_bad: bool = False
    ) -> Data:
        """Opened with all that a network says of its pictures."""
        data = cls.__new__(cls)
        data._open(source, split, image, limit, skip_bad)
        return data

    @classmethod
    def from_arrays(
        cls,
        x: Any,
        y: Any,
        *,
        class_names: Optional[Sequence[str]] = None,
        classes: int = 0,
        layout: str = "auto",
        shape: Optional[Sequence[int]] = None,
    ) -> Data:
        """Images x (N,C,H,W, N,H,W,C or N,H,W; uint8 or float) with labels y: numbers from 0, or words.

        y of floats, N rows, are targets instead: what the network is to give. Everything is copied.
        """
        pixels = _arrays.images(x, None if shape is None else shape_of(shape), layout)
        count, channels, height, width = pixels.shape
        arrays = c.cnn_data_arrays(count=count, channels=channels, height=height, width=width)
        setattr(arrays, "bytes" if pixels.dtype == np.uint8 else "floats", _arrays.address(pixels))
        keep = _set_labels(arrays, y, count, None if class_names is None else list(class_names), classes)
        pointer = ctypes.c_void_p()
        call(library.cnn_data_from_arrays, ctypes.byref(pointer), ctypes.byref(arrays))
        del keep
        data = cls.__new__(cls)
        Handle.__init__(data, pointer.value)
        return data

    def __len__(self) -> int:
        with self._shared as pointer:
            return int(library.cnn_data_count(pointer))

    @property
    def shape(self) -> tuple[int, int, int]:
        """C,H,W of each image."""
        shape = (ctypes.c_int64 * 3)()
        with self._shared as pointer:
            library.cnn_data_shape(pointer, shape)
        return shape[0], shape[1], shape[2]

    @property
    def class_names(self) -> list[str]:
        """In the order of the labels; "0", "1", ... where there are none."""
        with self._shared as pointer:
            count = library.cnn_data_classes(pointer)
            return [text(library.cnn_data_class(pointer, label)) for label in range(count)]

    @property
    def labels(self) -> Labels:
        """The label of each image, N."""
        with self._shared as pointer:
            label = library.cnn_data_label
            return np.array([label(pointer, i) for i in range(library.cnn_data_count(pointer))], np.int32)

    def images(self, first: int = 0, count: Optional[int] = None) -> Floats:
        """A copy of images [first, first + count) as float32 N,C,H,W in 0..1; all from `first` on for None.

        >>> import cnn, numpy
        >>> cnn.Data.from_arrays(numpy.full((2, 1, 2, 2), 255, numpy.uint8), [0, 1]).images(1).tolist()
        [[[[1.0, 1.0], [1.0, 1.0]]]]
        """
        total = len(self)
        first = _arrays.integer(first, "first", 0, total)
        count = total - first if count is None else _arrays.integer(count, "count", 0, total - first)
        images = np.empty((count, *self.shape), np.float32)
        with self._shared as pointer:
            call(library.cnn_data_images, pointer, first, count, _arrays.address(images))
        return images

    def augmented(self, index: int, augment: Augment, *, seed: int = 1, epoch: int = 1) -> Floats:
        """What a training with this `augment` (as for Net.fit, not a bool) and seed sees of an image in an epoch: C,H,W.

        >>> import cnn, numpy
        >>> data = cnn.Data.from_arrays(numpy.arange(4, dtype=numpy.uint8).reshape(1, 2, 2) * 85, [0])
        >>> (data.augmented(0, "flip:1") * 3).round().tolist()
        [[[1.0, 0.0], [3.0, 2.0]]]
        """
        index = _arrays.integer(index, "index", 0, len(self) - 1)
        seed, epoch = _arrays.integer(seed, "seed", 0, 2**64 - 1), _arrays.integer(epoch, "epoch", 1)
        wanted = _options.augmentations(augment)
        image = np.empty(self.shape, np.float32)
        with self._shared as pointer:
            call(library.cnn_data_augmented, pointer, index, wanted, len(wanted), seed, epoch, _arrays.address(image))
        return image

    def batches(self, size: int = 128) -> Iterator[tuple[Floats, Labels]]:
        """Images and labels, `size` at a time, in order."""
        size = _arrays.integer(size, "size", 1)
        labels = self.labels
        for first in range(0, len(labels), size):
            count = min(size, len(labels) - first)
            yield self.images(first, count), labels[first:first + count]

    def picture(self, index: int) -> Picture:
        """What image `index` was before it became one of this data set."""
        index = _arrays.integer(index, "index", 0, len(self) - 1)
        with self._shared as pointer:
            found = library.cnn_data_picture(pointer, index)
        return Picture(text(found.format), found.channels, found.height, found.width)

    @property
    def notes(self) -> list[str]:
        """What a person should know about how the data were read: files left out, folders that look like splits."""
        with self._shared as pointer:
            return [text(library.cnn_data_note(pointer, i)) for i in range(library.cnn_data_notes(pointer))]

    @property
    def skipped(self) -> dict[str, str]:
        """The pictures that skip_bad left out, and why."""
        with self._shared as pointer:
            return {
                text(library.cnn_data_skipped_name(pointer, i)): text(library.cnn_data_skipped_reason(pointer, i))
                for i in range(library.cnn_data_skipped(pointer))
            }

    def __repr__(self) -> str:
        if self.closed:
            return "<cnn.Data, closed>"
        channels, height, width = self.shape
        return f"<cnn.Data: {len(self)} images of {channels}x{height}x{width}, {len(self.class_names)} classes>"


def shape_of(shape: Sequence[int]) -> tuple[int, int, int]:
    """C,H,W out of any three whole numbers."""
    if len(shape) != 3:
        raise errors.ArgumentError(f"a shape of images is three numbers, channels, height and width, not {tuple(shape)}")
    channels, height, width = (_arrays.integer(size, "a size of the shape", 1) for size in shape)
    return channels, height, width


def _set_labels(arrays: c.cnn_data_arrays, y: Any, count: int, names: Optional[list[str]], classes: int) -> list[object]:
    """Set labels or targets of `arrays`; returns what must live until they are copied."""
    array = _arrays.as_array(y, "y")
    if array.dtype.kind == "f":
        return [_set_targets(arrays, array, count)]
    labels, names = _arrays.labels_of(array, count, names)
    arrays.labels = _arrays.address(labels)
    arrays.classes = len(names) if names else max(int(labels.max()) + 1, _arrays.integer(classes, "classes", 0))
    if not names:
        return [labels]
    words = strings(names)
    arrays.class_names = ctypes.cast(words, ctypes.POINTER(ctypes.c_char_p))
    return [labels, words]


def _set_targets(arrays: c.cnn_data_arrays, array: AnyArray, count: int) -> Floats:
    if array.shape[:1] != (count,):
        raise errors.ShapeError(f"y has the shape {array.shape}, expected {count} rows of targets")
    targets = np.ascontiguousarray(array.reshape(count, -1), np.float32)
    arrays.targets = _arrays.address(targets)
    arrays.targets_per_image = targets.shape[1]
    return targets


def read_image(file: Union[str, os.PathLike[str], bytes], shape: Sequence[int]) -> Floats:
    """A picture file, or the bytes of one, as float32 C,H,W in 0..1.

    >>> import cnn
    >>> cnn.read_image(b"P5 2 1 255 " + bytes([0, 255]), (1, 1, 2)).tolist()
    [[[0.0, 1.0]]]
    """
    options = c.cnn_image_options()
    options.channels, options.height, options.width = shape_of(shape)
    image = np.empty((options.channels, options.height, options.width), np.float32)
    if isinstance(file, bytes):
        call(library.cnn_image_decode, file, len(file), None, ctypes.byref(options), _arrays.address(image))
    else:
        call(library.cnn_image_read, path(file), ctypes.byref(options), _arrays.address(image))
    return image
