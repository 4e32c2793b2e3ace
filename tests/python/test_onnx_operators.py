"""Operators of ONNX with more than one spelling: what the command makes of each, against ONNX Runtime."""

import unittest

import numpy

from graphs import Graph, ModelReader
from support import cnn


class Activations(ModelReader):
    def behind_conv(self, op, *inputs, opset=13, **attributes):
        """The graph with a convolution, then this node; both signs reach it."""
        graph = Graph(opset)
        graph.add("Conv", graph.constant(4, 1, 5, 5, values=graph.random.normal(0, 1, (4, 1, 5, 5))), strides=[4, 4])
        graph.add(op, *[value and graph.constant(values=numpy.float32(value)) for value in inputs], **attributes)
        return graph

    def check(self, *arguments, **attributes):
        graph = self.behind_conv(*arguments, **attributes)
        graph.head(4 * 6 * 6)
        self.compare(graph)

    def test_operators_without_attributes(self):
        for op in ("Sigmoid", "Tanh", "LeakyRelu", "Elu", "Selu", "HardSigmoid", "Softplus", "Softsign",
                   "ThresholdedRelu", "Abs", "Neg", "Exp"):
            with self.subTest(op):
                self.check(op)
        self.check("HardSwish", opset=14)

    def test_attributes(self):
        for op, attributes in (("LeakyRelu", {"alpha": 0.3}), ("Elu", {"alpha": 0.4}),
                               ("Selu", {"alpha": 1.2, "gamma": 0.9}), ("HardSigmoid", {"alpha": 0.3, "beta": 0.6}),
                               ("ThresholdedRelu", {"alpha": 0.2})):
            with self.subTest(op):
                self.check(op, **attributes)

    def test_an_alpha_of_zero(self):
        for op in "LeakyRelu", "Elu", "ThresholdedRelu":
            with self.subTest(op):
                self.check(op, alpha=0.0)
        self.refused(self.behind_conv("HardSigmoid", beta=0.0), "HardSigmoid", "constant", check=False)

    def test_limits_of_clip(self):
        self.check("Clip", opset=7, min=-0.5, max=0.25)
        self.check("Clip", opset=7, max=0.25)
        self.check("Clip", "-0.5", "0.25")
        self.check("Clip", "-0.5")
        self.check("Clip", "", "0.25")
        self.check("Clip")
        self.refused(self.behind_conv("Clip", "0.5", "0.25"), "Clip", "0.5", "0.25", check=False)

    def test_gates_become_one_layer(self):
        for op, attributes in ("Sigmoid", {}), ("HardSigmoid", {"alpha": 1 / 6}):
            for swapped in False, True:
                with self.subTest(f"{op} {swapped}"):
                    graph = Graph()
                    x = graph.add("Conv", graph.constant(4, 1, 5, 5), strides=[4, 4])
                    graph.add(op, **attributes)
                    graph.add("Mul", *(["@", x] if swapped else [x, "@"]))
                    graph.head(4 * 6 * 6)
                    self.compare(graph)
                    self.assertNotIn("Mul", cnn("summary", self.path("model.onnx"))[0])


class ConvTranspose(ModelReader):
    def check(self, filters, features, **attributes):
        graph = Graph()
        graph.add("Conv", graph.constant(4, 1, 5, 5), strides=[4, 4])
        weight = graph.constant(4, filters // attributes.get("group", 1), 2, 2)
        graph.add("ConvTranspose", weight, graph.constant(filters), **attributes)
        graph.head(features)
        self.compare(graph)

    def test_attributes(self):
        self.check(6, 6 * 7 * 7)
        self.check(6, 6 * 13 * 17, group=2, strides=[2, 3], output_padding=[1, 0])
        self.check(3, 3 * 5 * 6, dilations=[2, 1], pads=[1, 0, 2, 1], kernel_shape=[2, 2])
        self.check(3, 3 * 7 * 7, auto_pad="VALID")

    def test_what_is_not_supported_is_named(self):
        graph = Graph()
        graph.add("ConvTranspose", graph.constant(1, 2, 3, 3), auto_pad="SAME_UPPER")
        graph.head(2 * 28 * 28)
        self.refused(graph, "(ConvTranspose)", "SAME_UPPER")


if __name__ == "__main__":
    unittest.main()
