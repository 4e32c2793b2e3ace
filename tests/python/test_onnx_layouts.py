"""Graphs that turn axes about, N,C,H,W to N,H,W,C and back, against ONNX Runtime: no layer comes of it."""

import json
import unittest

import numpy

from graphs import Graph, ModelReader
from support import cnn

LAST, FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


class Layouts(ModelReader):
    def begin(self, opset=13):
        graph = Graph(opset)
        graph.add("Conv", graph.constant(6, 1, 5, 5), graph.constant(6), strides=[4, 3])  # 6 x 6 x 8
        graph.add("Transpose", perm=LAST)
        return graph

    def layers(self):
        summary = json.loads(cnn("summary", self.path("model.onnx"), "--json")[0])
        return [layer["kind"] for layer in summary["layers"]]

    def test_a_transpose_that_meets_its_inverse_goes(self):
        graph = self.begin()
        graph.add("Relu")
        graph.add("Transpose", perm=FIRST)
        graph.add("Conv", graph.constant(4, 6, 3, 3))
        graph.head(4 * 4 * 6)
        self.compare(graph)
        self.assertEqual(self.layers(), ["conv", "relu", "conv", "flatten", "dense"])

    def test_the_rows_of_a_dense_layer_are_put_in_order(self):
        for transposed in 0, 1:
            graph = self.begin()
            graph.add("Reshape", graph.constant(values=numpy.array([-1, 288])))
            graph.add("Relu")
            graph.add("Gemm", graph.constant(10, 288) if transposed else graph.constant(288, 10), transB=transposed)
            self.compare(graph)
            self.assertEqual(self.layers(), ["conv", "flatten", "relu", "dense"])

    def test_what_changes_nothing_goes(self):
        graph = self.begin()
        graph.add("Transpose", perm=FIRST)
        graph.add("Reshape", graph.constant(values=numpy.array([0, 6, 6, 8])))
        graph.add("Flatten")
        graph.add("Reshape", graph.constant(values=numpy.array([-1, 6, 6, 8])))
        graph.add("Unsqueeze", graph.constant(values=numpy.array([1, -1])))
        graph.add("Squeeze", graph.constant(values=numpy.array([1, 5])))
        graph.add("Identity")
        graph.add("Cast", to=1)
        graph.head(288)
        self.compare(graph)
        self.assertEqual(self.layers(), ["conv", "flatten", "dense"])

    def test_channels_are_the_last_axis(self):
        for keep in 0, 1:
            with self.subTest(keep):
                graph = self.begin()
                trunk = graph.add("Softmax", axis=-1)
                graph.add("Sigmoid")
                both = graph.add("Concat", trunk, axis=3)
                graph.add("PRelu", graph.constant(12))
                graph.add("ReduceMean", axes=[1, 2], keepdims=keep)
                if keep:
                    graph.add("Mul", both)  # N,1,1,C and N,H,W,C
                    graph.add("ReduceMean", axes=[1, 2], keepdims=0)
                graph.add("Gemm", graph.constant(12, 10))
                self.compare(graph)

    def test_softmax_of_maps_before_opset_13(self):
        graph = self.begin(opset=11)
        graph.add("Softmax", axis=3)
        graph.add("Flatten")
        graph.add("Gemm", graph.constant(10, 288), transB=1)
        self.compare(graph)

    def test_what_no_layer_does_is_refused(self):
        for op, inputs, attributes, words in (
                ("Conv", [(4, 6, 3, 3)], {}, ["(Conv)", "N,H,W,C"]),
                ("BatchNormalization", [(6,)] * 4, {}, ["(BatchNormalization)", "N,H,W,C"]),
                ("Softmax", [], {"axis": 1}, ["(Softmax)", "axis 1", "N,H,W,C"]),
                ("ReduceMean", [], {"axes": [2, 3]}, ["(ReduceMean)", "N,H,W,C"]),
                ("Transpose", [], {"perm": [1, 0, 2, 3]}, ["(Transpose)", "after the batch"]),
                ("Concat", ["@"], {"axis": 1}, ["(Concat)", "axis 1", "N,H,W,C"])):
            with self.subTest(op):
                graph = self.begin()
                graph.add(op, *["@" if shape == "@" else graph.constant(*shape) for shape in inputs],
                          **attributes)
                graph.head(1)
                self.refused(graph, *words, check=False)
        graph = self.begin()
        turned = graph.last
        graph.add("Transpose", perm=FIRST)
        graph.add("Add", turned)
        graph.head(288)
        self.refused(graph, "(Add)", "N,C,H,W and N,H,W,C", check=False)
        graph = self.begin()
        graph.add("Reshape", graph.constant(values=numpy.array([0, 3, 2, 8, 6])))
        graph.head(288)
        self.refused(graph, "(Reshape)", "N,H,W,C", check=False)

    def test_channels_may_be_cut_into_branches(self):
        graph = self.begin()
        graph.add("Reshape", graph.constant(values=numpy.array([0, 6, 8, 2, 3])))
        graph.add("Transpose", perm=[0, 3, 1, 4, 2])
        graph.head(288)
        self.compare(graph)


if __name__ == "__main__":
    unittest.main()
