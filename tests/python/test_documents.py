"""Every command that README.md, CONTRIBUTING.md and docs/ print is run here, on small data of the same kind, or named
below with the place where it runs. A document that prints a command which fails, fails this test."""

import gzip
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import numpy
import onnx
from onnx import numpy_helper
from PIL import Image

import documents
from support import FASHION_MNIST
from test_networks import FOLDER as NETWORKS
from test_networks import fill

SOURCE = os.environ["CNN_SOURCE_DIR"]
TRAINING_IMAGES, TEST_IMAGES, PHOTOGRAPHS = 400, 100, 5

# Not run here, and where they are: building and testing inside of a test would build and test for ever.
ELSEWHERE = {
    "./demo.sh": ".ci/run",
    "./test.sh": ".ci/run",
    "./bench.sh": ".ci/run checks its engines",
    ".ci/run": "it is what runs this",
    "./demo.sh --data mnist --epochs 3": ".ci/run runs it with other arguments",
    "./test.sh -R kernels/conv": ".ci/run runs all tests",
    "CNN_CPU=scalar ./test.sh": "kernels/cpu runs the kernels of every instruction set",
    "./bench.sh --check": ".ci/run",
    "./bench.sh --nets basic": "takes minutes on a quiet machine",
    "./bench.sh --errors": "needs the peers; takes minutes",
    "./bench.sh --only photographs --modes infer --batches 1": "needs the peers; takes hours",
    "cnn train basic": "spoken of",
    "tools/drawn_digits.py": "browser/explore draws ten of its digits",
    "tools/drawn_digits.py MODEL": "browser/explore draws ten of its digits",
    "tools/compare_keras/": "a folder",
    "tools/explorer_figures.py": "wants a quiet machine",
    "tools/measure_python.py build/wheel/cnn-*.whl": "wants a quiet machine; python/package runs what it measures",
    "cnn train basic --data mnist --augment rotate:15,shear:10,zoom:0.15,translate:0.1 --epochs 8 --seed 1 -o runs/augmented":
        "takes minutes",
    "tools/setup.sh build": ".ci/run",
    "tools/setup.sh build test check": ".ci/run",
    "tools/check_style": ".ci/run",
    "tools/check_includes": "check/includes",
    "tools/check_compiles build/release": ".ci/run",
    "tools/check_spills": ".ci/run",
    "CNN_BUILD_DIR=build/release tools/doctor_figures.py": "takes half an hour; tests/doctor has small cases",
    "tools/measure_quota build/release": "needs root and a quiet machine",
    "cmake --preset release -DCNN_TESTS=OFF": "check/install and .ci/run",
    "cmake --build --preset release": ".ci/run",
    "cmake --install build/release --prefix ~/.local": "check/install",
    "cnn data fetch mnist": "cli/fetch fetches from a server of its own",
    "cnn data fetch NAME": "cli/fetch fetches from a server of its own",
    "sudo cmake --install build/release && sudo ldconfig": "check/install",
    "cmake --preset release && cmake --build --preset release": ".ci/run",
    "ctest --preset release -L kernels": ".ci/run runs all tests",
    "cmake --preset asan && cmake --build --preset asan && ctest --preset asan": ".ci/run",
    "cmake --preset fuzz && cmake --build --preset fuzz && build/fuzz/fuzz_onnx": ".ci/run",
    "clang-format -i FILE...": "tools/check_style",
    "cc train_and_predict.c -o train_and_predict $(pkg-config --cflags --libs cnn)": "check/install",
    "tools/requirements-export.txt": "a file",
    "tools/requirements-golden.txt": "a file",
    "tools/requirements.txt": "a file",
    "tools/export_models.py": "needs PyTorch; .ci/run has ./bench.sh --check call it",
    "tools/compare_gradients.py": "needs PyTorch",
    "tools/ablations.py": "takes hours",
    "tools/augmentation_figures.py": "wants a quiet machine",
    "CNN_BUILD_DIR=build/release tools/augmentation_figures.py basic fashion-mnist 6000 80 altflip,crop:1 randaugment":
        "wants a quiet machine",
    "tools/hard_photographs.py": "makes 15,000 pictures",
    "tools/compare_finetuning.py": "needs PyTorch and a quiet machine",
    "tools/compare_hard.py": "takes half an hour",
    "tools/doctor_figures.py": "takes half an hour",
    "tools/lab_figures.py": "takes a quarter of an hour; cli/lab and lab/contest have small cases",
    "CNN_BUILD_DIR=build/release tools/compare_gradients.py": "needs PyTorch",
    "build/release/test_kernels_conv": ".ci/run runs all tests",
    "build/bench/results.json": "a file",
    "tools/": "a folder",
    "pip install .": "tools/check_wheel",
    "tools/make_python_binding.py": "python/package compares the headers with what it wrote",
    "pip wheel .": "tools/check_wheel",
    "tools/check_wheel": "needs root, debootstrap and qemu-user",
    "tools/check_wide": "builds an emulator and takes minutes",
    "tools/measure_python.py": "needs a quiet machine",
    "tools/compare_keras.py": "needs Keras",
    "tools/export_architectures.py FOLDER": "needs torchvision, timm and ultralytics",
    "tools/export_architectures.py --exporter dynamo FOLDER": "needs torchvision, timm and ultralytics",
}

