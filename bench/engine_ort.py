"""The benchmark's engine for ONNX Runtime, inference only: engine_ort.py FOLDER THREADS run|bound."""
import os
import sys

import numpy
import onnxruntime

import graph
import worker


class Engine(worker.Inference):
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
            self.session = self._session(graph.model_of(self.data, batch).SerializeToString())
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

    def work(self, number):
        images = self.data.images[self.data.batch(number, self.batch)]
        if self.bound:
            self.input.update_inplace(images)
            self.session.run_with_iobinding(self.binding)
        else:
            self.outputs = self.session.run(None, {"input": images})[0]
        return self.batch

    def results(self):
        return (self.output.numpy() if self.bound else self.outputs).ravel()


worker.serve(Engine(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
