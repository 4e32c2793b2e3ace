"""What the engines written in Python share: the data of a network and the loop over commands that bench/engine.h
describes."""
import json
import os
import sys
import time

import numpy

import model

RATE, MOMENTUM = 0.001, 0.9  # what all engines train with, see engine.h

# Whatever the packages print, some when they are imported, goes to stderr.
REPLIES = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


class Images:
    """The images.f32 of a folder."""

    def __init__(self, folder, net, shape):
        path = os.path.join(folder, net, "images.f32")
        self.images = numpy.fromfile(path, numpy.float32).reshape(-1, *shape)

    def batch(self, number, size):
        """The place of the `number`-th batch among the images; from the first again when there are no more."""
        first = number % (len(self.images) // size) * size
        return slice(first, first + size)


class Data(Images):
    """A folder with model.txt, weights.f32, images.f32 and labels.i32."""

    def __init__(self, folder, net):
        def path(file):
            return os.path.join(folder, net, file)

        self.model = model.read(path("model.txt"))
        super().__init__(folder, net, self.model.inputs)
        flat = numpy.fromfile(path("weights.f32"), numpy.float32)
        self.weights = []
        for shape in self.model.parameter_shapes():
            self.weights.append(flat[: model.elements(shape)].reshape(shape).copy())
            flat = flat[model.elements(shape) :]
        self.labels = numpy.fromfile(path("labels.i32"), numpy.int32)


class Inference:
    """What engines have in common that run networks but do not train them: nothing to start again, no losses."""

    def restart(self):
        pass

    def check(self, steps):
        for number in range(steps):
            self.work(number)
        return []


def _run(engine, seconds):
    """Work for a third of the time, at least twice, then measure."""
    engine.restart()
    number = images = 0
    begin = time.perf_counter()
    while number < 2 or time.perf_counter() - begin < seconds / 3:
        engine.work(number)
        number += 1
    begin = now = time.perf_counter()
    while now - begin < seconds:
        images += engine.work(number)
        number += 1
        now = time.perf_counter()
    return {"images": images, "seconds": now - begin}


def _check(engine, steps, rate, path):
    engine.rate = rate
    engine.restart()
    losses = engine.check(steps)
    engine.results().astype(numpy.float32).tofile(path)
    return {"losses": losses}


def _answer(engine, words):
    if words[0] == "about":
        return {"version": engine.version}
    if words[0] == "prepare":
        engine.rate = RATE
        engine.prepare(words[1], words[2] == "train", int(words[3]))
        return {}
    if words[0] == "run":
        return _run(engine, float(words[1]))
    if words[0] == "check":
        return _check(engine, int(words[1]), float(words[2]), words[3])
    raise ValueError("no such command")


def serve(engine):
    """Answer commands until there are no more."""
    for line in sys.stdin:
        try:
            reply = _answer(engine, line.split())
        except Exception as problem:  # a peer that fails is reported, not hidden
            reply = {"error": "%s: %s" % (type(problem).__name__, (str(problem) or "?").splitlines()[0][:300])}
        REPLIES.write(json.dumps(reply) + "\n")
        REPLIES.flush()
