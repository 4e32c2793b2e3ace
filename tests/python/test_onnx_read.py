"""ONNX models as other tools write them: what the command makes of them, against ONNX Runtime."""

import os
import unittest

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from graphs import COUNT, Graph, ModelReader
from support import cnn, predict, test_images

class ReadModels(ModelReader):
    # ---- Several inputs

    def test_concat_and_sum(self):
        graph = Graph()
        first = graph.add("Conv", graph.constant(2, 1, 3, 3))
        second = graph.add("Relu")
        graph.add("Conv", graph.constant(2, 2, 1, 1))
        graph.add("Sum", "@", first, second, first)
        graph.add("Concat", second, "@", first, first, axis=1)
        graph.add("Concat", axis=-3)  # of one is nothing
        graph.add("MaxPool", kernel_shape=[4, 4], strides=[4, 4])
        flat = graph.add("Flatten")
        graph.add("Relu")
        graph.add("Concat", flat, "@", axis=-1)
        graph.add("Gemm", graph.constant(10, 2 * 8 * 36), graph.constant(10), transB=1)
        self.compare(graph)

    def test_concat_along_other_axes_is_refused(self):
        graph = Graph()
        first = graph.add("Relu")
        graph.add("Concat", first, axis=2)
        graph.head(28 * 56)
        self.refused(graph, "(Concat)", "axis 2 is not supported")

    # ---- Batch normalisation

    def add_norm(self, graph, channels, **attributes):
        constants = [graph.constant(channels) for _ in range(3)]
        variance = graph.constant(channels, values=graph.random.uniform(0.1, 2, channels))
        graph.add("BatchNormalization", *constants, variance, **attributes)

    def test_batch_normalisation(self):
        for opset in 7, 9, 15:
            with self.subTest(opset):
                graph = Graph(opset=opset)
                self.add_norm(graph, 1)
                graph.add("Conv", graph.constant(3, 1, 3, 3), graph.constant(3))
                self.add_norm(graph, 3, epsilon=0.1, momentum=1.0)
                graph.add("Relu")
                graph.add("Flatten")
                self.add_norm(graph, 3 * 26 * 26)
                graph.add("Gemm", graph.constant(10, 3 * 26 * 26), graph.constant(10), transB=1)
                self.add_norm(graph, 10, momentum=0.5)
                self.compare(graph)

    def test_a_model_in_training_mode_is_for_training(self):
        """As torch.onnx.export(training=TrainingMode.TRAINING) writes it: three outputs, masks, a ratio as input."""
        graph = Graph(opset=15)
        graph.add("Conv", graph.constant(4, 1, 5, 5), strides=[4, 4])
        self.add_norm(graph, 4, training_mode=1)
        graph.nodes[-1].output.extend(["running_mean", "running_variance"])
        graph.add("Relu")
        graph.add("Identity")
        graph.add("Dropout", graph.constant(values=numpy.float32(0.25)), graph.constant(values=numpy.array(True)),
                  outputs=2)
        graph.head(4 * 6 * 6)
        trained = self.save(graph.model(), check=False)
        self.assertIn("training mode", cnn("summary", trained)[0])
        self.assertIn("dropout 0.25", cnn("summary", trained, "--json")[0])
        found = predict(trained, COUNT)
        for node in graph.nodes:  # the same in inference
            for attribute in node.attribute:
                if attribute.name == "training_mode":  # writing to the field of another would change its type
                    attribute.i = 0
            if node.op_type == "Dropout":
                node.input.pop()
            if node.op_type == "BatchNormalization":
                del node.output[1:]
        self.compare(graph)
        numpy.testing.assert_array_equal(predict(self.path("model.onnx"), COUNT), found)

    # ---- Conv and poolings

    def test_automatic_padding_of_conv(self):
        for mode, features in ("SAME_UPPER", 2 * 10 * 14), ("SAME_LOWER", 2 * 10 * 14), ("VALID", 2 * 9 * 13):
            with self.subTest(mode):
                graph = Graph()
                graph.add("Conv", graph.constant(2, 1, 4, 3), auto_pad=mode, strides=[3, 2])
                graph.head(features)
                self.compare(graph)

    def test_automatic_padding_of_poolings(self):
        for mode in "SAME_UPPER", "SAME_LOWER":
            for op, attributes in (("MaxPool", {}), ("AveragePool", {"count_include_pad": 0}),
                                   ("AveragePool", {"count_include_pad": 1})):
                with self.subTest(f"{mode} {op} {attributes}"):
                    graph = Graph()
                    graph.add(op, auto_pad=mode, kernel_shape=[4, 2], strides=[3, 1], **attributes)
                    graph.head(10 * 28)
                    self.compare(graph)

    def test_windows_that_hang_over_the_end(self):
        cases = (
            ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2]}),
            ("MaxPool", {"kernel_shape": [4, 2], "strides": [3, 5], "pads": [1, 1, 2, 0]}),
            ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [1, 1, 0, 0]}),
            ("MaxPool", {"kernel_shape": [2, 3], "strides": [3, 2], "pads": [1, 1, 1, 1]}),
            ("AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2]}),
            ("AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2], "count_include_pad": 1}),
            ("AveragePool", {"kernel_shape": [3, 4], "strides": [2, 3], "pads": [1, 2, 0, 1]}),
        )
        for op, attributes in cases:
            with self.subTest(f"{op} {attributes}"):
                graph = Graph()
                graph.add(op, ceil_mode=1, **attributes)
                graph.add("Conv", graph.constant(10, 1, 3, 3))
                graph.add("ReduceMean", axes=[2, 3], keepdims=0)  # whatever size the checker makes of the windows
                self.compare(graph)

    def test_means_over_the_whole_map(self):
        for opset, keep in (13, 0), (13, 1), (18, 0), (18, 1):
            for axes in [2, 3], [-1, -2]:
                with self.subTest(f"{opset} {keep} {axes}"):
                    graph = Graph(opset=opset)
                    graph.add("Conv", graph.constant(10, 1, 3, 3))
                    if opset < 18:
                        graph.add("ReduceMean", axes=axes, keepdims=keep)
                    else:
                        graph.add("ReduceMean", graph.constant(values=numpy.array(axes)), keepdims=keep)
                    if keep:
                        graph.add("Squeeze", graph.constant(values=numpy.array(axes)))
                    self.compare(graph)

    def test_global_max_pool(self):
        graph = Graph()
        graph.add("Conv", graph.constant(3, 1, 3, 3), graph.constant(3))
        graph.add("GlobalMaxPool")
        graph.head(3)
        self.compare(graph)

    def test_global_average_pool(self):
        graph = Graph()
        graph.add("Conv", graph.constant(5, 1, 3, 4))
        graph.add("GlobalAveragePool")
        graph.head(5)
        self.compare(graph)

    def test_defaults_of_conv_and_poolings(self):
        graph = Graph()
        graph.add("Conv", graph.constant(3, 1, 3, 2))
        graph.add("MaxPool", kernel_shape=[3, 2])  # strides of 1, not of the kernel's size
        graph.add("AveragePool", kernel_shape=[2, 5])
        graph.head(3 * 23 * 22)
        self.compare(graph)

    def test_conv_with_everything(self):
        graph = Graph(opset=22)
        graph.add("Conv", graph.constant(4, 1, 3, 2), graph.constant(4), kernel_shape=[3, 2], strides=[2, 1],
                  pads=[1, 0, 2, 1], dilations=[1, 3], group=1)
        graph.add("Conv", graph.constant(6, 2, 3, 3), graph.constant(6), pads=[1, 1, 1, 1], group=2)
        graph.head(6 * 15 * 26)
        self.compare(graph)

    def test_bias_in_an_add_behind_conv(self):
        for shape in (1, 4, 1, 1), (4, 1, 1), (1,):
            for order in ("@",), ():
                with self.subTest(f"{shape} {order}"):
                    graph = Graph()
                    graph.add("Conv", graph.constant(4, 1, 5, 5))
                    bias = graph.constant(*shape)
                    graph.add("Add", bias, *order)
                    graph.head(4 * 24 * 24)
                    self.compare(graph)

    # ---- Dense layers

    def test_gemm_with_and_without_bias_and_transposition(self):
        for shape in (10,), (1, 10), (1,), (), None:
            for transposed in 0, 1:
                with self.subTest(f"{shape} {transposed}"):
                    graph = Graph()
                    graph.add("Flatten")
                    bias = [] if shape is None else [graph.constant(*shape)]
                    weight = graph.constant(10, 784) if transposed else graph.constant(784, 10)
                    graph.add("Gemm", weight, *bias, transB=transposed, alpha=1.0, beta=1.0)
                    self.compare(graph)

    def test_scaled_gemm(self):
        for beta in 1.0, -0.25:
            with self.subTest(f"{beta}"):
                graph = Graph()
                graph.add("Flatten")
                graph.add("Gemm", graph.constant(784, 10), graph.constant(10), alpha=0.5, beta=beta)
                self.compare(graph)

    def test_a_scaled_gemm_without_bias_and_an_add_behind_it(self):
        graph = Graph()
        graph.add("Flatten")
        graph.add("Gemm", graph.constant(784, 10), alpha=2.0, beta=3.0)
        graph.add("Add", graph.constant(10))
        self.compare(graph)

    def test_matmul_with_and_without_add(self):
        for add in None, "behind", "before":
            with self.subTest(add):
                graph = Graph()
                graph.add("Flatten")
                graph.add("MatMul", graph.constant(784, 10))
                if add:
                    bias = graph.constant(10)
                    graph.add("Add", *(["@", bias] if add == "behind" else [bias, "@"]))
                self.compare(graph)

    def test_reshapes_that_flatten(self):
        for target, batch in ([0, -1], "N"), ([-1, 784], "N"), ([0, 784], "N"), ([COUNT, -1], COUNT):
            with self.subTest(f"{target}"):
                graph = Graph(batch=batch)
                graph.add("Reshape", graph.constant(values=numpy.array(target, numpy.int64)))
                graph.add("Reshape", graph.constant(values=numpy.array([0, -1], numpy.int64)))
                graph.add("Gemm", graph.constant(10, 784), transB=1)
                self.compare(graph)

    def batch_of(self, graph, value):
        """The batch as PyTorch's tracing exporter calculates it: a list of one number."""
        first = graph.constant(values=numpy.int64(0))
        graph.last = value
        graph.add("Shape")
        graph.add("Gather", first, axis=0)
        return graph.add("Unsqueeze", graph.constant(values=numpy.array([0])))

    def test_reshapes_to_a_calculated_shape(self):
        for batch in "N", COUNT:
            for rest in [-1], [3 * 26 * 26]:
                with self.subTest(f"{batch} {rest}"):
                    graph = Graph(batch=batch)
                    features = graph.add("Conv", graph.constant(3, 1, 3, 3))
                    self.batch_of(graph, features)
                    shape = graph.add("Concat", graph.constant(values=numpy.array(rest)), axis=0)
                    graph.last = features
                    graph.add("Reshape", shape)
                    graph.add("Gemm", graph.constant(10, 3 * 26 * 26), transB=1)
                    self.compare(graph)

    def test_a_reshape_that_mixes_images_is_refused(self):
        graph = Graph()
        pixels = graph.last
        self.batch_of(graph, pixels)
        graph.add("Mul", graph.constant(values=numpy.array([4])))
        shape = graph.add("Concat", graph.constant(values=numpy.array([196])), axis=0)
        graph.last = pixels
        graph.add("Reshape", shape)
        graph.add("Gemm", graph.constant(10, 196), transB=1)
        self.refused(graph, "(Reshape)", "the size of axis 0 is calculated from the batch", check=False)

    def test_calculated_constants(self):
        graph = Graph()
        flat = graph.add("Flatten")
        graph.last = graph.constant(10, 784)
        weight = graph.add("Transpose", perm=[1, 0])
        graph.last = flat
        scores = graph.add("MatMul", weight)
        graph.last = graph.constant(10)
        bias = graph.add("Mul", graph.constant(values=[2.0]))
        graph.last = scores
        graph.add("Add", bias)
        self.compare(graph)

    # ---- Element by element

    def test_dropout_of_every_opset(self):
        for opset in 7, 10, 12, 13, 22:
            with self.subTest(opset):
                graph = Graph(opset=opset)
                if opset < 12:
                    graph.add("Dropout", ratio=0.25, outputs=2)
                else:
                    graph.add("Dropout", graph.constant(values=numpy.float32(0.25)),
                              graph.constant(values=numpy.array(False)), outputs=2, seed=3)
                graph.add("Dropout")
                graph.head(784)
                self.compare(graph)
                out, _ = cnn("summary", self.path("model.onnx"), "--json")
                self.assertIn("dropout 0.25", out)

    def test_softmax_of_every_opset(self):
        for opset, attributes in (11, {}), (11, {"axis": 1}), (13, {}), (13, {"axis": 1}), (13, {"axis": -1}):
            with self.subTest(f"{opset} {attributes}"):
                graph = Graph(opset=opset)
                graph.head(784)
                graph.add("Softmax", **attributes)
                self.compare(graph)

    def test_softmax_over_channels(self):
        graph = Graph()
        graph.add("Conv", graph.constant(3, 1, 5, 5))
        graph.add("Softmax", axis=1)
        graph.head(3 * 24 * 24)
        self.compare(graph)

    def test_identities_vanish(self):
        graph = Graph()
        graph.add("Identity")
        graph.head(784)
        graph.add("Identity")
        self.compare(graph)
        out, _ = cnn("summary", self.path("model.onnx"), "--json")
        self.assertNotIn("dentity", out.replace(self.path("model.onnx"), ""))

    # ---- Graphs

    def test_branches_and_residuals(self):
        graph = Graph()
        trunk = graph.add("Conv", graph.constant(3, 1, 3, 3), pads=[1, 1, 1, 1])
        graph.add("Relu")
        graph.add("Conv", graph.constant(3, 3, 3, 3), pads=[1, 1, 1, 1])
        graph.add("Add", trunk)
        graph.add("Relu")
        graph.head(3 * 28 * 28)
        self.compare(graph)

    def test_nodes_that_nobody_needs(self):
        graph = Graph()
        graph.head(784)
        scores = graph.last
        graph.add("Sigmoid")
        graph.last = scores
        self.compare(graph)

    # ---- Normalisation in front

    def test_normalisations(self):
        chains = (
            [("Sub", [0.3]), ("Div", [0.2])],
            [("Sub", [[[[0.3]]]]), ("Div", [[[[0.2]]]])],
            [("Sub", 0.3), ("Div", 0.2)],
            [("Mul", [[[5.0]]]), ("Sub", [[[1.5]]])],
            [("Div", 0.2), ("Add", -1.5)],
            [("Mul", 2.0), ("Sub", 0.5), ("Div", 0.7), ("Add", 0.1)],
        )
        for chain in chains:
            with self.subTest(f"{chain}"):
                graph = Graph()
                for op, values in chain:
                    graph.add(op, graph.constant(values=values))
                graph.add("Conv", graph.constant(2, 1, 3, 3), pads=[1, 1, 1, 1])  # padding comes after it
                graph.head(2 * 784)
                self.compare(graph)

    def test_normalisation_with_the_constant_in_front(self):
        graph = Graph()
        graph.add("Mul", graph.constant(values=2.0), "@")
        graph.head(784)
        self.compare(graph)

    # ---- Ways of storing constants

    def test_constant_nodes(self):
        graph = Graph()
        graph.head(784)
        model = graph.model()
        for initialiser in model.graph.initializer:
            model.graph.node.insert(0, helper.make_node("Constant", [], [initialiser.name], value=initialiser))
        del model.graph.initializer[:]
        self.compare(model)

    def test_constants_of_numbers_and_lists(self):
        graph = Graph(opset=18)
        graph.add("Conv", graph.constant(10, 1, 3, 3))
        graph.add("Dropout", "rate")
        graph.add("ReduceMean", "axes", keepdims=0)
        model = graph.model()
        model.graph.node.insert(0, helper.make_node("Constant", [], ["axes"], value_ints=[2, 3]))
        model.graph.node.insert(0, helper.make_node("Constant", [], ["rate"], value_float=0.25))
        self.compare(model)

    def test_float_data_instead_of_raw(self):
        graph = Graph()
        graph.head(784)
        model = graph.model()
        for initialiser in model.graph.initializer:
            values = numpy_helper.to_array(initialiser)
            initialiser.ClearField("raw_data")
            initialiser.float_data.extend(values.ravel().tolist())
        self.compare(model)

    def test_initialisers_among_the_inputs(self):
        graph = Graph(opset=8)
        graph.head(784)
        model = graph.model()
        model.ir_version = 3
        for initialiser in model.graph.initializer:
            model.graph.input.insert(0, helper.make_tensor_value_info(initialiser.name, TensorProto.FLOAT,
                                                                      initialiser.dims))
        self.compare(model)

    # ---- What is not supported says so

    def test_an_unsupported_operator_is_named(self):
        graph = Graph()
        graph.add("Conv", graph.constant(2, 1, 3, 3))
        graph.add("Sin", name="sine_1")
        graph.head(2 * 26 * 26)
        self.refused(graph, 'node "sine_1" (Sin)', "docs/onnx.md")

    def test_unsupported_attributes_are_named(self):
        cases = (
            ("AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 0, 1], "ceil_mode": 1,
                             "count_include_pad": 1}, 14 * 14, "ceil_mode"),
            ("AveragePool", {"kernel_shape": [3, 3], "dilations": [2, 2]}, 24 * 24, "dilations"),
            ("MaxPool", {"kernel_shape": [3, 3], "storage_order": 1}, 26 * 26, "storage_order"),
        )
        for op, attributes, features, word in cases:
            with self.subTest(word):
                graph = Graph(19)
                graph.add(op, **attributes)
                graph.head(features)
                self.refused(graph, f"({op})", word)

    def test_an_average_without_gaps_is_read(self):
        graph = Graph(19)
        graph.add("AveragePool", kernel_shape=[3, 3], dilations=[1, 1])
        graph.head(26 * 26)
        self.compare(graph)

    def test_external_data(self):
        graph = Graph()
        graph.add("Conv", graph.constant(2, 1, 3, 3))
        graph.head(2 * 26 * 26)
        self.save(graph.model())
        expected = predict(self.path("model.onnx"), COUNT)
        onnx.save(graph.model(), self.path("beside.onnx"), save_as_external_data=True, location="weights.bin",
                  size_threshold=0)
        numpy.testing.assert_array_equal(predict(self.path("beside.onnx"), COUNT), expected)
        os.remove(self.path("weights.bin"))
        _, error = cnn("summary", self.path("beside.onnx"), code=1)
        self.assertIn("weights.bin", error)

    def test_external_data_elsewhere_is_refused(self):
        graph = Graph()
        graph.head(784)
        onnx.save(graph.model(), self.path("model.onnx"), save_as_external_data=True, location="weights.bin",
                  size_threshold=0)
        os.mkdir(self.path("inner"))
        model = onnx.load(self.path("model.onnx"), load_external_data=False)
        for tensor in model.graph.initializer:
            tensor.external_data[0].value = "../weights.bin"
        with open(self.path("inner", "model.onnx"), "wb") as file:
            file.write(model.SerializeToString())
        _, error = cnn("summary", self.path("inner", "model.onnx"), code=1)
        self.assertIn("outside the model's folder", error)

    def test_half_precision_weights_become_float32(self):
        graph = Graph()
        graph.head(784)
        model = graph.model()
        weight = model.graph.initializer[0]
        half = numpy_helper.to_array(weight).astype(numpy.float16)
        weight.CopyFrom(numpy_helper.from_array(half.astype(numpy.float32), weight.name))
        expected = predict(self.save(model), COUNT)
        weight.CopyFrom(numpy_helper.from_array(half, weight.name))
        numpy.testing.assert_array_equal(predict(self.save(model, check=False), COUNT), expected)

    def test_a_truncated_file_is_refused(self):
        graph = Graph()
        graph.head(784)
        with open(self.save(graph.model()), "r+b") as file:
            file.truncate(1000)
        _, error = cnn("summary", self.path("model.onnx"), code=1)
        self.assertIn("model.onnx: byte ", error)


if __name__ == "__main__":
    unittest.main()
