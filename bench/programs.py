"""Whole processes: peak memory of training, one prediction from a saved model, the time to reach an accuracy."""
import json
import os
import statistics
import struct
import subprocess
import tempfile
import time
import zlib

import data
import peers

CNN = str(peers.BUILD / "cnn")
TORCH, ORT = str(peers.ROOT / "bench" / "train_torch.py"), str(peers.ROOT / "bench" / "predict_ort.py")
SEEDS = range(1, 6)
RECIPE = "fast"  # of `cnn train`, and of train_torch.py
PREDICTIONS = 20


def run(command, threads):
    """(what it printed, seconds, peak MiB) of a program of its own; Absent when it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        try:
            process = subprocess.Popen(command, stdout=output, stderr=errors, env=peers.environment(threads),
                                       preexec_fn=lambda: peers.settle(threads))
        except OSError as problem:
            raise peers.Absent("not installed or not built: %s" % problem.strerror)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if status:
            last = errors.read().decode(errors="replace").splitlines()[-1:] or ["exit code %d" % process.returncode]
            raise peers.Absent(last[0])
        output.seek(0)
        return output.read().decode(), seconds, usage.ru_maxrss / 1024


def _train(folder, directory, options, seed, threads):
    return [CNN, "train", "basic", "--data", str(folder), "-o", directory, *options, "--seed", str(seed), "--threads",
            str(threads)]


def _torch(folder, recipe, seed):
    return [str(peers.PYTHON), TORCH, str(folder), recipe, str(seed)]


def _row(what, unit, values, absent):
    engines = {name: {"median": statistics.median(all), "spread": (max(all) - min(all)) / statistics.median(all),
                      "rounds": all} for name, all in values.items()}
    return {"what": what, "unit": unit, "engines": engines, "absent": absent}


def _turns(commands, rounds, threads, measure):
    """measure(output, seconds, mib) of every command in turn; what fails is absent."""
    values, absent = {}, {}
    for _ in range(rounds):
        for name, command in commands.items():
            if name in absent:
                continue
            try:
                values.setdefault(name, []).append(measure(*run(command, threads)))
            except peers.Absent as problem:
                absent[name] = str(problem)
    return {name: all for name, all in values.items() if name not in absent}, absent


def _png(path, pixels, side):
    """A grey image of bytes."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + pixels[row * side : (row + 1) * side] for row in range(side))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def _one_image(folder):
    """The first photograph as PNG and as floats; their paths."""
    floats = data.read(peers.DATA / "basic" / "images.f32")[: data.SIDE * data.SIDE]
    png, raw = peers.BUILD / "image.png", peers.BUILD / "image.f32"
    _png(png, bytes(round(255 * value) for value in floats), data.SIDE)
    data.write(raw, floats)
    return str(png), str(raw)


def memory_and_start(wanted):
    threads = max(wanted.threads)
    with tempfile.TemporaryDirectory(dir=peers.BUILD) as directory:
        training = {"cnn": _train(wanted.photographs, directory, ["--epochs", "1"], 1, threads),
                    "PyTorch eager": _torch(wanted.photographs, "plain", 1)}
        values, absent = _turns(training, 1, threads, lambda output, seconds, mib: mib)
        rows = [_row("peak memory of training basic, batch 128", "MiB", values, absent)]
        png, raw = _one_image(wanted.photographs)
        predicting = {"cnn": [CNN, "predict", directory, png],
                      "ONNX Runtime": [str(peers.PYTHON), ORT, os.path.join(directory, "model.onnx"), raw]}
        values, absent = _turns(predicting, PREDICTIONS, threads, lambda output, seconds, mib: 1000 * seconds)
        rows.append(_row("load a saved basic and predict one image, whole process", "ms", values, absent))
    return rows


def _cnn_accuracy(folder, directory, threads):
    output, _, _ = run([CNN, "test", directory, "--data", str(folder), "--json"], threads)
    return json.loads(output)["accuracy"]


def time_to_accuracy(wanted):
    """Seconds of a whole training with each seed, and the accuracy that it reached; both programs in turn."""
    if not wanted.mnist or not wanted.mnist.is_dir():
        return [_row("training basic on MNIST", "s", {}, {"all": "MNIST is not here: --mnist FOLDER"})]
    threads, seconds, accuracy, absent = max(wanted.threads), {}, {}, {}
    for seed in SEEDS:
        with tempfile.TemporaryDirectory(dir=peers.BUILD) as directory:
            try:
                command = _train(wanted.mnist, directory, ["--recipe", RECIPE], seed, threads)
                seconds.setdefault("cnn", []).append(run(command, threads)[1])
                accuracy.setdefault("cnn", []).append(100 * _cnn_accuracy(wanted.mnist, directory, threads))
                output, passed, _ = run(_torch(wanted.mnist, RECIPE, seed), threads)
                seconds.setdefault("PyTorch eager", []).append(passed)
                accuracy.setdefault("PyTorch eager", []).append(100 * json.loads(output)["accuracy"])
            except peers.Absent as problem:
                absent["a program"] = str(problem)
    what = "basic on MNIST, recipe %s, whole process" % RECIPE
    return [_row(what + ": seconds", "s", seconds, absent), _row(what + ": test accuracy", "%", accuracy, absent)]
