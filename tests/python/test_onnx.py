"""ONNX models that the command writes, against the checker of onnx and against ONNX Runtime."""

import os
import unittest

import numpy
import onnx
import onnxruntime
from PIL import Image

from support import TestInFolder, cnn, predict, predict_files, test_images

# Everything that is easy to get wrong, and no softmax at the end.
ODD = """\
input 1x28x28
conv 6 5x3 stride 2x1 padding 1,0,2,1 relu
conv 9 3x2 dilation 2x3 groups 3 nobias padding 2x1
conv 9 3 padding same name joined
add conv_2 conv_2 relu
concat joined conv_2
batchnorm momentum 0.3 relu
avgpool 3x2 stride 2 padding 1,0,0,1
conv 8 2x2 padding same stride 2
avgpool 2 stride 1 padding 1,1,0,0 countpad
maxpool 3x2 stride 1x2 padding 0,1,2,0
dropout 0.25
flatten
dense 20 nobias
batchnorm epsilon 0.01 relu
dense 10
"""

COLOUR = """\
input 3x10x12
conv 4 3x3 relu
softmax
flatten
dense 3
softmax
"""

# Each activation, some of which ONNX has no operator for, and their sum.
KINDS = ("sigmoid", "tanh", "leakyrelu", "elu 0.7", "selu", "selu alpha 1.5 gamma 1.1", "hardsigmoid", "hardswish",
         "clip -0.5 0.25", "clip 0 6", "softplus", "softsign", "thresholdedrelu 0.1", "swish", "abs", "neg", "exp")
ACTIVATIONS = """\
input 1x28x28
conv 8 5x5 stride 3 name sum
""" + "".join(f"""\
conv 8 1x1 from sum
{kind}
add sum{"_" * k} name sum{"_" * (k + 1)}
""" for k, kind in enumerate(KINDS)) + """\
softplus
log
exp
sqrt
flatten
softsign
dense 10
"""

# Layers that meet value by value, and those that change the size of a map.
SHAPES = """\
input 1x28x28
conv 6 5x3 stride 3x4
tanh name trunk
avgpool 8x7
conv 6 1x1
sigmoid name gate
mul trunk
sub gate
max trunk
min trunk
exp name positive
div positive from trunk
convtranspose 4 3x2 stride 2x1 padding 1,0,0,1 outputpadding 1x0 groups 2 relu
prelu
resize linear scale 1.7x0.8
pad 1,2,3,0 mode reflect
instancenorm
lrn 5 alpha 0.5 bias 1.5
resize nearest size 19x13
pad 1 value 0.5
resize linear size 17x20 coordinates align_corners
pad 1x0 mode edge
convtranspose 3 2x2 dilation 2x1 nobias
prelu shared
logsoftmax
flatten
prelu
dense 10
"""

TOLERANCE = 1e-4


def outputs(path, images):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["output"], {"input": images})[0]


class WrittenModels(TestInFolder):
    def train(self, model, data="fashion-mnist", limit=1500, *options):
        cnn("train", model, "--data", data, "-o", self.path("run"), "--epochs", 1, "--limit", limit, *options)
        return self.path("run", "model.onnx")

    def check(self, path):
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        self.assertEqual(model.ir_version, 7)
        self.assertEqual([(opset.domain, opset.version) for opset in model.opset_import], [("", 13)])
        self.assertEqual([value.name for value in model.graph.input], ["input"])
        self.assertEqual([value.name for value in model.graph.output], ["output"])
        return model

    def compare_with_runtime(self, path):
        for count in 1, 7:
            expected = outputs(path, test_images(count))
            found = predict(path, count)
            self.assertEqual(found.shape, expected.shape)
            self.assertGreater(numpy.ptp(expected), 0.01, "outputs that are all the same show nothing")
            self.assertLess(numpy.abs(found - expected).max(), TOLERANCE)

    def test_basic(self):
        path = self.train("basic")
        model = self.check(path)
        self.compare_with_runtime(path)
        classes = {entry.key: entry.value for entry in model.metadata_props}["classes"]
        self.assertIn('"Ankle boot"', classes)
        self.assertEqual([node.op_type for node in model.graph.node],
                         ["Sub", "Div", "Conv", "Relu", "Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Relu", "Gemm",
                          "Softmax"])

    def test_odd_options(self):
        path = self.train(self.write("odd.txt", ODD))
        self.check(path)
        self.compare_with_runtime(path)

    def test_shapes(self):
        path = self.train(self.write("shapes.txt", SHAPES), limit=200)
        self.check(path)
        self.compare_with_runtime(path)

    def test_activations(self):
        path = self.train(self.write("activations.txt", ACTIVATIONS), limit=200)
        self.check(path)
        self.compare_with_runtime(path)

    def make_colours(self, height, width):
        """A folder of three classes, and the files of its test part."""
        generator = numpy.random.default_rng(1)
        files = []
        for label, name in enumerate(["blue", "green", "red"]):
            for part in "train", "test":
                folder = self.path("data", part, name)
                os.makedirs(folder)
                for i in range(8):
                    pixels = generator.integers(0, 100, (height, width, 3), numpy.uint8)
                    pixels[:, :, 2 - label] += 120
                    Image.fromarray(pixels).save(f"{folder}/{i}.png")
                    files += [f"{folder}/{i}.png"] if part == "test" else []
        return files

    def test_colour(self):
        files = self.make_colours(10, 12)
        path = self.train(self.write("colour.txt", COLOUR), self.path("data"), 24)
        model = self.check(path)
        deviations = [onnx.numpy_helper.to_array(value) for value in model.graph.initializer
                      if value.name == "input:deviation"]
        self.assertEqual(deviations[0].shape, (1, 3, 1, 1))
        images = numpy.stack([numpy.asarray(Image.open(file)).transpose(2, 0, 1) for file in files])
        expected = outputs(path, images.astype(numpy.float32) / numpy.float32(255))
        self.assertLess(numpy.abs(predict_files(path, files) - expected).max(), TOLERANCE)

    def test_pixels_are_what_the_metadata_say(self):
        files = self.make_colours(14, 20)
        path = self.train(self.write("colour.txt", COLOUR), self.path("data"), 24, "--bgr", "--resize", 14, "--invert",
                          "--mean", "0.5,0.25,0.125", "--std", 0.5)
        said = {entry.key: entry.value for entry in self.check(path).metadata_props}
        self.assertEqual({key: said[key] for key in said if key != "classes"},
                         {"Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "Normalized_0_1",
                          "cnn.resize_short_side": "14", "cnn.invert": "true"})
        pictures = numpy.stack([numpy.asarray(Image.open(file)) for file in files])
        centre = (255 - pictures)[:, 2:12, 4:16, ::-1].transpose(0, 3, 1, 2)
        expected = outputs(path, centre.astype(numpy.float32) / numpy.float32(255))
        self.assertGreater(numpy.ptp(expected), 0.01)
        self.assertLess(numpy.abs(predict_files(path, files) - expected).max(), TOLERANCE)


if __name__ == "__main__":
    unittest.main()
