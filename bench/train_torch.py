"""The Basic CNN trained with PyTorch as `cnn train basic` does it, as a program: train_torch.py FOLDER RECIPE SEED, where
RECIPE is `plain` (one epoch of the defaults) or one of `cnn train`'s. Prints the test accuracy as JSON."""
import dataclasses
import gzip
import json
import os
import sys

import numpy
import torch
import torch.nn.functional as functional


@dataclasses.dataclass
class Recipe:
    """SGD with Nesterov's momentum and one cycle of the learning rate; see recipes/fast.txt."""
    epochs: int = 1
    batch: int = 128
    lr: float = 0.05
    momentum: float = 0.9
    nesterov: bool = False
    decay: float = 0.0005  # of weights, not of biases
    clip: float = 0.0  # 0: no limit
    smoothing: float = 0.0
    shift: int = 0  # pixels

    def of(self, net):
        weights = [p for p in net.parameters() if p.dim() > 1]
        biases = [p for p in net.parameters() if p.dim() == 1]
        return torch.optim.SGD([{"params": weights, "weight_decay": self.decay}, {"params": biases}], lr=self.lr,
                               momentum=self.momentum, nesterov=self.nesterov, fused=True)


RECIPES = {
    "plain": Recipe(),
    "fast": Recipe(1, 32, 0.1, 0.85, True, 0.0005, 1.0, 0.1, 2),
}


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


def shifted(images, most):
    """Each image moved by up to `most` pixels along both axes, black coming in."""
    if most == 0:
        return images
    count, side = len(images), images.shape[-1]
    padded = functional.pad(images, (most,) * 4)[:, 0]
    place = torch.randint(2 * most + 1, (2, count, 1)) + torch.arange(side)
    return padded[torch.arange(count)[:, None, None], place[0][:, :, None], place[1][:, None, :]][:, None]


def train(net, images, labels, normalise, recipe):
    steps = -(-len(images) // recipe.batch)
    optimizer = recipe.of(net)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.lr, total_steps=recipe.epochs * steps, cycle_momentum=False)
    for _ in range(recipe.epochs):
        for chosen in torch.randperm(len(images)).split(recipe.batch):
            optimizer.zero_grad()
            outputs = net(normalise(shifted(images[chosen], recipe.shift)))
            functional.cross_entropy(outputs, labels[chosen], label_smoothing=recipe.smoothing).backward()
            if recipe.clip:
                torch.nn.utils.clip_grad_norm_(net.parameters(), recipe.clip)
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
    folder, recipe, seed = sys.argv[1], RECIPES[sys.argv[2]], int(sys.argv[3])
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

    train(net, images, labels, normalise, recipe)
    print(json.dumps({"accuracy": accuracy(net, *split(folder, "t10k"), normalise)}))


main()
