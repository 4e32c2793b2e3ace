"""Operators of the interpreter against ONNX Runtime, where ONNX's own test data does not reach."""

import unittest

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from support import TestInFolder, cnn

TOLERANCE = 1e-5


class Interpreter(TestInFolder):
    def setUp(self):
        super().setUp()
        self.random = numpy.random.default_rng(7)

    def normal(self, *shape):
        return self.random.normal(0, 1, shape).astype(numpy.float32)

    def save(self, nodes, inputs, outputs, opset):
        """The options that give the command the model and its inputs."""
        infos = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
                 for name, value in inputs.items()]
        graph = helper.make_graph(nodes, "test", infos, [helper.make_empty_tensor_value_info(o) for o in outputs])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        onnx.save(model, self.path("model.onnx"))
        options = ["run", self.path("model.onnx"), "--engine", "interpreter", "-o", self.path("out")]
        for name, value in inputs.items():
            numpy.save(self.path(name + ".npy"), value)
            options += ["--input", f"{name}={self.path(name)}.npy"]
        return options

    def run_both(self, nodes, inputs, outputs, opset=17, expected=None, code=0):
        """What the command makes of the nodes, and what ONNX Runtime does; `expected` replaces the latter."""
        cnn(*self.save(nodes if isinstance(nodes, list) else [nodes], inputs, outputs, opset), code=code)
        found = [numpy.load(self.path("out", o + ".npy")) for o in outputs]
        if expected is None:
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 4
            session = onnxruntime.InferenceSession(self.path("model.onnx"), options, providers=["CPUExecutionProvider"])
            expected = session.run(outputs, inputs)
        return found, expected

    def refused(self, kind, inputs, *words, **attributes):
        """The message names the node, the operator and what was wrong."""
        node = helper.make_node(kind, list(inputs), ["y"], name="odd", **attributes)
        _, error = cnn(*self.save([node], inputs, ["y"], 17), code=1)
        for word in ('node "odd"', kind, *words):
            self.assertIn(word, error)

    def compare(self, *arguments, **options):
        found, expected = self.run_both(*arguments, **options)
        for ours, theirs in zip(found, expected):
            self.assertEqual(ours.shape, theirs.shape)
            self.assertEqual(ours.dtype, theirs.dtype)
            numpy.testing.assert_allclose(ours, theirs, rtol=TOLERANCE,
                                          atol=TOLERANCE * max(1, numpy.abs(theirs).max(initial=0)))

    # ---- Recurrent layers -------------------------------------------------------------------------------------------

    def recurrent(self, kind, gates, directions, lengths=(6, 2, 4), **attributes):
        times, batch, size, hidden = max(lengths), len(lengths), 5, 4
        inputs = {"x": self.normal(times, batch, size), "w": self.normal(directions, gates * hidden, size) / 2,
                  "r": self.normal(directions, gates * hidden, hidden) / 2,
                  "b": self.normal(directions, 2 * gates * hidden), "lengths": numpy.array(lengths, numpy.int32),
                  "h": self.normal(directions, batch, hidden)}
        outputs = ["y", "y_h"]
        if kind == "LSTM":
            inputs["c"] = self.normal(directions, batch, hidden)
            inputs["p"] = self.normal(directions, 3 * hidden)
            outputs.append("y_c")
        direction = "bidirectional" if directions == 2 else attributes.pop("direction", "forward")
        node = helper.make_node(kind, list(inputs), outputs, hidden_size=hidden, direction=direction, **attributes)
        self.compare(node, inputs, outputs)

    def test_lstm(self):
        for directions in (1, 2):
            self.recurrent("LSTM", 4, directions)
        self.recurrent("LSTM", 4, 1, direction="reverse", clip=0.5)
        self.recurrent("LSTM", 4, 1, input_forget=1)
        self.recurrent("LSTM", 4, 1, activations=["HardSigmoid", "ScaledTanh", "Softsign"],
                       activation_alpha=[0.3, 1.2], activation_beta=[0.4, 0.7])

    def test_gru(self):
        for after in (0, 1):
            self.recurrent("GRU", 3, 1, linear_before_reset=after)
            self.recurrent("GRU", 3, 2, linear_before_reset=after)
        self.recurrent("GRU", 3, 1, direction="reverse", activations=["Sigmoid", "Relu"])

    def test_rnn(self):
        self.recurrent("RNN", 1, 2, activations=["Relu", "Affine"], activation_alpha=[0.5], activation_beta=[0.1])
        self.recurrent("RNN", 1, 1, clip=0.3)

    def test_a_few_steps_of_one_sequence(self):
        for kind, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
            for steps in (1, 2):
                self.recurrent(kind, gates, 2, (steps,))

    def test_batch_first_is_the_same_turned(self):
        x, w, r = self.normal(6, 3, 5), self.normal(2, 16, 5), self.normal(2, 16, 4)
        h = self.normal(2, 3, 4)
        inputs = ["x", "w", "r", "", "", "h"]
        node = helper.make_node("LSTM", inputs, ["y", "y_h"], hidden_size=4, direction="bidirectional")
        expected = self.run_both(node, {"x": x, "w": w, "r": r, "h": h}, ["y", "y_h"])[0]
        node = helper.make_node("LSTM", inputs, ["y", "y_h"], hidden_size=4, direction="bidirectional", layout=1)
        found = self.run_both(node, {"x": x.swapaxes(0, 1), "w": w, "r": r, "h": h.swapaxes(0, 1)}, ["y", "y_h"],
                              expected=[])[0]
        numpy.testing.assert_array_equal(found[0], expected[0].transpose(2, 0, 1, 3))
        numpy.testing.assert_array_equal(found[1], expected[1].swapaxes(0, 1))

    # ---- Products of matrices ---------------------------------------------------------------------------------------

    def test_convolutions_of_one_to_three_axes(self):
        for axes, groups, stride, dilation, pad in ((1, 1, 2, 1, 3), (1, 4, 1, 3, 0), (2, 1, 2, 2, 2), (2, 2, 3, 1, 1),
                                                    (3, 1, 1, 1, 1), (3, 2, 2, 1, 0)):
            x = self.normal(2, 8, *[11 + k for k in range(axes)])
            w, b = self.normal(12, 8 // groups, *[3] * axes), self.normal(12)
            node = helper.make_node("Conv", ["x", "w", "b"], ["y"], group=groups, strides=[stride] * axes,
                                    dilations=[dilation] * axes, pads=[pad] * (2 * axes))
            self.compare(node, {"x": x, "w": w, "b": b}, ["y"])

    def test_transposed_convolutions(self):
        for axes, groups, stride, pad in ((1, 1, 2, 1), (2, 2, 3, 1), (2, 1, 2, 0), (3, 1, 2, 1)):
            x = self.normal(2, 8, *[5 + k for k in range(axes)])
            w, b = self.normal(8, 6 // groups, *[3] * axes), self.normal(6)
            node = helper.make_node("ConvTranspose", ["x", "w", "b"], ["y"], group=groups, strides=[stride] * axes,
                                    pads=[pad] * (2 * axes))
            self.compare(node, {"x": x, "w": w, "b": b}, ["y"])

    def test_products_larger_than_a_block(self):
        self.compare(helper.make_node("MatMul", ["a", "b"], ["y"]),
                     {"a": self.normal(2, 3, 37, 600), "b": self.normal(3, 600, 301)}, ["y"])
        for a, b in ((0, 0), (0, 1), (1, 0), (1, 1)):
            for rows in (1, 33):
                first = self.normal(520, rows) if a else self.normal(rows, 520)
                second = self.normal(70, 520) if b else self.normal(520, 70)
                node = helper.make_node("Gemm", ["a", "b", "c"], ["y"], transA=a, transB=b, alpha=0.5, beta=2.0)
                self.compare(node, {"a": first, "b": second, "c": self.normal(70)}, ["y"])

    # ---- Integers ---------------------------------------------------------------------------------------------------

    def bytes(self, kind, *shape):
        limits = numpy.iinfo(kind)
        return self.random.integers(limits.min, limits.max + 1, shape).astype(kind)

    def test_products_of_bytes_are_exact(self):
        """3000 products of up to 255 x 255, which float32 alone could not add up."""
        for kind in (numpy.uint8, numpy.int8):
            inputs = {"a": self.bytes(numpy.uint8, 2, 5, 3000), "b": self.bytes(kind, 3000, 9),
                      "a_zero": numpy.array(3, numpy.uint8), "b_zero": self.bytes(kind, 9)}
            a, b, a_zero, b_zero = (value.astype(numpy.int64) for value in inputs.values())
            found, _ = self.run_both(helper.make_node("MatMulInteger", list(inputs), ["y"]), inputs, ["y"], expected=[])
            numpy.testing.assert_array_equal(found[0], (a - a_zero) @ (b - b_zero))

    def test_convolutions_of_bytes_are_exact(self):
        for groups in (1, 2, 6):
            inputs = {"x": self.bytes(numpy.uint8, 2, 6 * groups, 9, 8), "w": self.bytes(numpy.uint8, 12, 6, 5, 5),
                      "x_zero": numpy.array(100, numpy.uint8), "w_zero": numpy.array(7, numpy.uint8)}
            node = helper.make_node("ConvInteger", list(inputs), ["y"], group=groups, pads=[1, 2, 2, 1], strides=[2, 1])
            found, expected = self.run_both(node, inputs, ["y"])
            numpy.testing.assert_array_equal(found[0], expected[0])

    def test_quantised_layers(self):
        """A sum that lies halfway between two integers may be rounded to either. Weights have seven bits: with eight, ONNX
        Runtime's sums of int8 saturate on processors without instructions for them."""
        scale = numpy.float32
        layers = {
            "QLinearMatMul": {"a": self.bytes(numpy.uint8, 7, 40), "a_scale": scale(0.02), "a_zero": numpy.uint8(120),
                              "b": self.bytes(numpy.int8, 40, 5) // 2, "b_scale": scale(0.03), "b_zero": numpy.int8(0),
                              "y_scale": scale(0.9), "y_zero": numpy.uint8(130)},
            "QLinearConv": {"x": self.bytes(numpy.uint8, 1, 4, 9, 9), "x_scale": scale(0.02), "x_zero": numpy.uint8(120),
                            "w": self.bytes(numpy.int8, 6, 4, 3, 3) // 2,
                            "w_scale": numpy.array([0.01, 0.02, 0.03, 0.04, 0.05, 0.06], scale),
                            "w_zero": numpy.zeros(6, numpy.int8), "y_scale": scale(0.7), "y_zero": numpy.uint8(128),
                            "b": self.random.integers(-999, 999, 6).astype(numpy.int32)}}
        for kind, inputs in layers.items():
            inputs = {name: numpy.asarray(value) for name, value in inputs.items()}
            found, expected = self.run_both(helper.make_node(kind, list(inputs), ["y"]), inputs, ["y"])
            self.assertLessEqual(numpy.abs(found[0].astype(int) - expected[0].astype(int)).max(), 1)
            self.assertGreater(numpy.mean(found[0] == expected[0]), 0.99)

    def test_quantising(self):
        x = self.normal(4, 6, 5) * 50
        for kind in (numpy.uint8, numpy.int8, numpy.uint16, numpy.int16):
            inputs = {"x": x, "s": numpy.array([.1, .2, .3, .4, .5, .6], numpy.float32), "z": numpy.arange(6).astype(kind)}
            nodes = [helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"], axis=1),
                     helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"], axis=1)]
            self.compare(nodes, inputs, ["q", "y"], opset=21)
        blocks = {"x": x, "s": numpy.abs(self.normal(4, 2, 5)) + numpy.float32(0.1)}
        self.compare(helper.make_node("QuantizeLinear", ["x", "s"], ["y"], axis=1, block_size=3), blocks, ["y"], opset=21)
        self.compare(helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]), {"x": x}, ["q", "s", "z"])

    # ---- Graphs within nodes ----------------------------------------------------------------------------------------

    @staticmethod
    def body(nodes, inputs, outputs, constants=()):
        kinds = {"i": TensorProto.INT64, "c": TensorProto.BOOL}
        infos = [[helper.make_tensor_value_info(name, kinds.get(name[0], TensorProto.FLOAT),
                                               [] if name in ("i", "c") else None) for name in names]
                 for names in (inputs, outputs)]
        return helper.make_graph(nodes, "body", *infos, [numpy_helper.from_array(v, k) for k, v in constants])

    def test_a_branch_reads_what_lies_around_it(self):
        yes = self.body([helper.make_node("Mul", ["d", "x"], ["yes"])], [], ["yes"])
        inner = helper.make_node("If", ["c"], ["no"], name="inner", else_branch=self.body(
            [helper.make_node("Sub", ["x", "d"], ["deep"])], [], ["deep"]), then_branch=yes)
        nodes = [helper.make_node("Add", ["x", "x"], ["d"]),
                 helper.make_node("If", ["c"], ["y"], then_branch=yes, else_branch=self.body([inner], [], ["no"])),
                 helper.make_node("Relu", ["y"], ["z"])]
        for truth in (True, False):
            self.compare(nodes, {"x": self.normal(3, 4), "c": numpy.array(truth)}, ["z"])

    def loop(self, rounds, limit):
        """Adds up x until the sum's first value exceeds the limit; gives the sum and each round's sum and number."""
        nodes = [helper.make_node("Add", ["s", "x"], ["t"]), helper.make_node("ReduceMax", ["t"], ["m"], keepdims=0),
                 helper.make_node("Less", ["m", "limit"], ["c_out"]), helper.make_node("Identity", ["t"], ["t_kept"]),
                 helper.make_node("Identity", ["i"], ["i_kept"])]
        body = self.body(nodes, ["i", "c", "s"], ["c_out", "t", "t_kept", "i_kept"])
        node = helper.make_node("Loop", ["rounds", "go", "start"], ["sum", "sums", "numbers"], body=body)
        self.compare(node, {"rounds": numpy.array(rounds), "go": numpy.array(True), "start": numpy.zeros(3, numpy.float32),
                            "x": numpy.array([1, 2, 3], numpy.float32), "limit": numpy.array(limit, numpy.float32)},
                     ["sum", "sums", "numbers"])

    def test_a_loop_ends_by_its_count_or_its_condition(self):
        self.loop(5, 1000)
        self.loop(1000, 20)

    def test_what_a_graph_within_a_node_lacks_is_said(self):
        body = self.body([helper.make_node("Unheard", ["x"], ["t"], name="odd")], [], ["t"])
        node = helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body)
        infos = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1]),
                 helper.make_tensor_value_info("c", TensorProto.BOOL, [])]
        graph = helper.make_graph([node], "test", infos, [helper.make_empty_tensor_value_info("y")])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), self.path("m.onnx"))
        _, error = cnn("run", self.path("m.onnx"), "--engine", "interpreter", "-o", self.path("out"), code=1)
        self.assertIn("Unheard", error)
        self.assertIn("odd", error)

    # ---- Others -----------------------------------------------------------------------------------------------------

    def test_sums_named_by_letters(self):
        for equation, *shapes in (("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("ii->i", (4, 4)), ("ij->", (3, 4)),
                                  ("...ij,...jk", (2, 3, 4), (1, 4, 5)), ("bhid,bhjd->bhij", (1, 2, 3, 4), (1, 2, 5, 4)),
                                  ("i,j,k->kji", (2,), (3,), (4,)), ("ba", (3, 4)), ("a...b->b...", (2, 3, 4, 5))):
            inputs = {f"x{k}": self.normal(*shape) for k, shape in enumerate(shapes)}
            self.compare(helper.make_node("Einsum", list(inputs), ["y"], equation=equation), inputs, ["y"])

    def test_places_that_a_grid_names(self):
        grid = {"x": self.normal(2, 3, 5, 4), "g": self.normal(2, 6, 7, 2) * 1.5}
        for mode in ("linear", "nearest", "cubic"):
            for padding in ("zeros", "border", "reflection"):
                for corners in (0, 1):
                    node = helper.make_node("GridSample", ["x", "g"], ["y"], mode=mode, padding_mode=padding,
                                            align_corners=corners)
                    self.compare(node, grid, ["y"], opset=20)

    def test_maps_of_boxes(self):
        boxes = numpy.float32([[0, 0, 6, 5], [1.3, 2.2, 9.7, 8.1], [-3, -2, 4, 30], [5, 5, 5.2, 5.1]])
        inputs = {"x": self.normal(2, 3, 9, 8), "boxes": boxes, "of": numpy.int64([0, 1, 1, 0])}
        for mode in ("avg", "max"):
            for transformation in ("half_pixel", "output_half_pixel"):
                for ratio in (0, 2):
                    node = helper.make_node("RoiAlign", list(inputs), ["y"], mode=mode, output_height=3, output_width=2,
                                            coordinate_transformation_mode=transformation, sampling_ratio=ratio,
                                            spatial_scale=0.7)
                    self.compare(node, inputs, ["y"])
        self.compare(helper.make_node("RoiAlign", list(inputs), ["y"], output_height=2), inputs, ["y"], opset=10)

    def test_boxes_that_overlap(self):
        for centre in (0, 1):
            inputs = {"boxes": self.random.random((2, 60, 4)).astype(numpy.float32),
                      "scores": self.random.random((2, 3, 60)).astype(numpy.float32), "most": numpy.array([9], numpy.int64),
                      "overlap": numpy.array([0.3], numpy.float32), "least": numpy.array([0.2], numpy.float32)}
            node = helper.make_node("NonMaxSuppression", list(inputs), ["y"], center_point_box=centre)
            self.compare(node, inputs, ["y"])

    def test_what_lies_at_the_top(self):
        x = self.random.integers(-5, 5, (4, 7, 5)).astype(numpy.float32)
        for largest in (0, 1):
            node = helper.make_node("TopK", ["x", "k"], ["y", "i"], axis=1, largest=largest)
            self.compare(node, {"x": x, "k": numpy.array([4])}, ["y", "i"])
        for kind in ("ArgMax", "ArgMin"):
            for last in (0, 1):
                node = helper.make_node(kind, ["x"], ["y"], axis=-1, keepdims=0, select_last_index=last)
                self.compare(node, {"x": x}, ["y"])

    def test_sums_over_some_axes(self):
        for kind in ("ReduceMax", "ReduceMin", "ReduceMean", "ReduceL1", "ReduceL2", "ReduceLogSumExp", "ReduceProd"):
            for axes in ([0], [1, -1], [0, 1, 2, 3]):
                for x in (self.normal(3, 4, 2, 5), 1 + (self.random.random((3, 4, 2, 5)) < 0.1).astype(numpy.int32)):
                    if x.dtype != numpy.float32 and kind not in ("ReduceMax", "ReduceMin", "ReduceMean", "ReduceProd"):
                        continue
                    self.compare(helper.make_node(kind, ["x"], ["y"], axes=axes, keepdims=0), {"x": x}, ["y"])

    def test_functions_by_kernels(self):
        x = numpy.concatenate([self.normal(1000) * scale for scale in (0.01, 1, 10)])
        for kind in ("Erf", "Exp", "Sigmoid", "Tanh", "Softplus", "Relu", "Softmax", "Elu", "Celu", "Sign", "Round"):
            self.compare(helper.make_node(kind, ["x"], ["y"]), {"x": x}, ["y"])
        for approximate in ("none", "tanh"):
            self.compare(helper.make_node("Gelu", ["x"], ["y"], approximate=approximate), {"x": x}, ["y"], opset=20)
        for power in (2, 0.5, 3, -1):
            self.compare(helper.make_node("Pow", ["x", "p"], ["y"]),
                         {"x": numpy.abs(x), "p": numpy.array(power, numpy.float32)}, ["y"])

    # ---- What is refused, and what is not a number ------------------------------------------------------------------

    def test_what_is_wrong_is_said(self):
        x, one = self.normal(3, 4), numpy.array([1])
        whole = numpy.arange(12).reshape(3, 4)
        self.refused("Mod", {"a": whole, "b": whole}, "division by zero")
        self.refused("BitShift", {"a": whole, "b": whole}, "without a sign", direction="LEFT")
        self.refused("Less", {"a": x, "b": whole}, "float32", "int64", "numbers of one type")
        self.refused("And", {"a": x, "b": x}, "bool")
        self.refused("Where", {"c": x > 0, "a": x, "b": self.normal(2, 4)}, "do not fit")
        self.refused("TopK", {"x": x, "k": numpy.array([5])}, "5 values of axis 1")
        self.refused("Range", {"a": one[0], "b": one[0], "c": numpy.array(0)}, "steps of 0")
        self.refused("Tile", {"x": x, "r": one}, "1 repeats")
        self.refused("GatherElements", {"x": x, "i": whole}, "index 4 is outside", axis=1)
        self.refused("GatherND", {"x": x, "i": numpy.array([[1, 4]])}, "tuple 0")
        self.refused("ScatterND", {"x": x, "i": numpy.array([[1, 0]]), "u": x}, "updates")
        self.refused("ScatterElements", {"x": x, "i": one.reshape(1, 1), "u": whole[:1, :1]}, "expected elements of float32")
        self.refused("ReduceSum", {"x": x, "axes": numpy.array([2])}, "axis 2")
        self.refused("Einsum", {"x": x}, "ijk", equation="ijk->i")
        self.refused("LSTM", {"x": self.normal(2, 1, 3), "w": self.normal(1, 8, 4), "r": self.normal(1, 8, 2)}, "the weight",
                     "1x8x3")
        self.refused("QuantizeLinear", {"x": x, "s": numpy.ones(3, numpy.float32)}, "scale")
        self.refused("DepthToSpace", {"x": self.normal(1, 6, 2, 2)}, "blocks of 2", blocksize=2)
        self.refused("ConvInteger", {"x": x.reshape(1, 1, 3, 4), "w": x.reshape(1, 1, 3, 4)}, "bytes")

    def test_what_is_not_a_number(self):
        nan = numpy.nan
        x = numpy.array([[1, nan, 3], [4, 5, -numpy.inf]], numpy.float32)
        for kind, expected in (("ReduceMax", [nan, 5]), ("ReduceMin", [nan, -numpy.inf]), ("ArgMax", [1, 1]),
                               ("ArgMin", [0, 2])):
            axes = {"axis": 1} if kind.startswith("Arg") else {"axes": [1]}
            node = helper.make_node(kind, ["x"], ["y"], keepdims=0, **axes)
            found, _ = self.run_both(node, {"x": x}, ["y"], expected=[], code=int(not numpy.isfinite(expected).all()))
            numpy.testing.assert_array_equal(found[0], expected)
        for kind, expected in (("Equal", x == x), ("LessOrEqual", x <= x)):
            node = helper.make_node(kind, ["x", "x"], ["y"])
            numpy.testing.assert_array_equal(self.run_both(node, {"x": x}, ["y"], expected=[])[0][0], expected)


if __name__ == "__main__":
    unittest.main()
