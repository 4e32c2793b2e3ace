"""The benchmark's engine for OpenVINO, inference only: engine_openvino.py FOLDER THREADS latency|throughput|bf16.

These are OpenVINO's own hints: `latency` and `bf16` run one batch on all threads, `throughput` as many batches side by side as it
finds best for them. `bf16` lets convolutions and dense layers round to bfloat16, which the processor must have instructions
for."""
import os
import sys

import numpy
import openvino

import graph
import worker


class Engine(worker.Inference):
    version = openvino.__version__.partition("-")[0]

    def __init__(self, folder, threads, variant):
        self.folder, self.threads, self.variant = folder, threads, variant
        self.core = openvino.Core()

    def prepare(self, name, training, batch):
        if training:
            raise ValueError("OpenVINO runs networks but does not train them")
        self.batch = batch
        network = self._read(name)
        network.reshape([batch, *self.data.images.shape[1:]])
        compiled = self.core.compile_model(network, "CPU", self._options())
        self.streams = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS") if self.variant == "throughput" else 1
        self.requests = [compiled.create_infer_request() for _ in range(self.streams)]

    def _read(self, name):
        imported = os.path.join(self.folder, name, "model.onnx")
        if not os.path.exists(imported):
            self.data = worker.Data(self.folder, name)
            return self.core.read_model(graph.model_of(self.data, self.batch).SerializeToString())
        network = self.core.read_model(imported)
        shape = [size.get_length() for size in list(network.input().partial_shape)[1:]]
        self.data = worker.Images(self.folder, name, shape)
        return network

    def _options(self):
        return {
            "INFERENCE_NUM_THREADS": self.threads,
            "PERFORMANCE_HINT": "THROUGHPUT" if self.variant == "throughput" else "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if self.variant == "bf16" else "f32",
        }

    def work(self, number):
        """A batch for each stream."""
        for stream, request in enumerate(self.requests):
            images = self.data.images[self.data.batch(number * self.streams + stream, self.batch)]
            request.start_async({0: images}, share_inputs=True)
        for request in self.requests:
            request.wait()
        return self.batch * self.streams

    def results(self):
        return numpy.array(self.requests[0].get_output_tensor().data).ravel()


worker.serve(Engine(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
