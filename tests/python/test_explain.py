"""What `cnn explain` and the inspector say of LeNet-5, checked by a forward pass in NumPy and double precision that shares
nothing with the library: figures of layers, receptive fields, effective fields, top patches."""

import ctypes
import json
import unittest

import numpy
from safetensors.numpy import load_file

from library import pointer
from support import TestInFolder, cnn, test_images
from test_inspect import Inspector

IMAGES, MOST = 12, 3
LAYER, AT = "conv_2", (3, 4, 5)  # 16 x 10 x 10
INDEX = (AT[0] * 10 + AT[1]) * 10 + AT[2]


class Patch(ctypes.Structure):
    _fields_ = [("image", ctypes.c_int64), ("index", ctypes.c_int64), ("value", ctypes.c_float)]


def convolve(x, weight, bias):
    windows = numpy.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(1, 2))
    return numpy.einsum("cyxij,fcij->fyx", windows, weight) + bias[:, None, None]


def windows_of(x):
    """The 2x2 windows of maps: C,H/2,W/2,4."""
    channels, height, width = x.shape
    return x.reshape(channels, height // 2, 2, width // 2, 2).transpose(0, 1, 3, 2, 4).reshape(
        channels, height // 2, width // 2, 4)


def forward(x, weights, last=None):
    """The outputs of LeNet-5's layers by name, up to `last`."""
    values = {"input": x}

    def keep(name, value):
        values[name] = value
        return value

    for number, border in (1, 2), (2, 0):
        x = numpy.pad(x, ((0, 0), (border, border), (border, border)))
        x = keep(f"conv_{number}", convolve(x, weights[f"conv_{number}.weight"], weights[f"conv_{number}.bias"]))
        if last == f"conv_{number}":
            return values
        x = keep(f"relu_{number}", numpy.maximum(x, 0))
        x = keep(f"max_pool_{number}", windows_of(x).max(-1))
    x = x.reshape(-1)
    for number in 1, 2, 3:
        x = keep(f"fc_{number}", weights[f"fc_{number}.weight"] @ x + weights[f"fc_{number}.bias"])
        if number < 3:
            x = keep(f"relu_{number + 2}", numpy.maximum(x, 0))
    keep("softmax_1", numpy.exp(x - x.max()) / numpy.exp(x - x.max()).sum())
    return values


class Explained(TestInFolder):
    def setUp(self):
        super().setUp()
        self.run_folder = self.path("run")
        cnn("train", "lenet5", "--data", "fashion-mnist", "-o", self.run_folder, "--epochs", 1, "--limit", 500)
        tensors = load_file(self.path("run", "checkpoint.safetensors"))
        self.weights = {name: value.astype(float) for name, value in tensors.items()}
        self.images = test_images(IMAGES)
        self.normalised = (self.images - self.weights["normalisation.mean"]) / self.weights["normalisation.deviation"]

    def explain(self, *arguments):
        return json.loads(cnn("explain", self.run_folder, "--data", "fashion-mnist", "--json", *arguments)[0])

    def test_figures_of_all_layers(self):
        expected = forward(self.normalised[0], self.weights)
        layers = {layer["name"]: layer for layer in self.explain()["layers"]}
        self.assertGreaterEqual(set(layers), set(expected))
        for name, values in expected.items():
            layer, largest = layers[name], numpy.abs(values).max()
            for figure, value in (("smallest", values.min()), ("largest", values.max()), ("mean", values.mean()),
                                  ("deviation", values.std())):
                self.assertAlmostEqual(layer[figure], value, delta=1e-5 * largest, msg=f"{figure} of {name}")
            self.assertEqual(layer["values"], values.size)
            self.assertEqual(layer["zeros"], (values == 0).sum(), name)

    def test_receptive_field_is_what_changes_the_value(self):
        """With weights of 1, and no ReLU closed, every pixel that is looked at changes the value."""
        ones = {name: numpy.ones_like(value) for name, value in self.weights.items()}
        before = forward(numpy.ones((1, 28, 28)), ones, LAYER)[LAYER][AT]
        changed = numpy.zeros((28, 28), bool)
        for row, column in numpy.ndindex(28, 28):
            image = numpy.ones((1, 28, 28))
            image[0, row, column] = 100
            changed[row, column] = forward(image, ones, LAYER)[LAYER][AT] != before
        field = self.explain("--layer", LAYER, "--at", "%d,%d,%d" % AT)["receptive_field"]
        rows, columns = numpy.flatnonzero(changed.any(1)), numpy.flatnonzero(changed.any(0))
        self.assertEqual((field["first_row"], field["end_row"]), (rows[0], rows[-1] + 1))
        self.assertEqual((field["first_column"], field["end_column"]), (columns[0], columns[-1] + 1))
        self.assertEqual(field["pixels"], changed.sum())

    def test_effective_field_is_the_change_by_each_pixel(self):
        field, step = numpy.empty((28, 28), numpy.float32), 1e-6
        with Inspector(self.run_folder, self.images[:1], gradients=True) as inspector:
            inspector.call("cnn_inspector_effective_field", inspector.inspector, LAYER.encode(), ctypes.c_int64(0),
                           ctypes.c_int64(INDEX), pointer(field))
        expected = numpy.zeros((28, 28))
        for row, column in numpy.ndindex(28, 28):
            sides = []
            for change in step, -step:
                image = self.normalised[0].copy()
                image[0, row, column] += change
                sides.append(forward(image, self.weights, LAYER)[LAYER][AT])
            expected[row, column] = abs(sides[0] - sides[1]) / (2 * step)
        self.assertGreater(expected.max(), 0)
        # Where the windows of a pooling hold equal values, a pixel moved either way is not what the gradient says.
        differs = numpy.abs(field - expected) > 1e-4 * expected.max()
        self.assertLess(differs.sum(), 0.05 * (expected > 0).sum())

    def test_top_patches_are_the_largest_values_of_all_images(self):
        patches = (Patch * (16 * MOST))(*[Patch(-1, 0, 0) for _ in range(16 * MOST)])
        half = IMAGES // 2
        for first in 0, half:
            with Inspector(self.run_folder, self.images[first:first + half].copy()) as inspector:
                inspector.call("cnn_inspector_top_patches", inspector.inspector, LAYER.encode(), ctypes.c_int64(first),
                               ctypes.c_int64(MOST), patches)
        values = numpy.array([forward(image, self.weights, LAYER)[LAYER] for image in self.normalised])
        best = values.reshape(IMAGES, 16, 100).max(2)
        for channel in range(16):
            order = numpy.argsort(-best[:, channel])[:MOST]
            found = patches[channel * MOST:(channel + 1) * MOST]
            self.assertEqual([patch.image for patch in found], list(order), channel)
            for patch in found:
                self.assertAlmostEqual(patch.value, best[patch.image, channel], delta=1e-4)
                place = values[patch.image, channel].argmax()
                self.assertEqual(patch.index, channel * 100 + place)


if __name__ == "__main__":
    unittest.main()
