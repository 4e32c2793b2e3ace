"""Operators of ONNX with more than one spelling: what the command makes of each, against ONNX Runtime."""

import itertools
import json
import unittest

import numpy
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from graphs import COUNT, Graph, ModelReader
from support import cnn, predict


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


class Resize(ModelReader):
    """Maps of 4x6x6 become those of 4 x rows x columns."""

    def graph(self, op, inputs, opset, rows, columns, **attributes):
        graph = Graph(opset)
        graph.add("Conv", graph.constant(4, 1, 5, 5), strides=[4, 4])
        graph.add(op, *[value if isinstance(value, str) else graph.constant(values=numpy.asarray(value))
                        for value in inputs], **attributes)
        graph.head(4 * rows * columns)
        return graph

    def check(self, *arguments, **attributes):
        self.compare(self.graph(*arguments, **attributes))

    def test_scales(self):
        scales = numpy.float32([1, 1, 2, 1.5])
        for mode in "nearest", "linear":
            with self.subTest(mode):
                self.check("Resize", ["", scales], 13, 12, 9, mode=mode)
                self.check("Resize", [scales], 10, 12, 9, mode=mode)
                self.check("Resize", [numpy.float32([]), scales], 11, 12, 9, mode=mode, cubic_coeff_a=-0.75)
                self.check("Upsample", [scales], 9, 12, 9, mode=mode)
                self.check("Upsample", [], 7, 12, 9, mode=mode, scales=[1.0, 1.0, 2.0, 1.5])

    def test_how_places_are_found(self):
        scales = numpy.float32([1, 1, 1.4, 0.7])
        for mode in "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric":
            with self.subTest(mode):
                self.check("Resize", ["", scales], 13, 8, 4, mode="linear", coordinate_transformation_mode=mode)
                for nearest in "round_prefer_floor", "round_prefer_ceil", "floor", "ceil":
                    self.check("Resize", ["", scales], 13, 8, 4, coordinate_transformation_mode=mode,
                               nearest_mode=nearest)

    def test_sizes(self):
        empty = numpy.float32([])
        graph = self.graph("Resize", [empty, empty, numpy.int64([2, 4, 9, 7])], 11, 9, 7, mode="linear")
        self.refused(graph, "(Resize)", "batch is 2", check=False)
        self.check("Resize", ["", "", numpy.int64([9, 7])], 18, 9, 7, mode="linear", axes=[2, -1])
        graph = Graph()
        x = graph.add("Conv", graph.constant(4, 1, 5, 5), strides=[4, 4])
        graph.add("Shape")
        graph.add("Slice", *[graph.constant(values=numpy.int64([at])) for at in (0, 2)])
        graph.add("Concat", graph.constant(values=numpy.int64([11, 5])), axis=0)
        graph.add("Resize", x, "", "", "@")
        graph.head(4 * 11 * 5)
        self.compare(graph)

    def test_what_is_not_supported_is_named(self):
        scales = numpy.float32([1, 1, 2, 2])
        self.refused(self.graph("Resize", ["", scales], 13, 12, 12, mode="cubic"), "(Resize)", "nearest, linear")
        self.refused(self.graph("Resize", ["", numpy.float32([1, 2, 2, 2])], 13, 24, 12), "(Resize)", "channels")


