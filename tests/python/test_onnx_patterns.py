"""What exporters write as several nodes, and graphs with more around them than a network has, against ONNX Runtime."""

import json
import unittest

import numpy
import onnx
from onnx import TensorProto, helper

from graphs import Graph, ModelReader
from support import cnn

LAST = [0, 2, 3, 1]


class PatternReader(ModelReader):
    def number(self, graph, value):
        return graph.constant(values=numpy.float32(value))

    def begin(self, opset=13):
        graph = Graph(opset)
        graph.add("Conv", graph.constant(6, 1, 5, 5), graph.constant(6), strides=[4, 3])  # 6 x 6 x 8
        return graph

    def kinds(self):
        summary = json.loads(cnn("summary", self.path("model.onnx"), "--json")[0])
        return [layer["kind"] for layer in summary["layers"]]

    def check(self, graph, *kinds, features=288):
        graph.head(features)
        self.compare(graph)
        self.assertEqual(self.kinds(), ["conv", *kinds, "flatten", "dense"])


class Gelu(PatternReader):
    """x / 2 (1 + erf(x / sqrt 2)) in every order of its factors."""

    def sum_of(self, graph, x, divides):
        graph.add("Div" if divides else "Mul", x, self.number(graph, 2 ** (0.5 if divides else -0.5)), name="a")
        graph.nodes[-1].input[:] = [x, graph.nodes[-1].input[2]]
        graph.add("Erf")
        return graph.add("Add", self.number(graph, 1))

    def compose(self, order, divides=True):
        graph = self.begin()
        x = graph.last
        half = graph.add("Mul", self.number(graph, 0.5)) if order == "half first" else None
        total = self.sum_of(graph, x, divides)
        if order == "x":
            graph.nodes.append(helper.make_node("Mul", [x, total], ["product"]))
            graph.last = "product"
            graph.add("Mul", self.number(graph, 0.5))
        elif order == "half of the sum":
            graph.add("Mul", self.number(graph, 0.5))
            graph.add("Mul", x)
        else:
            if half is None:
                graph.last = x
                half = graph.add("Mul", self.number(graph, 0.5))
            graph.nodes.append(helper.make_node("Mul", [half, total], ["product"]))
            graph.last = "product"
        return graph

    def test_every_order_is_one_layer(self):
        for order in "x", "half of the sum", "half first", "half last":
            for divides in False, True:
                with self.subTest(f"{order} {divides}"):
                    self.check(self.compose(order, divides), "gelu")

    def test_other_numbers_are_no_gelu(self):
        graph = self.begin()
        x = graph.last
        total = self.sum_of(graph, x, True)
        graph.nodes.append(helper.make_node("Mul", [x, total], ["product"]))
        graph.last = "product"
        graph.add("Mul", self.number(graph, 0.25))
        graph.head(288)
        self.refused(graph, "(Erf)", check=False)

    def test_a_value_that_others_read_stays(self):
        graph = self.compose("x")
        graph.add("Add", "value_3_0")  # 1 + erf
        graph.head(288)
        self.refused(graph, "(Erf)", check=False)

    def test_the_operator(self):
        graph = Graph(20)
        graph.add("Conv", graph.constant(6, 1, 5, 5), graph.constant(6), strides=[4, 3])
        graph.add("Gelu")
        graph.head(288)
        model = graph.model()
        model.ir_version = 9
        self.compare(model)
        graph.nodes[1].attribute.append(helper.make_attribute("approximate", "tanh"))
        self.refused(graph, "(Gelu)", "approximate", check=False)


