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


class Branches(PatternReader):
    """Channels on two axes: what split attention makes of them, and the reductions that are poolings."""

    def shape(self, graph, *sizes):
        return graph.constant(values=numpy.int64(sizes))

    def weigh(self, graph, maps, gates):
        """The sum of the branches N,2,3,H,W, each times its gates."""
        graph.add("Mul", maps, gates)
        graph.nodes[-1].input[:] = [maps, gates]
        return graph.add("ReduceSum", self.shape(graph, 1), keepdims=0)

    def gate(self, graph, summed, last):
        """Gates of two branches out of their sum."""
        graph.last = summed
        graph.add("ReduceMean", axes=[2, 3], keepdims=1)
        graph.add("Conv", graph.constant(6, 3, 1, 1), graph.constant(6))
        if last:  # as ResNeSt: groups of branches, turned
            graph.add("Reshape", self.shape(graph, 0, 1, 2, -1))
            graph.add("Transpose", perm=[0, 2, 1, 3])
            graph.add("Softmax", axis=1)
            graph.add("Reshape", self.shape(graph, 0, -1))
            graph.add("Reshape", self.shape(graph, 0, -1, 1, 1))
        graph.add("Reshape", self.shape(graph, 0, 2, 3, 1, 1))
        return graph.last if last else graph.add("Softmax", axis=1)

    SPLIT = ["channelpool", "globalavgpool", "conv", "flatten", "unflatten", "softmax", "flatten", "unflatten", "mul", "channelpool"]

    def test_split_attention(self):
        graph = self.begin()
        maps = graph.add("Reshape", self.shape(graph, 0, 2, 3, 6, 8))
        summed = graph.add("ReduceSum", self.shape(graph, 1), keepdims=0)
        self.weigh(graph, maps, self.gate(graph, summed, True))
        self.check(graph, *self.SPLIT, features=3 * 48)

    def test_selective_kernels(self):
        graph = self.begin()
        x, paths = graph.last, []
        for _ in range(2):
            graph.last = x
            graph.add("Conv", graph.constant(3, 6, 1, 1), graph.constant(3))
            paths.append(graph.add("Unsqueeze", self.shape(graph, 1)))
        maps = graph.add("Concat", paths[0], axis=1)
        summed = graph.add("ReduceSum", self.shape(graph, 1), keepdims=0)
        self.weigh(graph, maps, self.gate(graph, summed, False))
        self.check(graph, "conv", "conv", "concat", *self.SPLIT, features=3 * 48)

    def test_global_response_norm(self):
        for opset in 17, 18:
            with self.subTest(opset):
                graph = self.begin(opset)
                x = graph.last
                axes = {"axes": [2, 3]} if opset < 18 else {}
                norms = graph.add("ReduceL2", *([] if axes else [self.shape(graph, 2, 3)]), **axes)
                axes = {"axes": [1]} if opset < 18 else {}
                graph.add("ReduceMean", *([] if axes else [self.shape(graph, 1)]), keepdims=1, **axes)
                graph.add("Add", self.number(graph, 1e-6))
                graph.add("Div", norms, "@")
                graph.add("Mul", x, "@")
                graph.add("Mul", graph.constant(1, 6, 1, 1))
                graph.add("Add", graph.constant(1, 6, 1, 1))
                graph.add("Add", x)
                self.check(graph, "globall2pool", "channelpool", "conv", "div", "mul", "conv", "add")

    def test_reductions(self):
        for op, axes, keep, kind, features in (("ReduceMean", [1], 1, "channelpool", 48), ("ReduceMax", [1], 1, "channelpool", 48),
                                               ("ReduceMax", [-1, -2], 1, "globalmaxpool", 6),
                                               ("ReduceL2", [2, 3], 0, "globall2pool", 6)):
            with self.subTest(f"{op} {axes}"):
                graph = self.begin()
                graph.add(op, axes=axes, keepdims=keep)
                graph.head(features)
                self.compare(graph)
                self.assertEqual(self.kinds()[1], kind)

    def test_a_norm_of_other_power_is_refused(self):
        graph = self.begin()
        graph.add("GlobalLpPool", p=1)
        graph.head(6)
        self.refused(graph, "(GlobalLpPool)", "p 1")

    def test_what_is_no_layer_is_refused(self):
        for op, axes, words in (("ReduceMean", [2], "rows and columns, or the channels"), ("ReduceMax", [1, 2], "rows and columns"),
                                ("ReduceL2", [1], "rows and columns"), ("ReduceMean", [0, 2, 3], "rows and columns")):
            with self.subTest(f"{op} {axes}"):
                graph = self.begin()
                graph.add(op, axes=axes, keepdims=1)
                graph.add("Mul", self.number(graph, 2))
                graph.head(6)
                self.refused(graph, f"({op})", words, check=False)

    def test_the_channels_of_branches_are_no_channels(self):
        norm = [lambda g: g.add("Transpose", perm=[0, 1, 3, 4, 2]), lambda g: g.add("LayerNormalization", g.constant(3), g.constant(3))]
        for name, wrong in (("(Softmax)", [lambda g: g.add("Softmax", axis=2)]), ("(Softmax)", [lambda g: g.add("Softmax", axis=1)]),
                            ("(LayerNormalization)", norm), ("(Mul)", [lambda g: g.add("Mul", g.constant(1, 1, 3, 1, 1))]),
                            ("(ReduceMean)", [lambda g: g.add("ReduceMean", axes=[2], keepdims=1)]),
                            ("(ReduceMean)", [lambda g: g.add("ReduceMean", axes=[1, 3, 4], keepdims=1)]),
                            ("(Concat)", [lambda g: g.add("Concat", g.last, axis=1)])):
            with self.subTest(name):
                graph = self.begin(17)
                graph.add("Reshape", self.shape(graph, 0, 2, 3, 6, 8))
                for step in wrong:
                    step(graph)
                graph.head(288)
                self.refused(graph, name, check=False)