class Pad(ModelReader):
    def graph(self, opset, inputs, rows, columns, **attributes):
        graph = Graph(opset)
        graph.add("Conv", graph.constant(4, 1, 5, 5), strides=[4, 4])
        graph.add("Pad", *[value if isinstance(value, str) else graph.constant(values=value) for value in inputs],
                  **attributes)
        graph.head(4 * rows * columns)
        return graph

    def check(self, *arguments, **attributes):
        self.compare(self.graph(*arguments, **attributes))

    def test_modes(self):
        pads = numpy.int64([0, 0, 1, 2, 0, 0, 3, 4])
        for mode in "constant", "reflect", "edge":
            with self.subTest(mode):
                self.check(13, [pads], 10, 12, mode=mode)
        self.check(13, [pads, numpy.float32(0.25)], 10, 12)
        self.check(18, [numpy.int64([1, 2, 0, 3]), "", numpy.int64([-1, 2])], 11, 7, mode="edge")

    def test_attributes_of_old(self):
        self.check(7, [], 8, 9, pads=[0, 0, 1, 1, 0, 0, 1, 2], value=0.5)

    def test_what_is_not_supported_is_named(self):
        self.refused(self.graph(13, [numpy.int64([1, 0, 0, 0, 0, 0, 0, 0])], 7, 6), "(Pad)", "batch", check=False)
        self.refused(self.graph(13, [numpy.int64([0, 1, 0, 0, 0, 0, 0, 0])], 7, 6, mode="edge"), "(Pad)", "constant only", check=False)
        self.refused(self.graph(13, [numpy.int64([0, 0, -6, 0, 0, 0, 0, 0])], 7, 6), "(Pad)", "leave nothing", check=False)

    def test_channels_and_what_is_cut_off(self):
        for pads, rows, columns, channels in (([0, 2, 0, 0, 0, 1, 0, 0], 6, 6, 7), ([0, 0, -1, 2, 0, 1, -2, -3], 3, 5, 5),
                                              ([0, -1, 0, 0, 0, 0, 0, -1], 6, 5, 3)):
            with self.subTest(pads):
                graph = Graph()
                graph.add("Conv", graph.constant(4, 1, 5, 5), strides=[4, 4])
                graph.add("Pad", graph.constant(values=numpy.int64(pads)), graph.constant(values=numpy.float32(0.5)))
                graph.head(channels * rows * columns)
                self.compare(graph)