# What is no word of a command yet: a document's stand-in, and what it stands for here.
STANDS_FOR = {"NAME": "basic", "MODEL": "model.onnx", "MODEL.onnx": "model.onnx", "DATA": "fashion-mnist", "RUN": "runs/any",
              "RUN_DIR": "runs/any", "FILE": "any.txt", "FILE.safetensors": "model.safetensors", "COMMAND": "train"}
STANDS_FOR_ALL = {
    "cnn run MODEL --input NAME=x.npy ... -o DIR": "cnn run model.onnx --input input=x.npy -o results",
}

# Commands whose output the document shows to the last digit; "..." stands for any lines.
EXACT = ("cnn summary basic", "cnn convolve", "cnn convolve --pool 2x2", "cnn convolve --dilation 2 --padding 2",
         "cnn convolve --padding 1 --relu --pool 2x2",
         'cnn convolve --image "1 2 / 3 4 | 5 6 / 7 8" --kernel "1 0 / 0 1 | 0 1 / 1 0"', "cnn softmax 2.0 1.0 0.1",
         "cnn deck", "cnn deck convolution", "cnn deck basic", "cnn deck parameters", "cnn deck batches",
         "cnn deck advantages", "cnn deck assumptions", "cnn summary basic --images 60000 --epochs 10")


def idx(path, values):
    """Write bytes as an IDX file."""
    header = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(header + values.tobytes())


def first_images(kind, count):
    """(images, labels) of the packaged photographs."""
    read = lambda name, start, size: numpy.frombuffer(
        gzip.open(os.path.join(FASHION_MNIST, name)).read(start + size)[start:], numpy.uint8)
    images = read(f"{kind}-images-idx3-ubyte.gz", 16, count * 784).reshape(count, 28, 28)
    return images, read(f"{kind}-labels-idx1-ubyte.gz", 8, count)


def make_data(folder):
    """The known names, with few images."""
    for name in "mnist", "fashion-mnist":
        os.makedirs(folder / name)
        for kind, count in ("train", TRAINING_IMAGES), ("t10k", TEST_IMAGES):
            images, labels = first_images(kind, count)
            idx(folder / name / f"{kind}-images-idx3-ubyte.gz", images)
            idx(folder / name / f"{kind}-labels-idx1-ubyte.gz", labels)


def make_photographs(folder):
    generator = numpy.random.default_rng(1)
    for number, name in enumerate(("daisy", "dandelion", "rose", "sunflower", "tulip")):
        os.makedirs(folder / name)
        for image in range(PHOTOGRAPHS):
            pixels = generator.integers(0, 120, (40, 48, 3), dtype=numpy.uint8)
            pixels[number * 7:number * 7 + 7] += 120
            Image.fromarray(pixels).save(folder / name / f"{image:03}.png")


def make_network(name, path):
    """As PyTorch exports it, with weights: small ones, as those of a network that was trained."""
    model = onnx.load(NETWORKS / f"{name}.onnx")
    fill(model, 1)
    for tensor in model.graph.initializer:
        if len(tensor.dims) > 1:
            values = numpy_helper.to_array(tensor) * numpy.float32(0.7)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    onnx.save(model, path)


