"""Inside whole networks as PyTorch's exporter writes them: the output of every layer against ONNX Runtime, which keeps all
intermediate values for it, and the accounts of single values. The weights are drawn as in test_networks.py."""

import ctypes
import os
import pathlib
import random
import unittest

import numpy
import onnx
import onnxruntime

from library import Network, pointer
from support import TestInFolder
from test_networks import FOLDER, fill

TOLERANCE = 1e-4
DRAWS = 40  # of values to account for, in each network


class LayerInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("kind", ctypes.c_char_p), ("text", ctypes.c_char_p), ("inputs", ctypes.c_int),
                ("input", ctypes.c_void_p), ("rank", ctypes.c_int), ("output", ctypes.c_int64 * 3),
                ("parameters", ctypes.c_int64), ("statistics", ctypes.c_int64), ("macs", ctypes.c_int64),
                ("frozen", ctypes.c_bool), ("shares", ctypes.c_int)]


class Figure(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("value", ctypes.c_double)]


class Account(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("layer", ctypes.c_char_p), ("op", ctypes.c_char_p), ("formula", ctypes.c_char_p),
                ("image", ctypes.c_int64), ("index", ctypes.c_int64), ("terms", ctypes.c_void_p), ("count", ctypes.c_int64),
                ("weight_name", ctypes.c_char_p), ("bias_name", ctypes.c_char_p), ("bias_index", ctypes.c_int64),
                ("bias", ctypes.c_double), ("figures", Figure * 8), ("figure_count", ctypes.c_int),
                ("winner", ctypes.c_int64), ("result", ctypes.c_double), ("engine", ctypes.c_float),
                ("difference", ctypes.c_double), ("magnitude", ctypes.c_double), ("bound", ctypes.c_double),
                ("worst", ctypes.c_double)]


class Options(ctypes.Structure):
    _fields_ = [("batch", ctypes.c_int64), ("threads", ctypes.c_int), ("no_gradients", ctypes.c_bool)]


class Inspector(Network):
    def __init__(self, path, images, gradients=False):
        super().__init__(path)
        self.inspector = ctypes.c_void_p()
        options = Options(batch=len(images), no_gradients=not gradients)
        self.call("cnn_inspector_new", ctypes.byref(self.inspector), self.net, ctypes.byref(options))
        self.call("cnn_inspector_run", self.inspector, pointer(images), ctypes.c_int64(len(images)))

    def __exit__(self, *arguments):
        self.library.cnn_inspector_free(self.inspector)
        super().__exit__(*arguments)

    def layers(self):
        """Names and shapes."""
        for number in range(1, self.library.cnn_net_layers(self.net) + 1):
            info = LayerInfo()
            self.call("cnn_net_layer", self.net, number, ctypes.byref(info))
            yield info.name, tuple(info.output[:info.rank])

    def output(self, name, shape):
        values = numpy.empty(shape, numpy.float32)
        self.call("cnn_inspector_output", self.inspector, name, pointer(values), ctypes.c_int64(values.size))
        return values

    def account(self, name, index):
        account = Account()
        self.call("cnn_inspector_account", self.inspector, name, ctypes.c_int64(0), ctypes.c_int64(index),
                  ctypes.byref(account))
        self.library.cnn_account_free(ctypes.byref(account))
        return account


def with_all_outputs(model):
    """Every intermediate value becomes an output."""
    known = {output.name for output in model.graph.output}
    for node in model.graph.node:
        for name in node.output:
            if name and name not in known:
                model.graph.output.append(onnx.ValueInfoProto(name=name))
    return model


def distance(a, b):
    return numpy.abs(a - b).max() / max(numpy.abs(b).max(), 1e-30)


class Inside(TestInFolder):
    def check(self, name):
        model = onnx.load(FOLDER / f"{name}.onnx")
        fill(model, 1)
        path = self.path(f"{name}.onnx")
        onnx.save(model, path)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(with_all_outputs(model).SerializeToString(), options,
                                               providers=["CPUExecutionProvider"])
        size = [dimension.dim_value for dimension in model.graph.input[0].type.tensor_type.shape.dim][1:]
        image = numpy.random.default_rng(2).random((1, *size), dtype=numpy.float32)
        values = {}
        for value in session.run(None, {"input": image}):
            if isinstance(value, numpy.ndarray) and value.dtype == numpy.float32 and value.size > 1:
                values.setdefault(value.size, []).append(value.reshape(-1))
        with Inspector(path, image) as inspector:
            layers = list(inspector.layers())
            self.compare_outputs(inspector, layers, values)
            self.compare_accounts(inspector, layers)

    def compare_outputs(self, inspector, layers, values):
        for layer, shape in layers:
            found = inspector.output(layer, shape).reshape(-1)
            nearest = min(distance(found, value) for value in values[found.size])
            self.assertLess(nearest, TOLERANCE, layer)

    def compare_accounts(self, inspector, layers):
        generator = random.Random(3)
        for _ in range(DRAWS):
            layer, shape = generator.choice(layers)
            account = inspector.account(layer, generator.randrange(int(numpy.prod(shape))))
            self.assertLessEqual(abs(account.difference), account.bound, f"{layer} {account.index}")
            self.assertLessEqual(account.bound, 1e-5 * account.magnitude + 1e-40, layer)


def add_test(name):
    setattr(Inside, f"test_{name}", lambda self: self.check(name))


for file in sorted(os.listdir(FOLDER)):
    add_test(pathlib.Path(file).stem)

if __name__ == "__main__":
    unittest.main()
