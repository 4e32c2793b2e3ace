"""The benchmark's engine for ONNX Runtime, inference only: engine_ort.py FOLDER THREADS run|bound."""
import os
import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import worker


def _window(layer):
    return {"kernel_shape": layer.kernel, "strides": layer.stride, "pads": [layer.padding] * 4}


def _node(layer, source, target, weights):
    """The ONNX node of a layer; takes its parameters from the iterator `weights`, as (name, array)."""
    if layer.kind == "conv":
        names = [next(weights)[0], next(weights)[0]]
        return helper.make_node("Conv", [source, *names], [target], group=layer.groups, **_window(layer))
    if layer.kind == "dense":
        names = [next(weights)[0], next(weights)[0]]
        return helper.make_node("Gemm", [source, *names], [target], transB=1)
    if layer.kind == "maxpool":
        return helper.make_node("MaxPool", [source], [target], **_window(layer))
    if layer.kind == "avgpool":
        return helper.make_node("AveragePool", [source], [target], **_window(layer))
    return helper.make_node({"flatten": "Flatten", "softmax": "Softmax"}[layer.kind], [source], [target])


def graph_of(model, weights, batch):
    names = [("parameter_%d" % number, value) for number, value in enumerate(weights)]
    unused, nodes, value = iter(names), [], "input"
    for number, layer in enumerate(model.layers):
        nodes.append(_node(layer, value, "value_%d" % number, unused))
        value = "value_%d" % number
        if layer.relu:
            nodes.append(helper.make_node("Relu", [value], [value + "_relu"]))
            value += "_relu"
    return helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, *model.inputs])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, [batch, *model.layers[-1].outputs])],
        [numpy_helper.from_array(value, name) for name, value in names],
    )


def model_of(data, batch):
    graph = graph_of(data.model, data.weights, batch)
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    onnx.checker.check_model(proto)
    return proto


class Engine:
    version = onnxruntime.__version__

    def __init__(self, folder, threads, variant):
        self.folder, self.threads, self.bound = folder, threads, variant == "bound"

    def prepare(self, name, training, batch):
        if training:
            raise ValueError("ONNX Runtime's Python package runs networks but does not train them")
        self.batch = batch
        imported = os.path.join(self.folder, name, "model.onnx")
        if os.path.exists(imported):
            self.session = self._session(imported)
            self.data = worker.Images(self.folder, name, self.session.get_inputs()[0].shape[1:])
        else:
            self.data = worker.Data(self.folder, name)
            self.session = self._session(model_of(self.data, batch).SerializeToString())
        self._bind()

    def _session(self, model):
        """Of a file's name or of a model in bytes. A batch that the model leaves open is fixed: the other engines
        know it beforehand, too."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.add_free_dimension_override_by_name("N", self.batch)
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def _bind(self):
        """Input and output at one place for all batches."""
        self.input = onnxruntime.OrtValue.ortvalue_from_numpy(self.data.images[: self.batch])
        self.binding = self.session.io_binding()
        self.binding.bind_ortvalue_input("input", self.input)
        output = self.session.get_outputs()[0]
        self.output = onnxruntime.OrtValue.ortvalue_from_shape_and_type(output.shape, numpy.float32)
        self.binding.bind_ortvalue_output(output.name, self.output)

    def restart(self):
        pass

    def work(self, number):
        images = self.data.images[self.data.batch(number, self.batch)]
        if self.bound:
            self.input.update_inplace(images)
            self.session.run_with_iobinding(self.binding)
        else:
            self.outputs = self.session.run(None, {"input": images})[0]
        return self.batch

    def check(self, steps):
        for number in range(steps):
            self.work(number)
        return []

    def results(self):
        return (self.output.numpy() if self.bound else self.outputs).ravel()


worker.serve(Engine(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
