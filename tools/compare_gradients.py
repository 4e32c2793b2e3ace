#!/usr/bin/env python3
"""One training step of well-known networks: every gradient, against PyTorch in double precision.

    CNN_BUILD_DIR=build/release tools/compare_gradients.py [--image 32] [--batch 8] [--draws 12] [NAME...]

Batch normalisation works on the batch's own statistics, dropout is off. A unit whose value is within rounding of
ReLU's bend gets its gradient or not by chance, in any engine, and one such unit late in a network moves all gradients
by about a hundredth; so several draws of images are compared, and the same is done with PyTorch in single precision.
Prints the relative difference of all gradients together for the best and the middle draw of both, and the worst tensor
of the best draw; exits 1 when a network's best draw differs by more than 1e-3. Needs tools/requirements-export.txt.
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


def of_torch(model, images, labels):
    model.train().zero_grad()
    torch.nn.functional.cross_entropy(model(images).flatten(1), labels).backward()
    return {name: value.grad.float().numpy().copy() for name, value in model.named_parameters()}


def joined(gradients, names):
    return numpy.concatenate([gradients[name].ravel() for name in names])


def difference(found, right):
    missing = set(right) - set(found)
    assert not missing, f"no gradient of {sorted(missing)}"
    whole = joined(right, right)
    return numpy.linalg.norm(joined(found, right) - whole) / numpy.linalg.norm(whole)


def worst_tensor(found, right):
    """Tensors without a gradient worth the name (a shift before batch normalisation) are measured by the whole."""
    least = 1e-4 * numpy.linalg.norm(joined(right, right))
    errors = {name: numpy.linalg.norm(found[name] - right[name]) / max(numpy.linalg.norm(right[name]), least)
              for name in right}
    name = max(errors, key=errors.get)
    return errors[name], name


def compare(name, image, batch, draws):
    model = make(name, image, 10)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    results, singles = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.onnx"
        export(model, image, path, "torchscript", keep_norms=True)
        with Network(path) as network:
            for seed in range(draws):
                torch.manual_seed(seed)
                images, labels = torch.rand(batch, 3, image, image), torch.randint(0, 10, (batch,))
                found = network.gradients(images.numpy(), labels.numpy())[1]
                right = of_torch(model.double(), images.double(), labels)
                singles.append(difference(of_torch(model.float(), images, labels), right))
                results.append((difference(found, right), *worst_tensor(found, right)))
    (best, worst, tensor), middle = min(results), sorted(results)[draws // 2][0]
    print(f"{name:16} best {best:.1e}  middle {middle:.1e}  PyTorch single: best {min(singles):.1e}  middle "
          f"{sorted(singles)[draws // 2]:.1e}  worst tensor {worst:.1e} ({tensor})", flush=True)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NETWORKS)}; default: all")
    parser.add_argument("--image", type=int, default=32, help="height and width of the images (%(default)s)")
    parser.add_argument("--batch", type=int, default=8, help="(%(default)s)")
    parser.add_argument("--draws", type=int, default=12, help="of images (%(default)s)")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    best = [compare(name, arguments.image, arguments.batch, arguments.draws) for name in arguments.names or NETWORKS]
    sys.exit(1 if max(best) > LIMIT else 0)


if __name__ == "__main__":
    main()