def matches(shown, printed):
    """Whether the lines are those that a document shows, where a line "..." stands for any number of them."""
    pattern = "".join(r"(?:.*\n)*" if line == "..." else re.escape(line.rstrip()) + r" *\n" for line in shown)
    return re.fullmatch(pattern + r"(?:.*\n)*", printed)


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        (cls.folder / "bin").mkdir()
        os.symlink(os.environ["CNN_COMMAND"], cls.folder / "bin" / "cnn")
        cls.environment = {**os.environ, "PATH": f"{cls.folder / 'bin'}:{os.environ['PATH']}",
                           "CNN_DATA": str(cls.folder / "data")}
        cls.environment.pop("COLUMNS", None)  # what goes into a pipe has whole lines
        make_data(cls.folder / "data")
        make_photographs(cls.folder / "photographs")
        make_network("resnet18", cls.folder / "resnet18.onnx")
        cls.prepare()

    @classmethod
    def prepare(cls):
        """The files that documents take for granted."""
        numpy.save(cls.folder / "x.npy", numpy.zeros((1, 1, 28, 28), numpy.float32))
        shutil.copy(cls.folder / "photographs" / "rose" / "000.png", cls.folder / "photo.png")
        shutil.copy(cls.folder / "photographs" / "rose" / "001.png", cls.folder / "drawing.png")
        (cls.folder / "net.txt").write_text("input 1x28x28\nflatten\ndense 10\nsoftmax\n")
        for document in documents.all_documents(SOURCE):
            for name, text in documents.models(document):
                if name:
                    (cls.folder / name).write_text(text)
        for command in ("cnn train net.txt --data fashion-mnist -o runs/any --epochs 1", "cnn convert runs/any model.onnx",
                        "cnn convert runs/any model.safetensors", "cnn convert runs/any file.safetensors"):
            run = cls.shell(command)
            assert run.returncode == 0, run.stderr
        shutil.rmtree(cls.folder / "runs")

    @classmethod
    def shell(cls, command):
        return subprocess.run(command, shell=True, cwd=cls.folder, env=cls.environment, capture_output=True, text=True,
                              executable="/bin/bash", stdin=subprocess.DEVNULL)

    def runnable(self, text):
        """The command without stand-ins."""
        if text in STANDS_FOR_ALL:
            return STANDS_FOR_ALL[text]
        words = re.split(r"(\s+)", text)
        return "".join(STANDS_FOR.get(word, word) for word in words)

    def check(self, command):
        text = self.runnable(command.text)
        if re.fullmatch(r"cnn [a-z]+", text) and not command.output:
            text += " --help"  # a command is spoken of, not called
        elif " -o runs/any" in text:
            shutil.rmtree(self.folder / "runs" / "any", ignore_errors=True)
        elif "runs/any" in text and not (self.folder / "runs" / "any").exists():
            self.shell("cnn train net.txt --data fashion-mnist -o runs/any --epochs 1")
        run = self.shell(text)
        self.assertEqual(run.returncode, 0, f"{command}\nwas run as: {text}\n{run.stdout}\n{run.stderr}")
        if command.text in EXACT:
            self.assertTrue(command.output and matches(command.output, run.stdout),
                            f"{command}\nprints otherwise than the document shows:\n{run.stdout}")

    def test_every_command_that_a_document_prints_runs(self):
        found = documents.all_commands(SOURCE)
        here = [command for command in found if command.text not in ELSEWHERE]
        for command in here:
            with self.subTest(str(command)):
                self.check(command)
        print(f"NOTE: documents: {len(here)} commands run, {len(found) - len(here)} more run elsewhere")
        texts = {command.text for command in found}
        self.assertEqual(set(ELSEWHERE) - texts, set(), "no document prints these any more: take them out")
        self.assertEqual(set(EXACT) - {command.text for command in found if command.output}, set())

    def test_every_network_that_a_document_shows_opens(self):
        count = 0
        for path in documents.all_documents(SOURCE):
            for _, text in documents.models(path):
                (self.folder / "shown.txt").write_text(text)
                run = self.shell("cnn summary shown.txt")
                self.assertEqual(run.returncode, 0, f"{path.name}:\n{text}\n{run.stderr}")
                count += 1
        print(f"NOTE: documents: {count} networks opened")
        self.assertGreater(count, 0)


if __name__ == "__main__":
    unittest.main()
