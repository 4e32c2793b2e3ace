"""Every kind of layer that a network can have: what the command writes, against onnx's checker and ONNX Runtime."""

import os
import pathlib
import re
import unittest

import numpy
import onnx
import onnxruntime

from support import TestInFolder, cnn, predict, test_images

COUNT = 5
TOLERANCE = 1e-4

# Each a network behind "input 1x28x28", which ends in ten outputs.
NETWORKS = {
    "windows": "conv 6 5x3 stride 2 padding 1\nmaxpool 3 stride 2 padding 1\navgpool 2 stride 1 countpad\n"
               "convtranspose 4 3x2 stride 2 padding 1,0,0,1 outputpadding 1x0\nflatten\ndense 10\n",
    "norms": "conv 8 3x3 nobias\nbatchnorm\ninstancenorm\nlrn 3 relu\nglobalavgpool name mean\nglobalmaxpool from relu_1\nadd mean\n"
             "flatten\ndense 12\nbatchnorm\ndropout 0.3\ndroppath 0.2\ndense 10\nsoftmax\n",
    "joins": "conv 6 3x3 padding same name a\nconv 6 3x3 padding same from input name b\nadd a name s\nmul a name p\n"
             "sub s name d\nmax b name m\nmin a name n\nconcat s p d m\nconv 10 3x3 name last\nglobalavgpool name g\n"
             "mul last\nmaxpool 4x4\nflatten\ndense 10\n",
    "sizes": "conv 4 3x3 stride 2 padding 1\nresize nearest scale 2 coordinates asymmetric rounding floor\n"
             "resize linear size 13x17\npad 2,1,0,3 mode reflect\npad 1 value 0.5\nflatten\ndense 10\n",
    "moves": "conv 8 3x3 padding 1 relu\nslice channels 1,5 rows 0,0,2 columns 2,13,2 name a\n"
             "slice channels 5 rows 14 columns 0,13 from relu_1\nconcat a\nslice channels 0,8 name b\nshuffle 4\npad 0,1,0,1 channels 0x1\n"
             "pad 1,0,1,1 channels 2x1\nspacetodepth 2 mode CRD\ndepthtospace 4 mode CRD\nglobalavgpool\nflatten\ndense 24\nunflatten 2x3\n"
             "spacetodepth 1\ndepthtospace 2\nflatten\ndense 10\n",
    "pools": "conv 12 3x3 padding 1\nmaxpool 3x2 stride 2x1 padding 1 dilation 2 name a\ngloball2pool name n\nchannelpool mean name m\n"
             "div m from n\nmul a name r\nchannelpool max branches 3 name b\nchannelpool sum branches 3 from r\nadd b\n"
             "channelpool max name h\nchannelpool sum from a\nmul h\nmaxpool 4x4\nflatten\ndense 10\n",
    "pools in a newer operator set": "conv 12 3x3 padding 1\ngelu\nchannelpool mean branches 2\nchannelpool max branches 3\n"
                                     "maxpool 4x4\nflatten\ndense 10\n",
    "quotient": "conv 4 3x3 name a\nsigmoid\ndiv a\nclip -3 3\nflatten\ndense 10\nlogsoftmax\n",
}
ACTIVATIONS = ("relu", "leakyrelu 0.2", "prelu", "prelu shared", "elu 0.7", "selu", "thresholdedrelu 0.1", "sigmoid",
               "tanh", "hardsigmoid 0.3 0.4", "swish", "hardswish", "softplus", "softsign", "clip -0.5 0.8", "abs", "neg",
               "exp", "exp\nlog", "abs\nsqrt", "gelu", "softmax", "logsoftmax")


def words_of_the_text_format():
    """The layers of docs/text-format.md."""
    path = os.path.join(os.environ["CNN_SOURCE_DIR"], "docs", "text-format.md")
    with open(path, encoding="utf-8") as file:
        table = file.read().split("## Layers")[1].split("## Options")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {cell.split()[0] for row in rows for cell in re.findall("`([^`]+)`", row)}


def words_of(lines):
    return {line.split()[0] for line in lines.splitlines() if line}


def networks_of_the_oracle():
    """The networks that stand beside the oracle's layers, in tests/support/oracle_*.c."""
    pattern = re.compile(r'\{"[^"]+",\s*"((?:[^"\\]|\\.)*)"\}')
    folder = pathlib.Path(os.environ["CNN_SOURCE_DIR"]) / "tests" / "support"
    return [lines.replace("\\n", "\n") for file in sorted(folder.glob("oracle_*.c"))
            for lines in pattern.findall(file.read_text(encoding="utf-8"))]


def networks_with_other_layers():
    """For each layer that is neither in NETWORKS nor in ACTIVATIONS, the oracle's first network that has it."""
    networks, seen = {}, words_of("\n".join([*NETWORKS.values(), *ACTIVATIONS]))
    for lines in networks_of_the_oracle():
        if not words_of(lines) <= seen:
            networks[lines] = f"conv 4 3x3\n{lines}\nflatten\ndense 10\n"
            seen |= words_of(lines)
    return networks


class Export(TestInFolder):
    def compare(self, lines):
        cnn("convert", self.write("net.txt", f"input 1x28x28\n{lines}"), self.path("net.onnx"), "--seed", 3)
        model = onnx.load(self.path("net.onnx"))
        onnx.checker.check_model(model, full_check=True)
        self.assertIn((model.ir_version, model.opset_import[0].version), ((7, 13), (10, 17), (10, 20), (10, 21)))
        session = onnxruntime.InferenceSession(self.path("net.onnx"), providers=["CPUExecutionProvider"])
        for count in 1, COUNT:
            expected = session.run(["output"], {"input": test_images(count)})[0]
            found = predict(self.path("net.onnx"), count)
            self.assertGreater(numpy.ptp(expected), 1e-3, "outputs that are all the same show nothing")
            self.assertLess(numpy.abs(found - expected).max() / numpy.abs(expected).max(), TOLERANCE)

    def test_networks(self):
        for name, lines in {**NETWORKS, **networks_with_other_layers()}.items():
            with self.subTest(name):
                self.compare(lines)

    def test_activations(self):
        for activation in ACTIVATIONS:
            with self.subTest(activation):
                self.compare(f"conv 4 3x3\n{activation}\nflatten\ndense 10\n")

    def test_built_in_networks(self):
        for name in "basic-dropout", "lenet5", "mobilenet-small", "resnet20", "vgg-small":
            with self.subTest(name):
                cnn("train", name, "--data", "fashion-mnist", "-o", self.path(name), "--epochs", 1, "--limit", 32,
                    "--batch", 8)
                path = self.path(name, "model.onnx")
                onnx.checker.check_model(onnx.load(path), full_check=True)
                session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
                expected = session.run(["output"], {"input": test_images(COUNT)})[0]
                self.assertGreater(numpy.ptp(expected), 1e-3, "outputs that are all the same show nothing")
                self.assertLess(numpy.abs(predict(path, COUNT) - expected).max(), TOLERANCE)

    def test_every_word_takes_part(self):
        lines = [*NETWORKS.values(), *ACTIVATIONS, *networks_with_other_layers().values()]
        self.assertEqual(words_of_the_text_format() - words_of("\n".join(lines)), set())


if __name__ == "__main__":
    unittest.main()
