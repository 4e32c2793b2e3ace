"""The benchmark's engine for MNN, inference only: engine_mnn.py FOLDER THREADS."""
import importlib.metadata
import sys

import numpy

import converted
import worker  # before MNN, which prints when it is imported

import MNN
import _tools  # its converter; its script mnnconvert would also install a package and report to its makers


def _convert(source, shape, targets, scratch):
    _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", source, "--MNNModel", targets[0], "--bizCode", "cnn"])


class Engine(worker.Inference):
    version = importlib.metadata.version("MNN")

    def __init__(self, folder, threads):
        self.folder, self.threads = folder, threads

    def prepare(self, name, training, batch):
        if training:
            raise ValueError("MNN's Python package runs networks but does not train these")
        self.batch = batch
        self.data, [path] = converted.prepare(self.folder, name, [".mnn"], _convert)
        self.net = MNN.Interpreter(path)
        self.session = self.net.createSession({"backend": "CPU", "precision": "high", "numThread": self.threads})
        self.input = self.net.getSessionInput(self.session)
        self.net.resizeTensor(self.input, (batch, *self.data.images.shape[1:]))
        self.net.resizeSession(self.session)
        self.output = self.net.getSessionOutput(self.session)
        self.outputs = self._tensor(numpy.zeros(self.output.getShape(), numpy.float32))

    def _tensor(self, values):
        """In N,C,H,W order, whatever MNN has inside."""
        return MNN.Tensor(values.shape, MNN.Halide_Type_Float, values, MNN.Tensor_DimensionType_Caffe)

    def work(self, number):
        self.input.copyFrom(self._tensor(self.data.images[self.data.batch(number, self.batch)]))
        if self.net.runSession(self.session):
            raise ValueError("MNN's session failed")
        self.output.copyToHostTensor(self.outputs)
        return self.batch

    def results(self):
        return numpy.array(self.outputs.getNumpyData()).ravel()


worker.serve(Engine(sys.argv[1], int(sys.argv[2])))
