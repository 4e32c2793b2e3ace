"""Imported networks: as PyTorch exports them, in build/bench/data/NET/ with model.onnx and images.f32.

All engines load the same file, so that what is compared is how each runs a graph that neither of them wrote."""
import array
import dataclasses
import json
import random

import data
import peers
import programs

NETS = ["resnet18", "resnet50", "mobilenet_v2", "efficientnet_b0", "densenet121", "squeezenet1_1", "unet", "vgg11"]
ENGINES = [peers.OURS, peers.ORT, peers.OPENVINO, peers.NCNN, peers.MNN, *peers.HALVES]
BATCHES = [1, 4, 16]
# Trained as well, each in a folder NAME + SUFFIX with labels, and batch normalisation in the graph.
TRAINED = [name for name in NETS if name != "unet"]  # whose output is a map
TRAINERS = [peers.OURS, dataclasses.replace(peers.EAGER, variants=["eager-nhwc"]),  # channels-last, which is faster for all
            dataclasses.replace(peers.COMPILED, variants=["compile-nhwc"]), *peers.HALVES]
TRAINING_BATCHES, SUFFIX = [16, 32], "-training"
IMAGES, CHANNELS, SIDE, CLASSES = 32, 3, 224, 1000
EXPORTER = peers.ROOT / "tools" / "export_models.py"
SOURCES = [EXPORTER, EXPORTER.with_name("networks.py")]
# What is named where cnn is slower: so many kinds of layers, each with so much of the time, and of each the longest.
MAX_KINDS, MIN_SHARE, MAX_NAMED = 3, 0.1, 3


def _images():
    """N,C,H,W in 0..1. Noise suffices, since the weights are random as well."""
    draw = random.Random(1)
    return array.array("f", (draw.random() for _ in range(IMAGES * CHANNELS * SIDE * SIDE)))


def _model(name):
    return peers.DATA / name / "model.onnx"


def _is_exported(name):
    model = _model(name)
    return model.exists() and model.stat().st_mtime >= max(source.stat().st_mtime for source in SOURCES)


def _labels():
    return array.array("i", (number * 37 % CLASSES for number in range(IMAGES)))


def _export(name, threads):
    folder, network = peers.DATA / name, name.removesuffix(SUFFIX)
    folder.mkdir(parents=True, exist_ok=True)
    data.write(folder / "images.f32", _images())
    options = ["--image", str(SIDE), "--classes", str(CLASSES)]
    if name != network:
        data.write(folder / "labels.i32", _labels())
        options += ["--keep-norms", "--exporter", "torchscript"]
    programs.run([str(peers.PYTHON), str(EXPORTER), *options, "-o", str(folder), network], threads)
    (folder / (network + ".onnx")).replace(_model(name))  # last: its presence says that all is there


def prepare(names, threads):
    """Export the networks that do not exist yet; returns why others are not available, by name."""
    missing = {}
    for name in names:
        try:
            if not _is_exported(name):
                print("Exporting", name, flush=True)
                _export(name, threads)
        except peers.Absent as problem:
            missing[name] = "not exported: %s" % problem
    return missing


# ---- Why one is slow ------------------------------------------------------------------------------------------


def _kind(algorithm, layers, whole):
    """What layers of the same algorithm, those that take most first, take of `whole` microseconds together."""
    times = [layer["forward"]["us"] for layer in layers]
    worked = sum(layer["forward"]["share_of_peak"] * layer["forward"]["us"] for layer in layers)
    return {"algorithm": algorithm, "layers": len(layers), "share": sum(times) / whole,
            "share_of_peak": worked / sum(times) if worked else 0,
            "longest": {layer["layers"]: time / whole for layer, time in zip(layers[:MAX_NAMED], times)}}


def _kinds(layers):
    """All algorithms, the slowest first."""
    by_algorithm = {}
    for layer in sorted(layers, key=lambda layer: -layer["forward"]["us"]):
        by_algorithm.setdefault(layer["algorithm"], []).append(layer)
    whole = sum(layer["forward"]["us"] for layer in layers)
    return sorted((_kind(algorithm, same, whole) for algorithm, same in by_algorithm.items()),
                  key=lambda kind: -kind["share"])


def _costly(row):
    """The kinds of layers in which cnn spends its time."""
    command = [programs.CNN, "bench", str(_model(row["net"])), "--layers", "--json", "--batch", str(row["batch"]),
               "--threads", str(row["threads"])]
    output, _, _ = programs.run(command, row["threads"])
    first, *others = _kinds(json.loads(output)["inference"]["layers"])
    return [first] + [kind for kind in others[: MAX_KINDS - 1] if kind["share"] >= MIN_SHARE]


def explain(rows):
    """If another engine is faster, note in the row which layers may be the cause."""
    for row in rows:
        ratios = [figures.get("ratio", 1) for figures in row["engines"].values()]
        if row["section"] == "photographs" and row["mode"] == "infer" and min(ratios, default=1) < 1:
            try:
                row["costly"] = _costly(row)
            except peers.Absent as problem:
                row["costly_absent"] = str(problem)
