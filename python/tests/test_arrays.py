"""What may be handed in as images and labels."""

import array

import numpy as np
import pytest

import cnn
from cnn import _arrays


class OnlyDlpack:
    """An array of another library, as far as DLPack goes."""

    def __init__(self, values):
        self._values = values

    def __dlpack__(self, **options):
        return self._values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._values.__dlpack_device__()


class OnlyArray:
    def __init__(self, values):
        self._values = values

    def __array__(self, dtype=None, copy=None):
        return self._values


def same_memory(a, b):
    return np.shares_memory(a, b)


COLOUR = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5) # N,C,H,W


def test_layouts_give_the_same_images():
    last = COLOUR.transpose(0, 2, 3, 1)
    for given, layout in (COLOUR, "auto"), (COLOUR, "NCHW"), (last, "auto"), (last, "NHWC"), (last.copy(), "auto"):
        assert (_arrays.images(given, (3, 4, 5), layout) == COLOUR).all()
        assert (_arrays.images(given, None, layout) == COLOUR).all()


def test_grey_images_may_lack_channels():
    grey = COLOUR[:, 0]
    for given in grey, grey[:, None], grey[..., None]:
        assert (_arrays.images(given, (1, 4, 5)) == grey[:, None]).all()
    assert _arrays.images(grey[0], (1, 4, 5)).shape == (1, 1, 4, 5)


def test_one_image_in_colour():
    assert (_arrays.images(COLOUR[1], (3, 4, 5)) == COLOUR[1:]).all()


def test_bytes_are_pixels_of_0_to_255():
    assert _arrays.pixels(np.array([[0, 51, 255]], np.uint8), (1, 1, 3)).tolist() == [[[[0, np.float32(0.2), 1]]]]


def test_numbers_of_any_float_type_stay():
    for kind in np.float16, np.float32, np.float64, np.dtype(">f4"):
        assert _arrays.pixels(np.array([[0.5, 2]], kind), (1, 1, 2)).tolist() == [[[[0.5, 2]]]]


@pytest.mark.parametrize("wrap", [OnlyDlpack, OnlyArray, memoryview, lambda values: values])
def test_contiguous_images_are_not_copied(wrap):
    values = np.zeros((3, 1, 4, 5), np.float32)
    assert same_memory(_arrays.pixels(wrap(values), (1, 4, 5)), values)


def test_views_become_contiguous():
    values = np.arange(2 * 8 * 10, dtype=np.float32).reshape(2, 8, 10)
    found = _arrays.pixels(values[:, ::-2, ::2], (1, 4, 5))
    assert found.flags.c_contiguous and (found[:, 0] == values[:, ::-2, ::2]).all()


def test_read_only_images_are_read(net):
    values = np.zeros((2, 8, 8), np.float32)
    values.flags.writeable = False
    assert net.predict(values).shape == (2, 2)


def test_labels_of_any_kind():
    for given in [0, 2, 1], np.array([0, 2, 1], np.uint8), np.array([[0], [2], [1]]), array.array("i", [0, 2, 1]):
        labels, names = _arrays.labels_of(given, 3, None)
        assert labels.tolist() == [0, 2, 1] and names is None and labels.dtype == np.int32
    labels, names = _arrays.labels_of(["dog", "cat", "dog"], 3, None)
    assert (labels.tolist(), names) == ([1, 0, 1], ["cat", "dog"])
    assert _arrays.labels_of(["dog", "cat", "dog"], 3, ["dog", "cat"])[0].tolist() == [0, 1, 0]


def test_data_keeps_nothing_of_the_arrays():
    images = np.full((2, 2, 2), 255, np.uint8)
    data = cnn.Data.from_arrays(images, [0, 1])
    images[:] = 0
    assert data.images().min() == 1


def test_data_tells_what_it_is(data):
    images, labels = data
    found = cnn.Data.from_arrays(images, labels, class_names=["up", "down"])
    assert (len(found), found.shape, found.class_names) == (120, (1, 8, 8), ["up", "down"])
    assert (found.labels == labels).all()
    assert (found.images(3, 2) == np.float32(images[3:5, None]) / np.float32(255)).all()
    assert [len(y) for _, y in found.batches(50)] == [50, 50, 20]
    assert repr(found) == "<cnn.Data: 120 images of 1x8x8, 2 classes>"
