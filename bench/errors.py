"""Rounding errors of convolutions, largest of each layer and direction, against double precision: ours, with and without
Winograd's algorithm, beside oneDNN's on the same numbers. Prints a table for docs/performance.md. bench.sh --errors."""
import os

import numpy
import torch

import peers

BATCH = 4
# CHANNELS SIZE FILTERS PADDING of 3x3 convolutions: conv_2 of `basic`, two more with tiles of 6x4 outputs, and those of
# bench/nets/vgg.txt.
SHAPES = [(32, 26, 64, 0), (64, 24, 32, 1), (128, 18, 128, 1), (32, 32, 32, 1), (32, 16, 64, 1), (64, 16, 64, 1),
          (64, 8, 128, 1), (128, 8, 128, 1)]
FIRST_WEIGHT, FIRST_BIAS, FIRST_GRADIENT = 1 << 30, 3 << 29, 1 << 31
ENGINES = [("cnn, Winograd", peers.OUR_LAYER, "", "1"), ("cnn, direct", peers.OUR_LAYER, "", "0"),
           ("oneDNN, Winograd", peers.ONEDNN_LAYER, "winograd", "1"),
           ("oneDNN, direct", peers.ONEDNN_LAYER, "direct", "1")]
DIRECTIONS = {"forward": "forward", "data": "gradient of the input", "weights": "gradient of the weights"}


def made_up(shape, first):
    """engine_value() of engine.h, in double."""
    index = numpy.arange(first + 1, first + 1 + int(numpy.prod(shape)), dtype=numpy.uint64)
    factor, term = numpy.uint64(6364136223846793005), numpy.uint64(1442695040888963407)
    state = index * factor + term
    state = (state ^ (state >> numpy.uint64(29))) * factor
    return torch.from_numpy(((state >> numpy.uint64(40)).astype(numpy.float64) * 2.0**-23 - 1).reshape(shape))


def exact(shape, absolute):
    """The results in double precision, by direction; `absolute`: of absolute values, how large the summands are."""
    channels, size, filters, padding = shape
    of = torch.abs if absolute else torch.clone
    x = of(made_up((BATCH, channels, size, size), 0)).requires_grad_()
    w = of(made_up((filters, channels, 3, 3), FIRST_WEIGHT)).requires_grad_()
    y = torch.nn.functional.conv2d(x, w, of(made_up((filters,), FIRST_BIAS)), padding=padding)
    y.backward(of(made_up(tuple(y.shape), FIRST_GRADIENT)))
    return {"forward": y.detach(), "data": x.grad, "weights": w.grad}


def errors(found, result, magnitude):
    """Largest error, relative to the largest value and to the sum of the summands' absolute values."""
    difference = (torch.from_numpy(found).double().reshape(result.shape) - result).abs()
    return (difference.max() / result.abs().max()).item(), (difference / magnitude).max().item()


def measure(team, engine, variant, direction, shape):
    channels, size, filters, padding = shape
    worker = team.worker(engine, variant)
    worker.ask("prepare", "layer", direction, BATCH, channels, size, filters, 3, 1, padding, 1)
    path = peers.BUILD / "errors.f32"
    worker.ask("check", 1, 0, path)
    return numpy.fromfile(path, numpy.float32)


def row(teams, shape, direction, results):
    cells = []
    for _, engine, variant, winograd in ENGINES:
        try:
            found = measure(teams[winograd], engine, variant, direction, shape)
            cells.append("%.1e, %.1e" % errors(found, *results))
        except peers.Absent as problem:
            cells.append("absent: %s" % problem)
    channels, size, filters, padding = shape
    print("| %dx%dx%d to %d, padding %d | %s | %s |" % (channels, size, size, filters, padding, DIRECTIONS[direction],
                                                       " | ".join(cells)), flush=True)


def main():
    teams = {}
    print("| 3x3 convolution | direction | %s |" % " | ".join(name for name, *_ in ENGINES))
    print("|---|---|%s" % ("---|" * len(ENGINES)))
    for winograd in ("1", "0"):
        os.environ["CNN_WINOGRAD"] = winograd  # workers start with what is set when they are first asked
        teams[winograd] = peers.Team(1)
        teams[winograd].worker(peers.OUR_LAYER, "")
    with teams["1"], teams["0"]:
        for shape in SHAPES:
            values, magnitudes = exact(shape, False), exact(shape, True)
            for direction in DIRECTIONS:
                row(teams, shape, direction, (values[direction], magnitudes[direction]))


main()
