#!/usr/bin/env python3
"""Measure the Python package: import, one prediction against the C call, training against the command, the wheel.

    CNN_LIBRARY=build/release/libcnn.so CNN_COMMAND=build/release/cnn PYTHONPATH=python tools/measure_python.py [WHEEL]

docs/python.md gives the figures. Fashion-MNIST, or $CNN_MEASURE_DATA, is trained on for two epochs, three times each way.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

DATA = os.environ.get("CNN_MEASURE_DATA", "fashion-mnist")
LIMIT, EPOCHS, ROUNDS = 20000, 2, 3


def best(function, calls, rounds=30):
    """Microseconds of a call, in the best of many rounds."""
    least = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        for _ in range(calls):
            function()
        least = min(least, (time.perf_counter() - begin) / calls)
    return 1e6 * least


def import_seconds():
    """Of cnn beyond NumPy, in fresh processes; the median of nine."""
    script = "import time, numpy; t = time.perf_counter(); import cnn; print(time.perf_counter() - t)"
    found = [float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)
             for _ in range(9)]
    return statistics.median(found)


def prediction():
    """Microseconds of predict for one image, and of cnn_predictor_run on the same addresses."""
    import ctypes

    import numpy as np

    import cnn
    from cnn._library import library

    net = cnn.Net("input 1x28x28\navgpool 28\nflatten\n") # nearly nothing to compute: what remains is the way there
    net.initialise()
    image = np.random.default_rng(1).random((1, 1, 28, 28), np.float32)
    result = net.predict(image, threads=1)
    predictor = next(iter(net._predictors._made.values()))._pointer
    addresses, error = (image.ctypes.data, result.ctypes.data), cnn._declarations.cnn_error()
    call, reference = library.cnn_predictor_run, ctypes.byref(error)
    inner = best(lambda: call(predictor, addresses[0], 1, addresses[1], reference), 2000)
    return best(lambda: net.predict(image, threads=1), 2000), inner


def trained_by_package():
    """Images a second, evaluation and saving not counted, as the last progress says."""
    import cnn

    seen = []
    cnn.Net("basic").fit(DATA, limit=LIMIT, epochs=EPOCHS, callbacks=[seen.append], verbose=False)
    return seen[-1].images_per_second


def trained_by_command():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [os.environ["CNN_COMMAND"], "train", "basic", "--data", DATA, "--limit", str(LIMIT), "--epochs", str(EPOCHS),
             "--json", "-o", folder + "/run"], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line["images_per_second"] for line in lines if "images_per_second" in line][-1]


def main():
    print(f"import, beyond NumPy's      {import_seconds():.3f} s")
    outer, inner = prediction()
    print(f"predict of one image        {outer:.1f} us, the C call {inner:.1f} us, overhead {outer - inner:.1f} us")
    if len(sys.argv) > 1:
        print(f"wheel                       {pathlib.Path(sys.argv[1]).stat().st_size / 1e6:.2f} MB")
    ways = {"package": [], "command": []}
    for _ in range(ROUNDS): # in turns: what else the machine does meets both
        ways["package"].append(trained_by_package())
        ways["command"].append(trained_by_command())
    package, command = (statistics.median(found) for found in ways.values())
    print(f"training, images a second   {package:.0f}, by the command {command:.0f}: {package / command:.3f}")


if __name__ == "__main__":
    main()
