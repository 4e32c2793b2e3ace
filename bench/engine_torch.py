"""The benchmark's engine for PyTorch: engine_torch.py FOLDER THREADS eager|eager-nhwc|compile|compile-nhwc|bf16-nhwc, where
bf16 is eager, in PyTorch's automatic mixture of bfloat16 and float32."""
import os
import pathlib
import sys

import numpy

import torch
import torch._inductor.config
import torch.nn.functional as functional

import model
import worker

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
import networks  # noqa: E402


class Photographs(worker.Images):
    """Images and labels of a folder whose network is one of tools/networks.py, for training."""

    def __init__(self, folder, name, network):
        super().__init__(folder, name, (3, 224, 224))
        self.labels = numpy.fromfile(os.path.join(folder, name, "labels.i32"), numpy.int32)
        self.weights = [parameter.detach().numpy().copy() for parameter in network.parameters()]


def layers_of(net):
    """torch.nn layers of a model; its softmax at the end is left to the caller."""
    for layer in net.layers:
        if layer.kind == "conv":
            yield torch.nn.Conv2d(
                layer.inputs[0], layer.outputs[0], layer.kernel, layer.stride, layer.padding, groups=layer.groups
            )
        elif layer.kind == "maxpool":
            yield torch.nn.MaxPool2d(layer.kernel, layer.stride, layer.padding)
        elif layer.kind == "avgpool":
            yield torch.nn.AvgPool2d(layer.kernel, layer.stride, layer.padding)
        elif layer.kind == "dense":
            yield torch.nn.Linear(layer.inputs[0], layer.outputs[0])
        elif layer.kind == "flatten":
            yield torch.nn.Flatten()
        if layer.relu:
            yield torch.nn.ReLU(inplace=True)


def without_dropout(net):
    """Exported files have none, and everyone would leave out other values."""
    for layer in net.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
    return net


class Engine:
    def __init__(self, folder, threads, variant):
        torch.set_num_threads(threads)
        self.folder = folder
        self.compiled, self.half = variant.startswith("compile"), variant.startswith("bf16")
        self.layout = torch.channels_last if variant.endswith("nhwc") else torch.contiguous_format
        self.version = torch.__version__

    def prepare(self, name, training, batch):
        self.training, self.batch = training, batch
        if os.path.exists(os.path.join(self.folder, name, "model.onnx")):
            self.net = without_dropout(networks.make(name.removesuffix("-training"), 224, 1000))
            self.data = Photographs(self.folder, name, self.net)
        else:
            self.data = worker.Data(self.folder, name)
            self.net = torch.nn.Sequential(*layers_of(self.data.model))
        self.images = torch.from_numpy(self.data.images)
        self.labels = torch.from_numpy(self.data.labels).long()
        self.net = self.net.to(memory_format=self.layout).train(training)
        self.restart()
        torch._dynamo.reset()
        torch._inductor.config.freezing = not training  # inference: weights packed once, as those of the others
        # Where the compiler turns contiguous convolutions channels-last by itself, 2.13.0 runs the backward of a max
        # pooling after its result was used: all gradients before it are zero.
        torch._inductor.config.layout_optimization = not training or self.layout == torch.channels_last
        run = self._loss if training else self._predict
        self.run = torch.compile(run) if self.compiled else run
        self.work(0)

    def _loss(self, images, labels):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            return functional.cross_entropy(self.net(images), labels)

    def _predict(self, images):
        return functional.softmax(self.net(images), dim=1)

    def restart(self):
        with torch.no_grad():
            for parameter, value in zip(self.net.parameters(), self.data.weights):
                parameter.copy_(torch.from_numpy(value))
        if self.training:
            self.optimizer = torch.optim.SGD(
                self.net.parameters(), lr=self.rate, momentum=worker.MOMENTUM, fused=True
            )

    def work(self, number):
        part = self.data.batch(number, self.batch)
        images = self.images[part].to(memory_format=self.layout)
        if not self.training:
            with torch.inference_mode():
                self.outputs = self.run(images)
            return self.batch
        self.optimizer.zero_grad()
        self.loss = self.run(images, self.labels[part])
        self.loss.backward()
        self.optimizer.step()
        return self.batch

    def check(self, steps):
        losses = []
        for number in range(steps):
            self.work(number)
            losses += [self.loss.item()] if self.training else []
        return losses

    def results(self):
        if not self.training:
            return self.outputs.numpy().ravel()
        return torch.cat([parameter.detach().flatten() for parameter in self.net.parameters()]).numpy()


worker.serve(Engine(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
