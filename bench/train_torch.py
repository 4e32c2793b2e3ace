"""The Basic CNN trained with PyTorch as `cnn train basic` does it, as a program: train_torch.py FOLDER EPOCHS SEED.
Batch 128, SGD with momentum 0.9, one cycle up to 0.05. Prints the test accuracy as JSON."""
import gzip
import json
import os
import sys

import numpy
import torch
import torch.nn.functional as functional

BATCH = 128


def idx(folder, name, header):
    with gzip.open(os.path.join(folder, name)) as file:
        return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8, offset=header).copy())


def split(folder, name):
    return (
        idx(folder, name + "-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28),
        idx(folder, name + "-labels-idx1-ubyte.gz", 8).long(),
    )


def basic():
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 32, 3),
        torch.nn.ReLU(inplace=True),
        torch.nn.Conv2d(32, 64, 3),
        torch.nn.ReLU(inplace=True),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(9216, 128),
        torch.nn.ReLU(inplace=True),
        torch.nn.Linear(128, 10),
    )


def train(net, images, labels, normalise, epochs):
    steps = -(-len(images) // BATCH)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=epochs * steps, cycle_momentum=False)
    for _ in range(epochs):
        for chosen in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad()
            functional.cross_entropy(net(normalise(images[chosen])), labels[chosen]).backward()
            optimizer.step()
            schedule.step()


def accuracy(net, images, labels, normalise):
    with torch.inference_mode():
        right = [
            (net(normalise(part)).argmax(1) == truth).sum()
            for part, truth in zip(images.split(1000), labels.split(1000))
        ]
    return sum(right).item() / len(images)


def main():
    folder, epochs, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(seed)
    images, labels = split(folder, "train")
    shades = torch.arange(256) / 255
    counts = images.flatten().bincount(minlength=256) / images.numel()
    mean = (shades * counts).sum()
    deviation = (((shades - mean) ** 2 * counts).sum()).sqrt()
    net = basic()

    def normalise(part):
        return (part.float() / 255 - mean) / deviation

    train(net, images, labels, normalise, epochs)
    print(json.dumps({"accuracy": accuracy(net, *split(folder, "t10k"), normalise)}))


main()
