#!/usr/bin/env python3
"""Measure what each ingredient of training is worth: a plain recipe, and the same with one ingredient changed.

    CNN_BUILD_DIR=build/release tools/ablations.py RUNS [--only PATTERN] [--threads N] [--table]

Trains the Basic CNN on 4,000 images of Fashion-MNIST and validates on 4,000 others, with seeds 1, 2 and 3; prints the
table of docs/recipes.md. RUNS gets a run folder for each training; those that are complete are not trained again, so
that an interrupted measurement goes on. --table trains nothing. The test images are not looked at."""
import argparse
import csv
import fnmatch
import os
import statistics
import subprocess

EPOCHS = 6
SEEDS = (1, 2, 3)
PLAIN = {"--epochs": str(EPOCHS), "--batch": "64", "--lr": "0.05", "--momentum": "0.85", "--nesterov": None,
         "--weight-decay": "0.0005"}
SCHEDULES = ("constant", "cosine", "triangular", "polynomial")
IMAGES = ("flip", "altflip", "crop:1", "crop:2", "rotate:10", "shear:10", "zoom:0.1", "translate:0.1", "resizedcrop:0.6",
          "brightness:0.4", "contrast:0.4", "erase:0.25", "cutout:8", "mixup:0.2", "cutmix:1", "randaugment:4")
OPTIMIZERS = ("adam", "adamw", "lion", "rmsprop", "muon")


def changed(options, without=()):
    """The words of the plain recipe with these options, None for those that take no value."""
    merged = {**{name: value for name, value in PLAIN.items() if name not in without}, **options}
    return [word for name, value in merged.items() for word in ([name] if value is None else [name, value])]


def rows():
    """(what the table calls it, model, words), the plain recipe first."""
    yield "the plain recipe", None, changed({})
    yield "without `--nesterov`", None, changed({}, ["--nesterov"])
    for name, values in (("--weight-decay", ("0", "0.002")), ("--label-smoothing", ("0.1", "0.2")), ("--focal", ("1",)),
                         ("--ema", ("0.98",)), ("--lookahead", ("5",)), ("--swa", ("5",)), ("--clip-norm", ("1",)),
                         ("--accumulate", ("2",)), ("--lr-factor", ("*.bias=4",))):
        for value in values:
            yield "`{} {}`".format(name, value), None, changed({name: value})
    for schedule in SCHEDULES:
        yield "`--schedule {}`".format(schedule), None, changed({"--schedule": schedule})
    for optimizer in OPTIMIZERS:
        yield ("`--optimizer {}`".format(optimizer), None,
               changed({"--optimizer": optimizer}, ["--lr", "--momentum", "--nesterov"]))
    yield "`init dirac` in every convolution", ("dirac", 2), changed({})
    yield "`init whiten` in the first convolution", ("whiten", 1), changed({})
    yield "`gelu` instead of `relu`", ("gelu", 3), changed({})
    for images in IMAGES:
        yield "`--augment {}`".format(images), None, changed({"--augment": images})


def edited(line, change):
    return line.replace("relu", "gelu") if change == "gelu" else line.replace("3x3", "3x3 init " + change)


def model_file(change, folder):
    """The built-in network, or a text file of it in which the first lines that have an activation are changed."""
    if change is None:
        return "basic"
    what, times = change
    path = os.path.join(folder, what + ".txt")
    with open(os.path.join(os.path.dirname(__file__), "..", "models", "basic.txt")) as original, open(path, "w") as text:
        for line in original:
            times -= "relu" in line
            text.write(edited(line, what) if "relu" in line and times >= 0 else line)
    return path


def accuracy(run):
    """That of the last epoch, in per cent; None if the run is not complete."""
    try:
        with open(os.path.join(run, "history.csv")) as history:
            epochs = list(csv.DictReader(history))
    except FileNotFoundError:
        return None
    return 100 * float(epochs[-1]["validation_accuracy"]) if len(epochs) == EPOCHS else None


def measured(number, model, words, arguments):
    """The accuracies of all seeds whose run is or becomes complete."""
    for seed in SEEDS:
        run = os.path.join(arguments.runs, "{}-{}".format(number, seed))
        if accuracy(run) is None and not arguments.table:
            subprocess.run([os.path.join(os.environ["CNN_BUILD_DIR"], "cnn"), "train", model_file(model, arguments.runs),
                            "--data", "fashion-mnist", "--limit", "8000", "--validation", "0.5", "--seed", str(seed),
                            "--threads", str(arguments.threads), "-o", run, "--overwrite", "-q"] + words, check=True)
        yield accuracy(run)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs")
    parser.add_argument("--only", default="*", metavar="PATTERN")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    os.makedirs(arguments.runs, exist_ok=True)
    print("| change | seed 1 | seed 2 | seed 3 | mean | against plain |\n|---|---|---|---|---|---|")
    plain = None
    for name, model, words in rows():
        if not fnmatch.fnmatch(name, "*" + arguments.only + "*") and plain is not None:
            continue
        key = name.translate(str.maketrans(" :*=", "____", "`-,")).strip("_")
        values = list(measured(key, model, words, arguments))
        if None in values:
            continue
        mean = statistics.mean(values)
        plain = mean if plain is None else plain
        print("| {} | {} | {:.2f} % | {:+.2f} |".format(name, " | ".join("{:.2f} %".format(value) for value in values),
                                                       mean, mean - plain), flush=True)


if __name__ == "__main__":
    main()
