"""The operator sets that docs/onnx.md promises: a small network of each, against ONNX Runtime or the interpreter."""

import os
import re
import pathlib
import unittest

import numpy
import onnx

from graphs import Graph, ModelReader
from support import cnn, predict, test_images

OLDEST, NEWEST = 1, 28
SURE = 7  # the oldest that ONNX Runtime promises
RUNTIME = min(NEWEST, onnx.defs.onnx_opset_version(), 21)  # what checker and ONNX Runtime of requirements.txt know


class Opsets(ModelReader):
    def network(self, opset):
        graph = Graph(opset=opset)
        graph.add("Conv", graph.constant(4, 1, 5, 5), graph.constant(4), strides=[3, 3], pads=[1, 1, 1, 1])
        variance = graph.constant(4, values=graph.random.uniform(0.5, 2, 4))
        old = {"is_test": 1} if opset < 7 else {}
        graph.add("BatchNormalization", *[graph.constant(4) for _ in range(3)], variance, **old)
        trunk = graph.add("Relu")
        graph.add("MaxPool", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        graph.add("Add", trunk)
        if opset < 12:
            graph.add("Dropout", ratio=0.5, **old)
        else:
            graph.add("Dropout", graph.constant(values=numpy.float32(0.5)))
        graph.add("Transpose", perm=[0, 2, 3, 1])
        shape = [-1, 4 * 9 * 9]
        graph.add("Reshape", **{"shape": shape}) if opset < 5 else graph.add("Reshape", graph.constant(values=numpy.array(shape)))
        graph.add("Gemm", graph.constant(10, 4 * 9 * 9), graph.constant(10), transB=1, **({"broadcast": 1} if opset < 7 else {}))
        graph.add("Softmax", axis=1)
        return graph

    def test_networks_of_every_operator_set(self):
        for opset in range(OLDEST, NEWEST + 1):
            with self.subTest(opset):
                graph = self.network(opset)
                if SURE <= opset <= RUNTIME:
                    self.compare(graph)
                    continue
                path = self.save(graph.model(), check=False)
                images, folder = self.path("x.npy"), self.path(f"out{opset}")
                numpy.save(images, test_images(2))
                cnn("run", path, "--input", f"pixels={images}", "-o", folder, "--engine", "interpreter")
                file, = os.listdir(folder)
                self.assertLess(numpy.abs(predict(path, 2) - numpy.load(os.path.join(folder, file))).max(), 1e-4)

    def test_older_and_newer_ones_are_refused(self):
        for opset in OLDEST - 1, NEWEST + 1:
            self.refused(self.network(opset), f"operator sets {OLDEST} to {NEWEST}", f"uses {opset}", check=False)

    def test_values_that_may_be_overwritten_are_kept(self):
        graph = self.network(5)
        expected = predict(self.save(graph.model(), check=False), 2)
        graph.nodes[1].attribute.append(onnx.helper.make_attribute("consumed_inputs", [0, 0, 0, 1, 1]))
        self.assertTrue((predict(self.save(graph.model(), check=False), 2) == expected).all())

    def test_what_old_ones_say_of_training_and_broadcasts_is_no_network(self):
        graph = self.network(6)
        graph.nodes[1].attribute[0].i = 0
        self.refused(graph, "(BatchNormalization)", "is_test 0", check=False)
        graph = Graph(opset=6)
        graph.add("Conv", graph.constant(4, 1, 5, 5))
        graph.add("Mul", graph.constant(4), broadcast=1, axis=1)
        graph.head(4 * 24 * 24)
        self.refused(graph, "(Mul)", check=False)

    def test_run_takes_older_ones(self):
        for opset in 1, 6:
            graph = Graph(opset=opset)
            graph.add("Relu")
            graph.add("Neg")
            path = self.save(graph.model(), check=False)
            numpy.save(self.path("x.npy"), test_images(1))
            cnn("run", path, "--input", f"pixels={self.path('x.npy')}", "-o", self.path(f"out{opset}"))

    def test_the_documentation_says_so(self):
        text = (pathlib.Path(__file__).parents[2] / "docs" / "onnx.md").read_text(encoding="utf-8")
        self.assertEqual(re.findall(r"[Oo]perator sets (\d+) to (\d+)", text), [(str(OLDEST), str(NEWEST))])


if __name__ == "__main__":
    unittest.main()
