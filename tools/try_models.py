#!/usr/bin/env python3
"""Run ONNX files that other people made, here and in ONNX Runtime: whether the outputs agree, and how long it takes.

    CNN_LIBRARY=build/release/libcnn.so PYTHONPATH=python tools/try_models.py [--rounds 7] [--engine auto] FILE_OR_FOLDER...

For each file a row of a Markdown table: nodes, islands, the largest difference of any output relative to that output's largest
value (at most 1e-4 is agreement), milliseconds of a later run here and in ONNX Runtime, both on one thread, run in turn,
the median of each, and of opening with the first run. Inputs are random; free sizes are 1 for the first axis and 224, 32 or 8 for the
others, whichever the model takes first; --size NAME=N names one, or all of an input: --size x=1x3x48x320. docs/models-from-elsewhere.md has what was measured.
"""

import argparse
import itertools
import pathlib
import statistics
import sys
import time

import numpy as np
import onnxruntime

import cnn

TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64, "tensor(int32)": np.int32,
         "tensor(bool)": np.bool_, "tensor(uint8)": np.uint8}
FREE = 224, 320, 32, 8  # what a free size may be, in turn
LARGEST = 255, 1  # integers of an input, in turn
AGREEMENT = 1e-4


def shape_of(value, free, sizes):
    if value.name in sizes:
        return [int(size) for size in sizes[value.name].split("x")]
    found = []
    for axis, size in enumerate(value.shape):
        known = sizes.get(str(size), size)
        found.append(int(known) if str(known).isdigit() else (1 if axis == 0 else free))
    return found


def inputs_of(session, free, largest, sizes):
    generator = np.random.default_rng(1)
    made = {}
    for value in session.get_inputs():
        kind, shape = TYPES[value.type], shape_of(value, free, sizes)
        if np.issubdtype(kind, np.floating):
            made[value.name] = generator.random(shape).astype(kind)
        elif value.name == "sr":
            made[value.name] = np.array(16000, kind)
        else:
            made[value.name] = generator.integers(0, 2 if kind is np.bool_ else largest + 1, shape).astype(kind)
    return made


def difference(ours, theirs):
    """The largest, relative to the largest value of the output that has it."""
    worst = 0.0
    for one, other in zip(ours, theirs):
        if one.shape != other.shape or one.dtype != other.dtype:
            return float("inf")
        if one.size:
            scale = max(float(np.abs(other.astype(np.float64)).max()), 1e-30)
            worst = max(worst, float(np.abs(one.astype(np.float64) - other.astype(np.float64)).max()) / scale)
    return worst


def timed(call):
    begin = time.perf_counter()
    result = call()
    return result, 1e3 * (time.perf_counter() - begin)


def open_theirs(path, sizes):
    """A session of one thread, inputs that it takes, its first outputs, and the milliseconds of both."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session, opened = timed(lambda: onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]))
    for largest, free in itertools.product(LARGEST, FREE):
        inputs = inputs_of(session, free, largest, sizes)
        try:
            outputs, first = timed(lambda: session.run(None, inputs))
            return session, inputs, outputs, opened + first
        except Exception as error: # sizes or numbers that it does not take
            failure = error
    raise failure


def compare(path, rounds, engine, sizes):
    session, inputs, theirs, their_first = open_theirs(path, sizes)
    names = [value.name for value in session.get_outputs()]
    model, opened = timed(lambda: cnn.onnx.Model(path, engine=engine, threads=1))
    with model:
        outputs, first = timed(lambda: model.run(inputs))
        times = {"ours": [], "theirs": []}
        for _ in range(rounds):
            times["ours"].append(timed(lambda: model.run(inputs))[1])
            times["theirs"].append(timed(lambda: session.run(None, inputs))[1])
        ours, his = (statistics.median(times[key]) if times[key] else float("nan") for key in ("ours", "theirs"))
        return [model.engine, str(model.nodes), "%d (%d)" % (len(model.islands), sum(part.nodes for part in model.islands)),
                "%.1e" % difference([outputs[name] for name in names], theirs), "%.2f" % ours, "%.2f" % his, "%.2f" % (ours / his),
                "%.0f" % (opened + first), "%.0f" % their_first]


def row(path, arguments):
    sizes = dict(pair.split("=") for pair in arguments.size)
    try:
        cells = compare(path, arguments.rounds, arguments.engine, sizes)
        agrees = float(cells[3]) <= AGREEMENT
    except Exception as error: # of either library: a row of the table
        cells, agrees = [" ".join(str(error).split())[:arguments.width]] + [""] * 8, False
    print("| %s |" % " | ".join([path.stem, *cells]), flush=True)
    return agrees


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--engine", default="default", choices=("default", "network", "interpreter", "islands"))
    parser.add_argument("--size", action="append", default=[], metavar="NAME=N")
    parser.add_argument("--width", type=int, default=160, help="characters of a failure that are shown")
    parser.add_argument("paths", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    files = [file for path in arguments.paths for file in (sorted(path.rglob("*.onnx")) if path.is_dir() else [path])]
    print("| model | engine | nodes | islands (their nodes) | difference | ms | ONNX Runtime | ratio | opening and first run | ONNX Runtime |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    agreeing = sum([row(file, arguments) for file in files])
    print("\n%d of %d agree" % (agreeing, len(files)))
    return 0 if agreeing == len(files) else 1


if __name__ == "__main__":
    sys.exit(main())