class Parts(ModelReader):
    """Slice, Split and Gather: behind a convolution that gives 8x6x6."""

    def begin(self, opset=13):
        graph = Graph(opset)
        graph.add("Conv", graph.constant(8, 1, 5, 5), strides=[4, 4])
        return graph

    def check(self, graph, features, *words):
        graph.head(features)
        self.compare(graph)
        text = cnn("summary", self.path("model.onnx"))[0]
        for word in words:
            self.assertIn(word, text)

    @staticmethod
    def lists(graph, *values):
        return [value if isinstance(value, str) else graph.constant(values=numpy.asarray(value)) for value in values]

    def test_slices(self):
        for starts, ends, axes, steps, features in (([1], [5], [1], [2], 2 * 36), ([-3, 0], [2**62, -1], [2, 3], [1, 2], 8 * 3 * 3),
                                                    ([0, 0, 2, -5], [2**62, 100, -1, 6], "", "", 8 * 3 * 5)):
            with self.subTest(f"{starts} {ends}"):
                graph = self.begin()
                starts, ends, axes, steps = (x if isinstance(x, str) else numpy.int64(x) for x in (starts, ends, axes, steps))
                graph.add("Slice", *self.lists(graph, starts, ends, axes, steps))
                self.check(graph, features)
        graph = self.begin(9)
        graph.add("Slice", starts=[2], ends=[-1], axes=[1])
        self.check(graph, 5 * 36)
        graph = self.begin()
        graph.add("Slice", *self.lists(graph, numpy.int32([2]), numpy.int32([4]), numpy.int32([1])))
        self.check(graph, 2 * 36)

    def test_a_slice_of_everything_is_no_layer(self):
        graph = self.begin()
        graph.add("Slice", *self.lists(graph, numpy.int64([0]), numpy.int64([8]), numpy.int64([1])))
        graph.head(8 * 36)
        self.compare(graph)
        self.assertNotIn("Slice", cnn("summary", self.path("model.onnx"))[0])

    def test_splits(self):
        for opset, inputs, attributes in ((13, [numpy.int64([2, 6])], {}), (11, [], {"split": [2, 6]})):
            graph = self.begin(opset)
            graph.add("Split", *self.lists(graph, *inputs), outputs=2, axis=1, **attributes)
            first, second = graph.nodes[-1].output
            graph.last = second
            graph.add("Relu")
            graph.add("Concat", "@", first, axis=1)
            self.check(graph, 8 * 36)
        graph = self.begin(18)
        graph.add("Split", outputs=3, axis=-3, num_outputs=3)
        graph.last = graph.nodes[-1].output[2]
        self.check(graph, 2 * 36)
        graph = self.begin()
        graph.add("Split", outputs=3, axis=2)
        graph.add("Sub", "@", graph.nodes[-1].output[1])
        self.check(graph, 8 * 2 * 6)

    def test_gathers(self):
        for indices, features in (([3], 36), ([1, 3, 5], 3 * 36), ([7, 0, -2, 3, 2, 2], 6 * 36)):
            with self.subTest(indices):
                graph = self.begin()
                graph.add("Gather", *self.lists(graph, numpy.int64(indices)), axis=1)
                self.check(graph, features)
        graph = self.begin()
        graph.add("Gather", *self.lists(graph, numpy.int64(2)), axis=1)
        graph.add("Unsqueeze", *self.lists(graph, numpy.int64([1])))
        graph.add("Conv", graph.constant(2, 1, 3, 3))
        self.check(graph, 2 * 16)

    def test_axes_behind_a_transpose(self):
        graph = self.begin()
        graph.add("Transpose", perm=[0, 2, 3, 1])
        graph.add("Split", *self.lists(graph, numpy.int64([3, 5])), outputs=2, axis=-1)
        graph.last = graph.nodes[-1].output[1]
        graph.add("Slice", *self.lists(graph, numpy.int64([1]), numpy.int64([6]), numpy.int64([2])))
        graph.add("Transpose", perm=[0, 3, 1, 2])
        graph.add("Conv", graph.constant(2, 5, 3, 3))
        self.check(graph, 2 * 4 * 3)

    def test_parts_of_vectors(self):
        graph = self.begin()
        graph.head(8 * 36)
        graph.add("Split", outputs=2, axis=1)
        graph.add("Mul", "@", graph.nodes[-1].output[1])
        self.check(graph, 5)

    def test_what_is_not_supported_is_named(self):
        for op, inputs, attributes, words in (
                ("Slice", ([3], [0], [1], [-1]), {}, ("step -1", "only from 1")), ("Slice", ([0], [1], [0]), {}, ("axis 0",)),
                ("Slice", ([2], [2], [1]), {}, ("not 0 along axis 1",)), ("Slice", ([2], [2, 3], [1]), {}, ("equally many",)),
                ("Slice", ([0], [1], [7]), {}, ("axis 7",)), ("Split", ([3, 4],), {"axis": 1}, ("8 values are to be split",)),
                ("Gather", ([8],), {"axis": 1}, ("index 8 is none of 8",)), ("Gather", ([1, 0],), {"axis": 2}, ("only channels",)),
                ("Gather", ([[1, 0]],), {"axis": 1}, ("list of at most",))):
            with self.subTest(f"{op} {inputs}"):
                graph = self.begin()
                graph.add(op, *self.lists(graph, *(numpy.int64(x) for x in inputs)), **attributes)
                graph.head(36)
                self.refused(graph, f"({op})", *words, check=False)


