"""Whole networks as PyTorch's exporter writes them, against ONNX Runtime. The graphs are those of
tools/export_models.py --strip; their weights are drawn here."""

import os
import pathlib
import unittest

import numpy
import onnx
import onnxruntime
from onnx import numpy_helper

from library import Network
from support import TestInFolder

FOLDER = pathlib.Path(__file__).parent / "networks"
TOLERANCE = 1e-4

# What the inputs of an operator behind the first are.
ROLES = {"Conv": ("weight", "bias"), "Gemm": ("weight", "bias"), "ConvTranspose": ("weight", "bias"),
         "BatchNormalization": ("scale", "bias", "bias", "variance")}


def draw(generator, role, shape):
    """Numbers with which values keep about their size from layer to layer."""
    if role == "weight":
        return generator.normal(0, numpy.sqrt(2 / numpy.prod(shape[1:])), shape)
    if role == "scale":
        return generator.uniform(0.7, 1.3, shape)
    return generator.uniform(0.5, 1.5, shape) if role == "variance" else generator.normal(0, 0.1, shape)


def fill(model, seed):
    generator = numpy.random.default_rng(seed)
    roles = {name: role for node in model.graph.node if node.op_type in ROLES
             for name, role in zip(node.input[1:], ROLES[node.op_type])}
    for tensor in model.graph.initializer:
        if tensor.name in roles:
            values = draw(generator, roles[tensor.name], tuple(tensor.dims)).astype(numpy.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return roles


class Networks(TestInFolder):
    def compare(self, name):
        model = onnx.load(FOLDER / f"{name}.onnx")
        roles = fill(model, 1)
        onnx.checker.check_model(model, full_check=True)
        path = self.path(f"{name}.onnx")
        onnx.save(model, path)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        size = [dimension.dim_value for dimension in model.graph.input[0].type.tensor_type.shape.dim][1:]
        images = numpy.random.default_rng(2).random((4, *size), dtype=numpy.float32)
        with Network(path) as network:
            for count in 1, 4:
                expected = session.run(None, {"input": images[:count]})[0].reshape(count, -1)
                found = network.predict(images[:count])
                self.assertGreater(numpy.ptp(expected), 1e-3, "outputs that are all the same show nothing")
                self.assertLess(numpy.abs(found - expected).max() / numpy.abs(expected).max(), TOLERANCE)
            parameters = set(network.tensors())
        kept = {tensor for tensor in roles if tensor.endswith(".weight")}
        self.assertEqual(kept - parameters, set(), "parameters that lost their names")


def add_test(name):
    setattr(Networks, f"test_{name}", lambda self: self.compare(name))


for file in sorted(os.listdir(FOLDER)):
    add_test(file.removesuffix(".onnx"))

if __name__ == "__main__":
    unittest.main()
