#!/usr/bin/env python3
"""Measure what docs/lab.md says: `cnn lab` with three seeds, and of each figure the mean, smallest and largest.

    CNN_BUILD_DIR=build/release CNN_DATA=DATA tools/lab_figures.py MODEL [--quick]

DATA has mnist/. MODEL is a built-in model; the rows are those of the page."""
import json
import os
import subprocess
import sys

CNN = os.path.join(os.environ["CNN_BUILD_DIR"], "cnn")
SEEDS = (1, 2, 3)
SHIFTS = range(7)


def lab(model, seed, more):
    words = [CNN, "lab", model, "--data", "mnist", "--seed", str(seed), "--json"] + more
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def network(result, role):
    return next(one for one in result["networks"] if one["role"] == role)


def at_distance(rows, distance):
    """Mean accuracy of all shifts whose larger part is so many pixels."""
    values = [value for down, row in zip(range(-6, 7), rows) for right, value in zip(range(-6, 7), row)
              if max(abs(down), abs(right)) == distance]
    return sum(values) / len(values)


def spread(values, digits):
    values = [100 * value for value in values]
    return "{:.{d}f} ({:.{d}f} to {:.{d}f})".format(sum(values) / len(values), min(values), max(values), d=digits)


def main():
    model, more = sys.argv[1], sys.argv[2:]
    results = [lab(model, seed, more) for seed in SEEDS]
    print("| network | parameters | accuracy | pixels shuffled | difference |\n|---|---|---|---|---|")
    for role in "cnn", "dense":
        plain = [network(result, role)["accuracy"] for result in results]
        shuffled = [network(result, role + "_shuffled")["accuracy"] for result in results]
        print("| {} | {:,} | {} | {} | {} |".format(role, network(results[0], role)["parameters"], spread(plain, 2),
                                                  spread(shuffled, 2),
                                                  spread([b - a for a, b in zip(plain, shuffled)], 2)))
    print("\n| shift | cnn | dense |\n|---|---|---|")
    for shift in SHIFTS:
        print("| {} | {} | {} |".format(shift, *[spread([at_distance(network(result, role)["shifted"], shift)
                                                         for result in results], 1) for role in ("cnn", "dense")]))
    print("\n| layer | changed by 1 px | 2 px | moved back, 1 px | 2 px |\n|---|---|---|---|---|")
    for number, layer in enumerate(results[0]["layers"]):
        figures = []
        for key in "change", "equivariance_error":
            for shift in 0, 1:
                values = [result["layers"][number][key] for result in results]
                figures.append(spread([value[shift] for value in values], 1) if values[0] else "-")
        print("| {} | {} | {} | {} | {} |".format(layer["name"], *figures))


main()
