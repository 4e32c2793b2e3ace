#!/usr/bin/env python3
"""Train on pictures with wrong labels and rare classes, plainly and with what the command offers against both.

    CNN_BUILD_DIR=build/release tools/compare_hard.py PHOTOGRAPHS RUNS [--seeds 3] [--threads N]

PHOTOGRAPHS is what tools/hard_photographs.py made. Plain is 'cnn train vgg-batchnorm' with its default options. The
other way leaves out the pictures whose labels 'cnn doctor' doubts, trains by the recipe 'best' for 24 epochs of batches
of 64 with balanced class weights, and tests mirrored views, too; it was chosen on held-out training pictures. Prints a
row for each seed: balanced accuracy on the test images, which are labelled rightly and are looked at for nothing else.
RUNS gets the runs and clean.csv."""

import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess

CNN = pathlib.Path(os.environ.get("CNN_BUILD_DIR", "build/release")) / "cnn"
AGAINST = ("--recipe", "best", "--epochs", "24", "--batch", "64", "--lr", "0.1", "--class-weights", "balanced")


def command(*words, fine=(0,)):
    """Run it; what it prints, where that is JSON."""
    done = subprocess.run([str(word) for word in (CNN, *words)], stdout=subprocess.PIPE, check=False)
    if done.returncode not in fine:
        raise SystemExit(f"cnn {words[0]} failed")
    return json.loads(done.stdout) if "--json" in words else None


def doubted(photographs, threads):
    """Names of the training pictures whose labels look wrong; exit code 1 tells that there are some."""
    report = command("doctor", "vgg-batchnorm", "--data", photographs, "--json", "-q", "--threads", threads, fine=(0, 1))
    return {image["file"] for finding in report["findings"] if finding["check"] == "labels" for image in finding["images"]}


def write_table(photographs, without, table):
    with open(table, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("file", "label", "split"))
        for picture in sorted((photographs / "train").glob("*/*.png")):
            if str(picture.relative_to(photographs)) not in without:
                rows.writerow((picture.resolve(), picture.parent.name, "train"))


def balanced_accuracy(photographs, data, run, seed, threads, words, views):
    command("train", "vgg-batchnorm", "--data", data, "--validation", "0", "--seed", seed, "--threads", threads, "-o", run,
            "--overwrite", "-q", *words)
    tested = command("test", run, "--data", photographs, "--json", "-q", "--threads", threads, *views)
    return tested["metrics"]["balanced_accuracy"]["value"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("runs", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    photographs, threads = arguments.photographs, arguments.threads
    arguments.runs.mkdir(parents=True, exist_ok=True)
    table = arguments.runs / "clean.csv"
    without = doubted(photographs, threads)
    write_table(photographs, without, table)
    print(f"{len(without)} pictures are left out\n\n| seed | plain | against it |\n|---|---|---|")
    reached = []
    for seed in range(1, arguments.seeds + 1):
        plain = balanced_accuracy(photographs, photographs, arguments.runs / f"plain-{seed}", seed, threads, (), ())
        better = balanced_accuracy(photographs, table, arguments.runs / f"better-{seed}", seed, threads, AGAINST,
                                   ("--tta", "mirror"))
        reached.append((100 * plain, 100 * better))
        print(f"| {seed} | {100 * plain:.2f} % | {100 * better:.2f} % |", flush=True)
    print("| mean | {:.2f} % | {:.2f} % |".format(*(statistics.mean(column) for column in zip(*reached))))


if __name__ == "__main__":
    main()