class Rearranged(ModelReader):
    """Channel shuffle, depth to space and back, and vectors that become maps."""

    def begin(self, channels=8, batch="N"):
        graph = Graph(batch=batch)
        graph.add("Conv", graph.constant(channels, 1, 5, 5), strides=[4, 4])
        return graph

    def check(self, graph, features, word, count=COUNT):
        graph.add("Neg")
        graph.head(features)
        self.compare(graph, count)
        _, error = cnn("convert", self.path("model.onnx"), self.path("network.txt"))
        with open(self.path("network.txt"), encoding="utf-8") as file:
            self.assertIn(word, file.read(), error)

    @staticmethod
    def chain(graph, split, order, joined):
        graph.add("Reshape", graph.constant(values=numpy.int64(split)))
        graph.add("Transpose", perm=order)
        graph.add("Reshape", graph.constant(values=numpy.int64(joined)))

    def test_channel_shuffle(self):
        for split, joined in (([0, 4, 2, 6, 6], [0, -1, 6, 6]), ([-1, 4, 2, 6, 6], [0, 8, 6, 6])):
            graph = self.begin()
            self.chain(graph, split, [0, 2, 1, 3, 4], joined)
            self.check(graph, 8 * 36, "shuffle 4")
        graph = self.begin()
        self.chain(graph, [0, 2, 4, 36], [0, 2, 1, 3], [0, 8, 6, 6])
        self.check(graph, 8 * 36, "shuffle 2")
        graph = self.begin()
        graph.add("Transpose", perm=[0, 2, 3, 1])
        self.chain(graph, [0, 6, 6, 2, 4], [0, 1, 2, 4, 3], [0, 6, 6, 8])
        graph.add("Transpose", perm=[0, 3, 1, 2])
        self.check(graph, 8 * 36, "shuffle 2")

    def test_sizes_that_are_calculated_behind_the_first_node(self):
        graph = self.begin()
        x = graph.last
        graph.add("Shape")
        batch = graph.add("Slice", *[graph.constant(values=numpy.int64([at])) for at in (0, 1)])
        graph.add("Concat", graph.constant(values=numpy.int64([2, 4, 6, 6])), axis=0)
        graph.add("Reshape", x, "@")
        turned = graph.add("Transpose", perm=[0, 2, 1, 3, 4])
        graph.last = batch
        graph.add("Concat", graph.constant(values=numpy.int64([8, 6, 6])), axis=0)
        graph.add("Reshape", turned, "@")
        self.check(graph, 8 * 36, "shuffle 2")

    def test_depth_and_space(self):
        graph = self.begin()
        self.chain(graph, [0, 2, 2, 2, 6, 6], [0, 3, 4, 1, 5, 2], [0, 2, 12, 12])
        self.check(graph, 8 * 36, "depthtospace 2")
        graph = self.begin()
        self.chain(graph, [0, 2, 2, 2, 6, 6], [0, 1, 4, 2, 5, 3], [0, 2, 12, 12])
        self.check(graph, 8 * 36, "depthtospace 2 mode CRD")
        graph = self.begin()
        self.chain(graph, [0, 8, 2, 3, 2, 3], [0, 3, 5, 1, 2, 4], [0, 72, 2, 2])
        self.check(graph, 8 * 36, "spacetodepth 3")
        graph = self.begin()
        self.chain(graph, [0, 8, 3, 2, 3, 2], [0, 1, 3, 5, 2, 4], [0, 32, 3, 3])
        self.check(graph, 8 * 36, "spacetodepth 2 mode CRD")
        for mode in "DCR", "CRD":
            graph = self.begin()
            graph.add("DepthToSpace", blocksize=2, mode=mode)
            self.check(graph, 8 * 36, "depthtospace 2")
        graph = self.begin()
        graph.add("SpaceToDepth", blocksize=3)
        self.check(graph, 8 * 36, "spacetodepth 3")

    def test_another_order_is_a_view_or_refused(self):
        graph = self.begin()
        self.chain(graph, [0, 2, 4, 6, 6], [0, 2, 1, 4, 3], [0, 8, 6, 6])
        graph.add("Neg")
        graph.head(8 * 36)
        self.compare(graph)
        graph = self.begin()
        self.chain(graph, [0, 2, 4, 6, 6], [0, 2, 1, 3, 4], [0, 16, 3, 6])
        graph.add("Neg")
        graph.head(8 * 36)
        self.refused(graph, "(Reshape)", "merge whole axes")

    def test_vectors_become_maps(self):
        graph = self.begin()
        x = graph.last
        graph.add("GlobalAveragePool")
        graph.add("Flatten")
        graph.add("Gemm", graph.constant(8, 8), graph.constant(8), transB=1)
        graph.add("Sigmoid")
        graph.add("Reshape", graph.constant(values=numpy.int64([0, 8, 1, 1])))
        graph.add("Mul", x, "@")
        self.check(graph, 8 * 36, "unflatten 1")
        graph = self.begin()
        graph.add("Flatten")
        graph.add("Gemm", graph.constant(24, 8 * 36), transB=1)
        graph.add("Reshape", graph.constant(values=numpy.int64([-1, 4, 3, 2])))
        graph.add("Conv", graph.constant(3, 4, 2, 2))
        self.check(graph, 6, "unflatten 3x2")


