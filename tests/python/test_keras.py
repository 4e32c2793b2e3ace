"""Networks of Keras as model.export and tf2onnx write them (tools/export_keras.py): every command takes them, and the
values are those that Keras gave."""

import json
import os
import pathlib
import unittest

import numpy
import onnx
from PIL import Image

from library import Network
from support import TestInFolder, cnn

FOLDER = pathlib.Path(__file__).parent / "keras_models"
MODELS = sorted(file.name for file in FOLDER.glob("*.onnx"))
TOLERANCE = 1e-5


def known(model):
    """Two images, N,H,W,C, and what Keras makes of them."""
    name = model.split("_")[0]
    return numpy.load(FOLDER / f"{name}_x.npy"), numpy.load(FOLDER / f"{name}_y.npy")


class Keras(TestInFolder):
    def assert_close(self, found, expected):
        self.assertGreater(numpy.ptp(expected), 0.01, "outputs that are all the same show nothing")
        self.assertLess(numpy.abs(found - expected).max(), TOLERANCE * max(1, numpy.abs(expected).max()))

    def run_engine(self, path, name, images, engine):
        numpy.save(self.path("x.npy"), numpy.ascontiguousarray(images))
        cnn("run", path, "--input", f"{name}={self.path('x.npy')}", "-o", self.path(engine), "--engine", engine)
        file, = os.listdir(self.path(engine))
        return numpy.load(self.path(engine, file))

    def test_there_are_twelve(self):
        self.assertEqual(len(MODELS), 12)

    def test_both_engines_give_what_keras_gives(self):
        for model in MODELS:
            with self.subTest(model):
                images, expected = known(model)
                given = onnx.load(FOLDER / model).graph.input[0]
                sizes = [axis.dim_value for axis in given.type.tensor_type.shape.dim]
                if sizes[1:] != list(images.shape[1:]):
                    images = images.transpose(0, 3, 1, 2)
                for engine in "network", "interpreter":
                    self.assert_close(self.run_engine(FOLDER / model, given.name, images, engine), expected)

    def test_a_network_takes_channels_first_whatever_the_file_takes(self):
        for model in MODELS:
            with self.subTest(model):
                images, expected = known(model)
                cnn("convert", FOLDER / model, self.path("own.onnx"))
                for path in FOLDER / model, self.path("own.onnx"):
                    with Network(path) as network:
                        self.assert_close(network.predict(numpy.ascontiguousarray(images.transpose(0, 3, 1, 2))),
                                          expected)

    def make_pictures(self, model):
        images, expected = known(model)
        generator = numpy.random.default_rng(1)
        _, height, width, channels = images.shape
        for label in range(expected.shape[1]):
            folder = self.path("data", str(label))
            os.makedirs(folder, exist_ok=True)
            for i in range(3):
                pixels = generator.integers(0, 256, (height, width, channels), numpy.uint8)
                Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels).save(f"{folder}/{i}.png")

    def test_every_command_takes_them(self):
        for model in MODELS:
            with self.subTest(model):
                path, run = FOLDER / model, self.path(model)
                self.make_pictures(model)
                images, expected = known(model)
                summary = json.loads(cnn("summary", path, "--json")[0])
                self.assertEqual(summary["input"], [images.shape[3], *images.shape[1:3]])
                self.assertEqual(summary["outputs"], expected.shape[1])
                cnn("test", path, "--data", self.path("data"), "--split", "all")
                cnn("predict", path, self.path("data", "0", "1.png"))
                cnn("train", path, "--data", self.path("data"), "-o", run, "--epochs", 1)
                self.assertNotEqual(json.loads(cnn("diff", path, run, "--json")[0])["largest"], 0)
                for name in os.listdir(self.path("data")):
                    for file in os.listdir(self.path("data", name)):
                        os.remove(self.path("data", name, file))
                    os.rmdir(self.path("data", name))


if __name__ == "__main__":
    unittest.main()
