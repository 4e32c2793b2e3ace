#!/usr/bin/env python3
"""One training step of well-known networks: the loss and every gradient, against PyTorch.

    CNN_BUILD_DIR=build/release tools/compare_gradients.py [--image 64] [--batch 4] [NAME...]

Batch normalisation works on the batch's own statistics, dropout is off. Prints, for each network, the relative
difference of the loss, of all gradients together, and of the tensor that is worst; exits 1 when the gradients
together differ by more than 1e-3. Needs tools/requirements-export.txt.
"""

import argparse
import logging
import pathlib
import sys
import tempfile

import numpy
import torch

from export_models import export
from networks import NETWORKS, make

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "python"))
from library import Network  # noqa: E402

LIMIT = 1e-3


def expected(model, images, labels):
    """In double precision, so that the differences are this library's."""
    model = model.double().train()
    loss = torch.nn.functional.cross_entropy(model(images.double()).flatten(1), labels)
    loss.backward()
    return loss.item(), {name: value.grad.float().numpy() for name, value in model.named_parameters()}


def found(model, images, labels, image):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.onnx"
        export(model, image, path, "torchscript", keep_norms=True)
        with Network(path) as network:
            return network.gradients(images.numpy(), labels.numpy())


def difference(a, b):
    return numpy.linalg.norm(a - b) / max(numpy.linalg.norm(b), 1e-12)


def compare(name, image, batch):
    model = make(name, image, 10)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    torch.manual_seed(2)
    images = torch.rand(batch, 3, image, image)
    labels = torch.randint(0, 10, (batch,))
    loss, gradients = found(model, images, labels, image)
    right_loss, right = expected(model, images, labels)
    missing = set(right) - set(gradients)
    assert not missing, f"{name}: no gradient of {sorted(missing)}"
    everything = [numpy.concatenate([values[tensor].ravel() for tensor in right]) for values in (gradients, right)]
    norm = numpy.linalg.norm(everything[1])
    # A tensor whose gradient is nothing but rounding (a shift before batch normalisation) is measured by the whole.
    worst = max(right, key=lambda tensor: numpy.linalg.norm(gradients[tensor] - right[tensor]) /
                max(numpy.linalg.norm(right[tensor]), 1e-4 * norm))
    total = difference(*everything)
    print(f"{name:16} loss {abs(loss - right_loss) / right_loss:.1e}  gradients {total:.1e}  worst "
          f"{difference(gradients[worst], right[worst]):.1e} ({worst})", flush=True)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NETWORKS)}; default: all")
    parser.add_argument("--image", type=int, default=64, help="height and width of the images (%(default)s)")
    parser.add_argument("--batch", type=int, default=4, help="(%(default)s)")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    totals = [compare(name, arguments.image, arguments.batch) for name in arguments.names or NETWORKS]
    sys.exit(1 if max(totals) > LIMIT else 0)


if __name__ == "__main__":
    main()
