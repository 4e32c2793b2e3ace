#!/usr/bin/env python3
"""Measure what each ingredient of training is worth: a plain recipe, and the same with one ingredient changed.

    CNN_BUILD_DIR=build/release tools/ablations.py RUNS [--only PATTERN] [--threads N] [--table]

Trains the Basic CNN on 4,000 images of Fashion-MNIST and validates on 4,000 others, with seeds 1, 2 and 3; then a small
residual network on the same, without and with stochastic depth; then fine-tunes a network that was trained on MNIST on 400
images of Fashion-MNIST, validated on 4,000. Prints the tables of docs/recipes.md. RUNS gets a run folder for each training;
those that are complete are not trained again, so that an interrupted measurement goes on. --table trains nothing. The test
images are not looked at."""
import argparse
import collections
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


TUNED_EPOCHS = 12
TUNED = {"--epochs": str(TUNED_EPOCHS), "--batch": "32", "--lr": "0.05", "--momentum": "0.85", "--nesterov": None,
         "--weight-decay": "0.0005"}


def changed(options, without=()):
    """The words of the plain recipe with these options, None for those that take no value."""
    merged = {**{name: value for name, value in PLAIN.items() if name not in without}, **options}
    return [word for name, value in merged.items() for word in ([name] if value is None else [name, value])]


def ingredients():
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
    yield "`--teacher` a `vgg-batchnorm`, trained alike", None, changed({"--teacher": "{runs}/teacher-{seed}"})
    yield "`--teacher-weight 0.9` with it", None, changed({"--teacher": "{runs}/teacher-{seed}", "--teacher-weight": "0.9"})


def depths():
    yield "the plain recipe", ("residual", ""), changed({})
    yield "`droppath 0.1` before each `add`", ("residual", "droppath 0.1\n"), changed({})


def tuned(options, trained="{runs}/mnist"):
    return trained, [word for pair in {**TUNED, **options}.items() for word in pair if word is not None]


def tunings():
    yield ("all layers at once", *tuned({}))
    yield ("from scratch", *tuned({}, "vgg-batchnorm"))
    for epochs in ("2", "4"):
        yield ("`--freeze-epochs {}`".format(epochs), *tuned({"--freeze-epochs": epochs}))
    yield ("`--freeze-epochs 4 --unfreeze-gradually`", *tuned({"--freeze-epochs": "4", "--unfreeze-gradually": None}))
    for decay in ("0.9", "0.7", "0.5"):
        yield ("`--layer-decay {}`".format(decay), *tuned({"--layer-decay": decay}))


def edited(line, change):
    return line.replace("relu", "gelu") if change == "gelu" else line.replace("3x3", "3x3 init " + change)


def residual_file(drop, folder):
    """Six residual blocks of 16, 32 and 64 channels, with a line before each sum."""
    path = os.path.join(folder, "residual-" + drop.split(" ")[-1].strip() + ".txt")
    with open(path, "w") as text:
        text.write("input 1x28x28\n")
        for number, channels in enumerate((16, 16, 32, 32, 64, 64)):
            if number % 2 == 0:
                text.write(("maxpool 2x2\n" if number else "") +
                           "conv {} 3x3 padding same nobias\nbatchnorm relu\n".format(channels))
            text.write("relu name start_{0}\nconv {1} 3x3 padding same nobias\nbatchnorm relu\nconv {1} 3x3 padding same "
                       "nobias\nbatchnorm\n{2}add start_{0}\nrelu\n".format(number, channels, drop))
        text.write("globalavgpool\nflatten\ndense 10\nsoftmax\n")
    return path


def model_file(change, folder):
    """The built-in network, or a text file of it in which the first lines that have an activation are changed."""
    if change is None:
        return "basic"
    if isinstance(change, str):
        return change
    what, times = change
    if what == "residual":
        return residual_file(times, folder)
    path = os.path.join(folder, what + ".txt")
    with open(os.path.join(os.path.dirname(__file__), "..", "models", "basic.txt")) as original, open(path, "w") as text:
        for line in original:
            times -= "relu" in line
            text.write(edited(line, what) if "relu" in line and times >= 0 else line)
    return path


def accuracy(run, length):
    """That of the last of so many epochs, in per cent; None if the run is not complete."""
    try:
        with open(os.path.join(run, "history.csv")) as history:
            epochs = list(csv.DictReader(history))
    except FileNotFoundError:
        return None
    return 100 * float(epochs[-1]["validation_accuracy"]) if len(epochs) == length else None


def train(model, run, words, threads):
    subprocess.run(["nice", "-n", "10", os.path.join(os.environ["CNN_BUILD_DIR"], "cnn"), "train", model, "-o", run,
                    "--threads", str(threads), "--overwrite", "-q"] + words, check=True)


def prepare(runs, threads):
    """A teacher for each seed, which sees the same images, and the network that is fine-tuned."""
    for seed in SEEDS:
        run = os.path.join(runs, "teacher-{}".format(seed))
        if accuracy(run, EPOCHS) is None:
            train("vgg-batchnorm", run, ["--data", "fashion-mnist", "--seed", str(seed)] + SPLIT + changed({}), threads)
    if not os.path.exists(os.path.join(runs, "mnist", "model.onnx")):
        train("vgg-batchnorm", os.path.join(runs, "mnist"), ["--data", "mnist", "--limit", "20000"] + changed({"--epochs": "2"}),
              threads)


def measured(key, model, words, table, arguments):
    """The accuracies of all seeds whose run is or becomes complete."""
    for seed in SEEDS:
        run = os.path.join(arguments.runs, "{}-{}".format(key, seed))
        filled = [word.format(runs=arguments.runs, seed=seed) for word in words]
        if accuracy(run, table.epochs) is None and not arguments.table:
            train(model_file(model, arguments.runs).format(runs=arguments.runs), run,
                  ["--data", "fashion-mnist", "--seed", str(seed)] + table.split + filled, arguments.threads)
        yield accuracy(run, table.epochs)


Table = collections.namedtuple("Table", "key rows epochs split")
SPLIT = ["--limit", "8000", "--validation", "0.5"]
TABLES = (Table("", ingredients, EPOCHS, SPLIT), Table("depth_", depths, EPOCHS, SPLIT),
          Table("tuned_", tunings, TUNED_EPOCHS, ["--limit", "4400", "--validation", str(4000 / 4400)]))


def print_table(table, arguments):
    print("| change | seed 1 | seed 2 | seed 3 | mean | against plain |\n|---|---|---|---|---|---|")
    plain = None
    for name, model, words in table.rows():
        if not fnmatch.fnmatch(table.key + name, "*" + arguments.only + "*") and plain is not None:
            continue
        key = table.key + name.translate(str.maketrans(" :*=", "____", "`-,")).strip("_")
        values = list(measured(key, model, words, table, arguments))
        if None in values:
            continue
        mean = statistics.mean(values)
        plain = mean if plain is None else plain
        print("| {} | {} | {:.2f} % | {:+.2f} |".format(name, " | ".join("{:.2f} %".format(value) for value in values),
                                                       mean, mean - plain), flush=True)
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs")
    parser.add_argument("--only", default="*", metavar="PATTERN")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    os.makedirs(arguments.runs, exist_ok=True)
    if not arguments.table:
        prepare(arguments.runs, arguments.threads)
    for table in TABLES:
        print_table(table, arguments)


if __name__ == "__main__":
    main()