class Normalisations(ModelReader):
    def behind_conv(self, op, *inputs, opset=13, **attributes):
        graph = Graph(opset)
        graph.add("Conv", graph.constant(4, 1, 5, 5), strides=[4, 4])
        graph.add(op, *[graph.constant(values=numpy.float32(value)) for value in inputs], **attributes)
        graph.head(4 * 6 * 6)
        return graph

    def test_instance_normalization(self):
        parameters = [1, 2, -0.5, 0.25], [0, 1, 2, 3]
        self.compare(self.behind_conv("InstanceNormalization", *parameters))
        self.compare(self.behind_conv("InstanceNormalization", *parameters, epsilon=0.1))
        self.refused(self.behind_conv("InstanceNormalization", [1, 2], [0, 1]), "scale has the shape [2]", "expected [4]", check=False)

    def test_group_normalization(self):
        parameters = [1, 2, -0.5, 0.25], [0, 1, 2, 3]
        self.compare(self.behind_conv("GroupNormalization", *parameters, opset=21, num_groups=2))
        self.compare(self.behind_conv("GroupNormalization", *parameters, opset=21, num_groups=1, epsilon=0.1, stash_type=1))
        self.refused(self.behind_conv("GroupNormalization", *parameters, opset=21, num_groups=3), "groups 3", "4 input channels", check=False)
        self.refused(self.behind_conv("GroupNormalization", *parameters, opset=21), "num_groups is missing", check=False)
        self.refused(self.behind_conv("GroupNormalization", *parameters, opset=21, num_groups=2, stash_type=10), "stash_type 10", check=False)

    def test_group_normalization_with_a_scale_of_each_group(self):
        newer = self.behind_conv("GroupNormalization", [2, 2, -0.5, -0.5], [1, 1, 3, 3], opset=21, num_groups=2)
        expected = predict(self.save(newer.model()), COUNT)
        older = self.behind_conv("GroupNormalization", [2, -0.5], [1, 3], opset=18, num_groups=2)
        found = predict(self.save(older.model(), check=False), COUNT)  # onnx calls it deprecated
        self.assertTrue(numpy.array_equal(found, expected))
        self.refused(self.behind_conv("GroupNormalization", [1, 2, 3, 4], [1, 3], opset=18, num_groups=2), "scale", "each of 2 groups", check=False)

    def test_group_normalization_in_the_interpreter(self):
        """Of any rank, against ONNX's own reference: scale and bias of each group before operator set 21."""
        random = numpy.random.default_rng(1)
        for shape, groups, opset in itertools.product([(3, 4, 2, 2), (2, 6, 5), (3, 2), (2, 4, 3, 2, 2)], [1, 2], [18, 21]):
            with self.subTest(shape=shape, groups=groups, opset=opset):
                length = shape[1] if opset >= 21 else groups
                x, scale, bias = [random.normal(1, 2, size).astype(numpy.float32) for size in (shape, length, length)]
                values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, size)
                          for name, size in (("x", shape), ("scale", [length]), ("bias", [length]), ("y", shape))]
                node = helper.make_node("GroupNormalization", ["x", "scale", "bias"], ["y"], num_groups=groups, epsilon=0.01)
                model = helper.make_model(helper.make_graph([node], "test", values[:3], values[3:]),
                                          opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
                expected, = ReferenceEvaluator(model).run(None, {"x": x, "scale": scale, "bias": bias})
                inputs = []
                for name, array in (("x", x), ("scale", scale), ("bias", bias)):
                    numpy.save(self.path(name + ".npy"), array)
                    inputs += ["--input", f"{name}={self.path(name + '.npy')}"]
                cnn("run", self.save(model, check=False), *inputs, "-o", self.path("out"), "--engine", "interpreter")
                found = numpy.load(self.path("out", "y.npy"))
                self.assertLess(numpy.abs(found - expected).max(), 1e-5)

    def add_composed_group_norm(self, graph, groups, parameters, of_groups=(1, 0), back=None, epsilon=0.01):
        """As torch.onnx.export(dynamo=False) writes GroupNorm; `parameters`: the operators and constants behind it.
        `back`: a shape in place of the input's own. Returns what the first Reshape makes."""
        x = graph.last
        split = graph.add("Reshape", graph.constant(values=numpy.int64([0, groups, -1])))
        inner = [graph.constant(values=numpy.full(groups, value, numpy.float32)) for value in of_groups]
        norm = graph.add("InstanceNormalization", *inner, epsilon=epsilon)
        graph.last = x
        shape = graph.constant(values=numpy.int64(back)) if back else graph.add("Shape")
        graph.last = norm
        graph.add("Reshape", shape)
        for op, constant in parameters:
            graph.add(op, constant)
        return split

    def composed_group_norm(self, groups, batch="N", scale=(1, 2, -0.5, 0.25), bias=(0, 1, 2, 3), opset=13, **options):
        graph = Graph(opset, batch)
        graph.add("Conv", graph.constant(4, 1, 5, 5), strides=[4, 4])
        parameters = [(op, graph.constant(values=numpy.float32(values).reshape(-1, 1, 1)))
                      for op, values in (("Mul", scale), ("Add", bias)) if values]
        return graph, self.add_composed_group_norm(graph, groups, parameters, **options)

    def check_composed(self, expected, *arguments, **attributes):
        graph, _ = self.composed_group_norm(*arguments, **attributes)
        graph.head(4 * 6 * 6)
        self.compare(graph)
        self.assertIn(expected, cnn("summary", self.path("model.onnx"), "--json")[0])

    def test_group_normalisation_of_five_nodes(self):
        self.check_composed("groupnorm 2 epsilon 0.01", 2)
        self.check_composed("groupnorm 1 epsilon 0.01", 1, opset=17)
        self.check_composed("groupnorm 4\"", 4, epsilon=1e-5)
        self.check_composed("groupnorm 2 epsilon 0.01", 2, batch=COUNT, back=[COUNT, 4, 6, 6])
        self.check_composed("groupnorm 2 epsilon 0.01", 2, back=[-1, 4, 6, 6])
        self.check_composed("groupnorm 2 epsilon 0.01", 2, scale=(3,), bias=(0.5,))
        self.check_composed("groupnorm 2 epsilon 0.01", 2, scale=None)
        self.check_composed("groupnorm 2 epsilon 0.01", 2, bias=None)
        self.check_composed("groupnorm 2 epsilon 0.01", 2, scale=None, bias=None)
        self.check_composed("groupnorm 2 epsilon 0.01", 2, of_groups=(2, -0.5))

    def test_group_normalisations_of_five_nodes_share_their_parameters(self):
        graph = Graph()
        graph.add("Conv", graph.constant(4, 1, 5, 5), strides=[4, 4])
        parameters = [(op, graph.constant(4, 1, 1)) for op in ("Mul", "Add")]
        for _ in range(2):
            self.add_composed_group_norm(graph, 2, parameters)
            graph.add("Relu")
        graph.head(4 * 6 * 6)
        self.compare(graph)
        layers = json.loads(cnn("summary", self.path("model.onnx"), "--json")[0])["layers"]
        self.assertEqual([layer["shares"] for layer in layers if layer["text"].startswith("groupnorm")], [0, 2])

    def test_five_nodes_that_are_no_group_normalisation(self):
        words = "(InstanceNormalization)", "N,B,CHW"
        graph, _ = self.composed_group_norm(2, back=[0, 6, 4, 6])
        graph.head(4 * 6 * 6)
        self.refused(graph, *words, check=False)
        graph, split = self.composed_group_norm(2)
        flat = graph.add("Flatten")
        graph.last = split
        graph.add("Flatten")
        graph.add("Add", flat)
        graph.add("Gemm", graph.constant(10, 4 * 6 * 6), graph.constant(10), transB=1)
        self.refused(graph, *words)

    def test_local_response_normalization(self):
        self.compare(self.behind_conv("LRN", size=3))
        self.compare(self.behind_conv("LRN", size=5, alpha=0.7, beta=0.5, bias=2.0))
        self.refused(self.behind_conv("LRN", size=3, alpha=0.0), "alpha must not be 0")


if __name__ == "__main__":
    unittest.main()
