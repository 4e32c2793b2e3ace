#!/usr/bin/env python3
"""Fine-tune the same ResNet-18 with the same recipe here and in PyTorch, and compare accuracy and time.

    CNN_BUILD_DIR=build/release tools/compare_finetuning.py DIGITS PHOTOGRAPHS [--image 64] [--epochs 4] [--seeds 3]

DIGITS is a folder of MNIST's IDX files: PyTorch trains the network on 10,000 of them, once, and exports it. PHOTOGRAPHS is
what tools/hard_photographs.py made. Both get a new last layer and train all layers: SGD with Nesterov momentum 0.9,
weight decay 5e-4 (not on biases and norms), a rate that falls along half a cosine, batches of 64, mirrored images.
PyTorch has its images decoded in memory, in channels-last order; the time of the command is that of the whole process.
Prints a row for each seed and program, in turns. Needs tools/requirements-export.txt and pillow."""

import argparse
import copy
import json
import math
import os
import pathlib
import subprocess
import tempfile
import time

import numpy
import torch
from PIL import Image

from export_models import export
from hard_photographs import split
from networks import make

RATE, BATCH = 0.02, 64
CNN = pathlib.Path(os.environ.get("CNN_BUILD_DIR", "build/release")) / "cnn"


def enlarged(images, side):
    """N,H,W of bytes -> N,3,side,side floats 0..1, resized as the command does it."""
    resized = numpy.stack([numpy.asarray(Image.fromarray(image).resize((side, side), Image.BILINEAR)) for image in images])
    return torch.from_numpy(resized).float().div(255).unsqueeze(1).expand(-1, 3, -1, -1)


def folder_of_pictures(folder, side):
    names = sorted(one.name for one in folder.iterdir())
    files = [(file, label) for label, name in enumerate(names) for file in sorted((folder / name).iterdir())]
    images = enlarged([numpy.asarray(Image.open(file).convert("L")) for file, _ in files], side)
    return images, torch.tensor([label for _, label in files])


def optimizer_of(model):
    """Weight decay on weights alone, as the command has it."""
    flat = [value for value in model.parameters() if value.ndim == 1]
    weights = [value for value in model.parameters() if value.ndim > 1]
    return torch.optim.SGD([{"params": weights, "weight_decay": 5e-4}, {"params": flat, "weight_decay": 0}], lr=RATE,
                           momentum=0.9, nesterov=True)


def train(model, images, labels, epochs, seed):
    torch.manual_seed(seed)
    model.train().to(memory_format=torch.channels_last)
    optimizer = optimizer_of(model)
    updates, done = epochs * math.ceil(len(images) / BATCH), 0
    for _ in range(epochs):
        for indices in torch.randperm(len(images)).split(BATCH):
            batch = images[indices].contiguous(memory_format=torch.channels_last)
            mirrored = torch.rand(len(batch)) < 0.5
            batch[mirrored] = batch[mirrored].flip(3)
            for group in optimizer.param_groups:
                group["lr"] = RATE * (1 + math.cos(math.pi * done / updates)) / 2
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(batch), labels[indices]).backward()
            optimizer.step()
            done += 1


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        return sum((model(batch).argmax(1) == right).sum().item()
                   for batch, right in zip(images.split(256), labels.split(256))) / len(images)


def pretrained(digits, side, file):
    """The network that both begin with, which is also written to a file."""
    torch.manual_seed(0)
    model = make("resnet18", side, 10)
    images, labels = split(digits, "train")
    train(model, enlarged(images[:10000], side), torch.from_numpy(labels[:10000].astype(numpy.int64)), 1, 0)
    export(copy.deepcopy(model).to(memory_format=torch.contiguous_format), side, file, "torchscript", True)
    return model


def with_torch(model, training, test, epochs, seed):
    torch.manual_seed(seed)
    model = copy.deepcopy(model)
    model.fc = torch.nn.Linear(512, 10)
    begin = time.perf_counter()
    train(model, *training, epochs, seed)
    seconds = time.perf_counter() - begin
    return accuracy(model, *test), seconds


def with_command(file, photographs, folder, epochs, seed):
    words = [CNN, "train", file, "--data", photographs, "--classes", "10", "--epochs", epochs, "--batch", BATCH, "--lr", RATE,
             "--momentum", "0.9", "--nesterov", "--weight-decay", "0.0005", "--schedule", "cosine", "--augment", "flip",
             "--validation", "0", "--seed", seed, "-o", folder / "run", "--overwrite", "-q"]
    begin = time.perf_counter()
    subprocess.run([str(word) for word in words], check=True)
    seconds = time.perf_counter() - begin
    done = subprocess.run([CNN, "test", folder / "run", "--data", photographs, "--json", "-q"], check=True, capture_output=True)
    return json.loads(done.stdout)["accuracy"], seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("digits", type=pathlib.Path)
    parser.add_argument("photographs", type=pathlib.Path)
    parser.add_argument("--image", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = pretrained(arguments.digits, arguments.image, folder / "digits.onnx")
        training, test = (folder_of_pictures(arguments.photographs / part, arguments.image) for part in ("train", "test"))
        print("| seed | | accuracy | seconds |\n|---|---|---|---|")
        for seed in range(1, arguments.seeds + 1):
            for program, (right, seconds) in (
                    ("cnn", with_command(folder / "digits.onnx", arguments.photographs, folder, arguments.epochs, seed)),
                    ("PyTorch", with_torch(model, training, test, arguments.epochs, seed))):
                print(f"| {seed} | {program} | {100 * right:.2f} % | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
