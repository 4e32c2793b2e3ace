"""ONNX models put together by hand, and what the command makes of them against ONNX Runtime."""

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from support import TestInFolder, cnn, predict, test_images

COUNT = 5
TOLERANCE = 1e-4


class Graph:
    """A model in the making: nodes one behind the other, constants with small random values."""

    def __init__(self, opset=13, batch="N"):
        self.random = numpy.random.default_rng(5)
        self.opset = opset
        self.batch = batch
        self.nodes, self.constants = [], []
        self.last = "pixels"

    def constant(self, *shape, values=None):
        if values is None:
            values = self.random.normal(0, 0.5, shape)
        name = f"constant_{len(self.constants)}"
        values = numpy.asarray(values)
        if values.dtype == numpy.float64:
            values = values.astype(numpy.float32)
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def add(self, op, *inputs, name=None, outputs=1, **attributes):
        """A node that reads what the last one made, and `inputs`; "@" stands for the last value elsewhere."""
        inputs = [self.last if value == "@" else value for value in inputs] if "@" in inputs \
            else [self.last, *inputs]
        made = [f"value_{len(self.nodes)}_{k}" for k in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, made, name=name or f"/{op}_{len(self.nodes)}", **attributes))
        self.last = made[0]
        return self.last

    def head(self, features):
        """Flatten and a dense layer to ten outputs."""
        self.add("Flatten")
        self.add("Gemm", self.constant(10, features), self.constant(10), transB=1)

    def model(self):
        pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [self.batch, 1, 28, 28])
        scores = helper.make_tensor_value_info(self.last, TensorProto.FLOAT, [self.batch, 10])
        graph = helper.make_graph(self.nodes, "test", [pixels], [scores], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=7)


class ModelReader(TestInFolder):
    """Compares what the command makes of a model with what ONNX Runtime makes of it."""

    def save(self, model, check=True):
        if check:
            onnx.checker.check_model(model, full_check=True)
        onnx.save(model, self.path("model.onnx"))
        return self.path("model.onnx")

    def compare(self, graph, count=COUNT):
        model = graph if isinstance(graph, onnx.ModelProto) else graph.model()
        path = self.save(model)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        expected = session.run(None, {"pixels": test_images(count)})[0]
        found = predict(path, count)
        self.assertEqual(found.shape, expected.shape)
        self.assertGreater(numpy.ptp(expected), 0.01, "outputs that are all the same show nothing")
        largest = max(1, numpy.abs(expected).max())
        self.assertLess(numpy.abs(found - expected).max() / largest, TOLERANCE)

    def refused(self, graph, *words, check=True):
        model = graph if isinstance(graph, onnx.ModelProto) else graph.model()
        _, error = cnn("convert", self.save(model, check), self.path("network.txt"), code=1)
        for word in (self.path("model.onnx"), *words):
            self.assertIn(word, error)