class RowsNormalised(PatternReader):
    """BatchNorm1d of N,L,C, whose batch and positions are merged for it, as in LeViT."""

    def graph(self, op, back=None):
        graph = self.begin()
        graph.add("Reshape", graph.constant(values=numpy.int64([0, 6, -1])))
        graph.add("Transpose", perm=[0, 2, 1])
        x = graph.add("MatMul", graph.constant(6, 8))
        if op == "Flatten":
            graph.add("Flatten", axis=2)
        else:
            graph.add("Reshape", graph.constant(values=numpy.int64([-1, 8])))
        rows = graph.add("BatchNormalization", graph.constant(8), graph.constant(8), graph.constant(8),
                         graph.constant(values=numpy.linspace(0.5, 2, 8)), epsilon=0.001)
        graph.last = x
        shape = graph.add("Shape")
        graph.last = rows
        graph.add("Reshape", back or shape)
        graph.head(8 * 48)
        return graph

    def test_channels_are_normalised_where_they_stand(self):
        for op in "Flatten", "Reshape":
            with self.subTest(op):
                self.compare(self.graph(op))
                self.assertEqual(self.kinds(), ["conv", "conv", "batchnorm", "flatten", "dense"])

    def test_another_way_back_is_refused(self):
        graph = self.graph("Flatten")
        graph.nodes[7].input[1] = graph.constant(values=numpy.int64([-1, 8, 48]))
        self.refused(graph, "(Flatten)", check=False)


class DilatedPooling(PatternReader):
    def test_dilations(self):
        for attributes, features in (({"kernel_shape": [3, 2], "dilations": [2, 3], "strides": [1, 2], "pads": [2, 1, 0, 1]}, 6 * 4 * 4),
                                     ({"kernel_shape": [2, 2], "dilations": [3, 2], "strides": [2, 2], "ceil_mode": 1}, 6 * 2 * 4)):
            with self.subTest(attributes):
                graph = self.begin()
                graph.add("MaxPool", **attributes)
                self.check(graph, "maxpool", features=features)


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

    def test_a_map_that_became_a_vector_is_scaled(self):
        for size in (), (288,):
            with self.subTest(size):
                graph = self.begin()
                graph.add("Flatten")
                graph.add("Mul", graph.constant(*size))
                graph.add("Gemm", graph.constant(288, 10))
                self.compare(graph)
                self.assertEqual(self.kinds(), ["conv", "flatten", "unflatten", "conv", "flatten", "dense"])


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
