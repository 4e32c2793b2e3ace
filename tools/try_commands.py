#!/usr/bin/env python3
"""What the command makes of ONNX files of classifiers that other tools wrote: run, summary, convert, predict, test and train.

    CNN_LIBRARY=build/release/libcnn.so PYTHONPATH=python tools/try_commands.py --data PICTURES build/release/cnn FILE...

For each file a row of a Markdown table: the engine that runs it and its islands, the largest difference of any output from ONNX
Runtime's (relative to the largest value of that output), which commands succeed, and the losses of two epochs of training
on a few pictures of PICTURES, a folder of class folders that has as many classes as the files have outputs. Of the file
that convert writes, ONNX Runtime's outputs are compared, too. Without --data, nothing is trained. What fails is said below
the table. docs/models-from-elsewhere.md has what was found.
"""

import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile

import onnxruntime

import cnn
import try_models

TRAINING = "--epochs 2 --batch 8 --limit 8 --optimizer adamw --lr 0.0001 --schedule constant --validation 0 --test-fraction 0 --threads 1 -q".split()


class Trial:
    """One file; `failures` has what went wrong."""

    def __init__(self, command, path, data):
        self.command, self.path, self.data, self.failures = command, path, data, []
        self.session, self.inputs, self.expected, _ = try_models.open_theirs(path, {})

    def run(self, *arguments):
        done = subprocess.run([self.command, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            self.failures.append("%s: %s" % (arguments[0], " ".join(done.stderr.split())[-300:]))
        return done.returncode == 0

    def outputs(self):
        """The engine, its islands, and the difference from ONNX Runtime."""
        names = [value.name for value in self.session.get_outputs()]
        with cnn.onnx.Model(self.path, threads=1) as model:
            found = model.run(self.inputs)
            return model.engine, len(model.islands), try_models.difference([found[name] for name in names], self.expected)

    def why_no_network(self):
        try:
            with cnn.onnx.Model(self.path, engine="network", threads=1):
                return
        except cnn.Error as error:
            self.failures.append("network: " + " ".join(str(error).split())[:300])

    def convert(self, folder):
        """The difference that the written file makes in ONNX Runtime."""
        if not self.run("convert", self.path, folder / "written.onnx"):
            return "no"
        session = onnxruntime.InferenceSession(str(folder / "written.onnx"), providers=["CPUExecutionProvider"])
        images = next(value for value in self.inputs.values() if value.ndim == 4)
        if session.get_inputs()[0].shape[1] != images.shape[1]:
            images = images.transpose(0, 3, 1, 2)
        written = session.run(None, {"input": images})[0].reshape(self.expected[0].shape)
        return "%.0e" % try_models.difference([written], self.expected)

    def train(self, folder):
        if not self.run("train", self.path, "--data", self.data, "-o", folder / "run", *TRAINING):
            return "no"
        with open(folder / "run" / "history.csv", newline="") as file:
            return " to ".join("%.5g" % float(row["training_loss"]) for row in csv.DictReader(file))

    def row(self):
        engine, islands, difference = self.outputs()
        cells = [engine, str(islands or 1), "%.1e" % difference, "yes" if self.run("summary", self.path) else "no"]
        if engine != "network":
            self.why_no_network()
            return cells + [""] * 4
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            cells.append(self.convert(folder))
            if not self.data:
                return cells + [""] * 3
            pictures = sorted(self.data.rglob("*.png"))[:3]
            cells.append("yes" if self.run("predict", self.path, *pictures, "-q") else "no")
            cells.append("yes" if self.run("test", self.path, "--data", self.data, "--split", "all", "--limit", "8", "-q") else "no")
            return cells + [self.train(folder)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("command")
    parser.add_argument("files", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    failures = []
    print("| model | engine | islands | difference | summary | convert | predict | test | train |\n|" + "---|" * 9)
    for path in arguments.files:
        try:
            trial = Trial(arguments.command, path, arguments.data)
            cells = trial.row()
            failures += ["%s: %s" % (path.stem, failure) for failure in trial.failures]
        except Exception as error: # of either library
            cells = [" ".join(str(error).split())[:160]] + [""] * 7
        print("| %s |" % " | ".join([path.stem, *cells]), flush=True)
    print("", *failures, sep="\n")


if __name__ == "__main__":
    sys.exit(main())
