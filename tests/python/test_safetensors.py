"""The checkpoint that the command writes, opened by the package safetensors."""

import unittest

import numpy
import onnx
from onnx import numpy_helper
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from support import TestInFolder, cnn


class Checkpoints(TestInFolder):
    def setUp(self):
        super().setUp()
        cnn("train", "basic", "--data", "fashion-mnist", "-o", self.path("run"), "--epochs", 1, "--limit", 300)
        self.checkpoint = self.path("run", "checkpoint.safetensors")

    def test_the_package_opens_it(self):
        tensors = load_file(self.checkpoint)
        self.assertGreater(len(tensors), 8)
        for name, tensor in tensors.items():
            if tensor.dtype == numpy.float32:
                self.assertTrue(numpy.isfinite(tensor).all(), name)

    def test_it_has_the_parameters_of_the_model(self):
        """Trained without validation, the model has the last parameters, and so has the checkpoint."""
        tensors = load_file(self.checkpoint)
        model = onnx.load(self.path("run", "model.onnx"))
        parameters = {value.name: numpy_helper.to_array(value) for value in model.graph.initializer
                      if value.name.endswith((".weight", ".bias"))}
        self.assertEqual(len(parameters), 8)
        for name, values in parameters.items():
            self.assertEqual(tensors[name].shape, values.shape, name)
            self.assertTrue(numpy.array_equal(tensors[name], values), name)

    def test_metadata_are_strings(self):
        with safe_open(self.checkpoint, "numpy") as file:
            metadata = file.metadata()
        self.assertTrue(metadata)
        for key, value in metadata.items():
            self.assertIsInstance(key, str)
            self.assertIsInstance(value, str)

    def test_a_copy_that_the_package_writes_is_resumed(self):
        with safe_open(self.checkpoint, "numpy") as file:
            metadata = file.metadata()
        save_file(load_file(self.checkpoint), self.checkpoint, metadata)
        cnn("train", "basic", "--data", "fashion-mnist", "-o", self.path("run"), "--epochs", 2, "--limit", 300,
            "--resume")


if __name__ == "__main__":
    unittest.main()
