"""The benchmark's engine for ncnn, inference only: engine_ncnn.py FOLDER THREADS. pnnx converts the networks."""
import importlib.metadata
import subprocess
import sys

import ncnn
import numpy
import pnnx

import converted
import worker

OTHER_OUTPUTS = ["pnnxparam", "pnnxbin", "pnnxpy", "ncnnpy", "pnnxonnx"]


def _convert(source, shape, targets, scratch):
    """Weights stay in single precision; what pnnx writes besides is not needed."""
    options = ["fp16=0", "inputshape=%s" % str(shape).replace(" ", ""), "ncnnparam=" + targets[0], "ncnnbin=" + targets[1]]
    options += ["%s=%s/%s" % (other, scratch, other) for other in OTHER_OUTPUTS]
    done = subprocess.run([pnnx.EXEC_PATH, source, *options], capture_output=True, text=True, cwd=scratch)
    if done.returncode:
        last = (done.stdout + done.stderr).splitlines()[-1:] or ["without a word"]
        raise ValueError("pnnx failed: %s" % last[0])


class Engine(worker.Inference):
    version = importlib.metadata.version("ncnn")

    def __init__(self, folder, threads):
        self.folder, self.threads = folder, threads

    def prepare(self, name, training, batch):
        if training:
            raise ValueError("ncnn runs networks but does not train them")
        self.batch = batch
        self.data, (layers, weights) = converted.prepare(self.folder, name, [".ncnn.param", ".ncnn.bin"], _convert)
        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = self.threads
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_packed = options.use_bf16_storage = False
        if self.net.load_param(layers) or self.net.load_model(weights):
            raise ValueError("ncnn does not load what pnnx made of %s" % name)
        [self.input], [self.output] = self.net.input_names(), self.net.output_names()

    def work(self, number):
        images = self.data.images[self.data.batch(number, self.batch)]
        run = self.net.create_extractor()
        run.input(self.input, ncnn.Mat(images, batch_index=0) if self.batch > 1 else ncnn.Mat(images[0]))
        failed, self.outputs = run.extract(self.output)
        if failed:
            raise ValueError("ncnn failed with %d" % failed)
        return self.batch

    def results(self):
        return numpy.concatenate([numpy.array(self.outputs.batch(i)).ravel() for i in range(self.batch)])


worker.serve(Engine(sys.argv[1], int(sys.argv[2])))