class ChannelsLast(PatternReader):
    """Layers that work on the channels of each position, which lie on the last axis."""

    def norm(self, graph, size, **attributes):
        return graph.add("LayerNormalization", graph.constant(size), graph.constant(size), **attributes)

    def test_a_block_of_convnext(self):
        graph = self.begin(17)
        trunk = graph.last
        graph.add("Transpose", perm=LAST)
        self.norm(graph, 6, axis=-1, epsilon=1e-6)
        graph.add("MatMul", graph.constant(6, 24))
        x = graph.add("Add", graph.constant(24), "@")
        graph.add("Div", self.number(graph, 2 ** 0.5))
        graph.add("Erf")
        graph.add("Add", self.number(graph, 1))
        graph.add("Mul", x, "@")
        graph.add("Mul", self.number(graph, 0.5))
        graph.add("MatMul", graph.constant(24, 6))
        graph.add("Transpose", perm=[0, 3, 1, 2])
        graph.add("Mul", graph.constant(6, 1, 1))
        graph.add("Add", trunk)
        self.check(graph, "layernorm", "conv", "gelu", "conv", "add")

    def test_norms_of_tokens_and_of_vectors(self):
        graph = self.begin(17)
        graph.add("Reshape", graph.constant(values=numpy.int64([0, 6, 48])))
        graph.add("Transpose", perm=[0, 2, 1])
        self.norm(graph, 6)
        graph.add("MatMul", graph.constant(6, 5))
        graph.add("Reshape", graph.constant(values=numpy.int64([0, 240])))
        self.norm(graph, 240, axis=1, epsilon=0.0)
        graph.add("LayerNormalization", graph.constant(240))
        graph.add("Gemm", graph.constant(240, 10))
        self.compare(graph)
        self.assertEqual(self.kinds(), ["conv", "layernorm", "conv", "flatten", "layernorm", "layernorm", "dense"])

    def test_other_norms_are_refused(self):
        graph = self.begin(17)
        graph.add("LayerNormalization", graph.constant(6, 6, 8), axis=1)
        graph.head(288)
        self.refused(graph, "(LayerNormalization)", "axis 1", "N,C,H,W", check=False)
        graph = self.begin(17)
        graph.add("Transpose", perm=LAST)
        graph.add("LayerNormalization", graph.constant(1), axis=3)
        graph.head(288)
        self.refused(graph, "(LayerNormalization)", "1 elements", "6 channels", check=False)

    def test_a_matrix_must_fit_the_channels(self):
        graph = self.begin()
        graph.add("Transpose", perm=LAST)
        graph.add("MatMul", graph.constant(5, 7))
        graph.head(336)
        self.refused(graph, "(MatMul)", "5 channels", "has 6", check=False)


class Vectors(PatternReader):
    def test_two_heads_are_averaged(self):
        graph = self.begin()
        graph.add("Flatten")
        trunk = graph.last
        first = graph.add("Gemm", graph.constant(10, 288), graph.constant(10), transB=1)
        graph.last = trunk
        graph.add("Gemm", graph.constant(10, 288), graph.constant(10), transB=1)
        graph.add("Add", first)
        graph.add("Div", self.number(graph, 2))
        graph.add("Mul", graph.constant(10))
        self.compare(graph)

    def test_a_map_that_became_a_vector_is_not_scaled(self):
        graph = self.begin()
        graph.add("Flatten")
        graph.add("Mul", self.number(graph, 3))
        graph.add("Gemm", graph.constant(288, 10))
        self.refused(graph, "(Mul)", "flattened feature map", check=False)


class OtherAxes(PatternReader):
    def test_rows_and_columns_are_padded_where_they_lie(self):
        for mode in "constant", "reflect":
            graph = self.begin()
            graph.add("Transpose", perm=LAST)
            graph.add("Pad", graph.constant(values=numpy.int64([0, 1, 2, 0, 0, 0, 1, 0])), mode=mode)
            graph.add("Transpose", perm=[0, 3, 1, 2])
            self.check(graph, "pad", features=6 * 7 * 11)

    def test_channels_are_padded_and_rows_cut_off(self):
        graph = self.begin()
        graph.add("Transpose", perm=LAST)
        graph.add("Pad", graph.constant(values=numpy.int64([0, -1, 0, 1, 0, 0, 0, 0])))
        graph.add("Transpose", perm=[0, 3, 1, 2])
        self.check(graph, "slice", "pad", features=5 * 8 * 7)

    def test_an_axis_of_size_1_is_not_padded_in_other_axes(self):
        graph = self.begin()
        graph.add("ReduceMean", axes=[2], keepdims=1)
        graph.add("Transpose", perm=LAST)
        graph.add("Pad", graph.constant(values=numpy.int64([0, 1, 0, 0, 0, 0, 0, 0])))
        graph.head(96)
        self.refused(graph, check=False)


class Inputs(PatternReader):
    def graph(self):
        graph = self.begin()
        graph.head(288)
        model = graph.model()
        model.graph.input.insert(0, helper.make_tensor_value_info("unused", TensorProto.FLOAT, [1]))
        return model

    def test_an_input_that_no_node_reads_is_none(self):
        """As Keras declares values that became constants."""
        model = self.graph()
        onnx.checker.check_model(model)
        onnx.save(model, self.path("model.onnx"))
        images = numpy.random.default_rng(3).random((2, 1, 28, 28), numpy.float32)
        numpy.save(self.path("pixels.npy"), images)
        numpy.save(self.path("unused.npy"), numpy.zeros(1, numpy.float32))
        results = []
        for unused in [], ["-i", "unused=" + self.path("unused.npy")]:
            told = json.loads(cnn("run", self.path("model.onnx"), "-i", "pixels=" + self.path("pixels.npy"), *unused,
                                  "-o", self.path("out"), "--json")[0])
            self.assertEqual(told["engine"], "network")
            results.append(numpy.load(self.path("out/%s.npy" % model.graph.output[0].name)))
        self.assertTrue((results[0] == results[1]).all())
        self.assertEqual(self.kinds(), ["conv", "flatten", "dense"])


if __name__ == "__main__":
    unittest.main()
