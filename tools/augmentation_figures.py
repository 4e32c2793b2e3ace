#!/usr/bin/env python3
"""Measure what augmentation costs in training: images/s with each list, and of those without.

    CNN_BUILD_DIR=build/release CNN_DATA=DATA tools/augmentation_figures.py MODEL SOURCE IMAGES SECONDS LIST...

LIST is what --augment takes. The trainings are short, of IMAGES images, and interleaved: each round has one without and one
with each list, in an order that turns; rounds begin until SECONDS are over. Printed are the median images/s of the second
epochs, and medians with quartiles of two ratios within the rounds: of these images/s, and of the images for a second of
processors' time in the whole training, which says the same where other programs take part of the machine."""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

CNN = os.path.join(os.environ["CNN_BUILD_DIR"], "cnn")
THREADS = 2
EPOCHS = 2


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def train(model, source, images, augment):
    """Images for a second by the clock, and for a second of processors' time."""
    before = processor_seconds()
    with tempfile.TemporaryDirectory() as run:
        words = [CNN, "train", model, "--data", source, "--limit", str(images), "--epochs", str(EPOCHS), "--lr", "0.02",
                 "--threads", str(THREADS), "--json", "--overwrite", "-o", run]
        words += ["--augment", augment] if augment else []
        lines = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    epochs = [event for event in map(json.loads, lines) if event["event"] == "epoch"]
    return epochs[-1]["images_per_second"], EPOCHS * images / (processor_seconds() - before)


def measure(model, source, images, seconds, lists):
    rounds = []
    begin = time.monotonic()
    while not rounds or time.monotonic() - begin < seconds:
        turn = len(rounds) % len(lists)
        order = lists[turn:] + lists[:turn]
        rounds.append({one: train(model, source, images, one) for one in order})
    return rounds


def ratios(rounds, one, which):
    values = sorted(r[one][which] / r[""][which] for r in rounds)
    quartiles = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return "{:.3f} ({:.3f} to {:.3f})".format(statistics.median(values), quartiles[0], quartiles[2])


def main():
    model, source, images, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    lists = [""] + sys.argv[5:]
    rounds = measure(model, source, images, seconds, lists)
    print("{} on {}, {} rounds\n| augmentation | images/s | of those without | by processors' time |\n|---|---|---|---|".format(
        model, source, len(rounds)))
    for one in lists:
        print("| {} | {:,.0f} | {} | {} |".format(one or "none", statistics.median(r[one][0] for r in rounds),
                                                ratios(rounds, one, 0), ratios(rounds, one, 1)))


if __name__ == "__main__":
    main()
