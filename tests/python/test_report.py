"""Grad-CAM against NumPy, from the maps and gradients that the inspector gives."""

import ctypes
import os
import tempfile
import unittest

import numpy

from library import Network, pointer
from support import cnn, test_images
from test_inspect import Options

IMAGES = 6
LAYER = "relu_2"


class Inspector(Network):
    """A network that has run some images."""

    def __init__(self, path, images):
        super().__init__(path)
        self.images = len(images)
        self.inspector = ctypes.c_void_p()
        self.call("cnn_inspector_new", ctypes.byref(self.inspector), self.net, ctypes.byref(Options(batch=len(images))))
        self.call("cnn_inspector_run", self.inspector, pointer(images), ctypes.c_int64(len(images)))

    def __exit__(self, *arguments):
        self.library.cnn_inspector_free(self.inspector)
        super().__exit__(*arguments)

    def read(self, what, layer, shape):
        values = numpy.zeros((self.images, *shape), numpy.float32)
        self.call("cnn_inspector_" + what, self.inspector, layer.encode(), pointer(values), ctypes.c_int64(values.size))
        return values

    def grad_cam(self, layer, classes, shape):
        maps = numpy.zeros((self.images, *shape[1:]), numpy.float32)
        chosen = None if classes is None else pointer(numpy.asarray(classes, numpy.int32))
        self.call("cnn_inspector_grad_cam", self.inspector, layer.encode(), chosen, pointer(maps), ctypes.c_int64(maps.size))
        return maps

    def backward(self, layer, gradient):
        self.call("cnn_inspector_backward", self.inspector, layer.encode(), pointer(gradient),
                  ctypes.c_int64(gradient.size))


class TestGradCam(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.model = os.path.join(folder.name, "run", "model.onnx")
        cnn("train", "basic", "--data", "fashion-mnist", "--limit", 300, "--epochs", 1, "-o", os.path.dirname(cls.model),
            "--quiet")
        cls.images = numpy.ascontiguousarray(test_images(IMAGES))

    def expected(self, inspector, classes, shape):
        """By the definition: the mean gradient of each map weighs it, and what is negative goes."""
        ones = numpy.zeros((IMAGES, 10), numpy.float32)
        ones[numpy.arange(IMAGES), classes] = 1
        inspector.backward("fc_2", ones)
        weights = inspector.read("gradient", LAYER, shape).astype(numpy.float64).mean(axis=(2, 3), keepdims=True)
        return numpy.maximum((weights * inspector.read("output", LAYER, shape)).sum(axis=1), 0)

    def compare(self, classes, given):
        shape = (64, 24, 24)
        with Inspector(self.model, self.images) as inspector:
            expected = self.expected(inspector, classes, shape)
            gradient = inspector.read("gradient", "input", (1, 28, 28))
            found = inspector.grad_cam(LAYER, given, shape)
            self.assertGreater(found.max(), 0)
            numpy.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
            numpy.testing.assert_array_equal(inspector.read("gradient", "input", (1, 28, 28)), gradient)

    def test_of_classes_that_were_given(self):
        classes = [(3 * i + 1) % 10 for i in range(IMAGES)]
        self.compare(classes, classes)

    def test_of_the_classes_predicted(self):
        with Inspector(self.model, self.images) as inspector:
            classes = inspector.read("output", "fc_2", (10,)).argmax(axis=1)
        self.compare(classes, None)

    def test_a_layer_without_maps_and_a_class_that_is_not_there(self):
        with Inspector(self.model, self.images) as inspector:
            with self.assertRaisesRegex(ValueError, "fc_1 gives a vector"):
                inspector.grad_cam("fc_1", None, (1, 1, 128))
            with self.assertRaisesRegex(ValueError, "class 10 of image 0"):
                inspector.grad_cam(LAYER, [10] * IMAGES, (64, 24, 24))


if __name__ == "__main__":
    unittest.main()
