#!/usr/bin/env python3
"""Export well-known networks with random weights to ONNX, as current PyTorch writes them.

    tools/export_models.py [--image 64] [--classes 10] [--exporter dynamo|torchscript] [--keep-norms] [NAME...]

writes build/models/NAME.onnx. --keep-norms leaves batch normalisation out of the convolutions, so that the network
can be trained as PyTorch trains it. Needs tools/requirements-export.txt.
"""

import argparse
import logging
import os
import pathlib
import warnings

import torch

from networks import NETWORKS, make

ROOT = pathlib.Path(__file__).resolve().parent.parent


def export(model, image, path, exporter, keep_norms):
    example = torch.rand(2, 3, image, image)
    names = {"input_names": ["input"], "output_names": ["output"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if exporter == "dynamo":
            torch.onnx.export(model, (example,), str(path), dynamo=True, verbose=False, optimize=not keep_norms,
                              dynamic_shapes=({0: torch.export.Dim("N")},), external_data=False, **names)
        else:
            mode = torch.onnx.TrainingMode
            torch.onnx.export(model, (example,), str(path), dynamo=False, dynamic_axes={"input": {0: "N"}},
                              training=mode.PRESERVE if keep_norms else mode.EVAL,
                              do_constant_folding=not keep_norms, **names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NETWORKS)}; default: all")
    parser.add_argument("--image", type=int, default=224, help="height and width of the input (%(default)s)")
    parser.add_argument("--classes", type=int, default=1000, help="(%(default)s)")
    parser.add_argument("--exporter", choices=["dynamo", "torchscript"], default="dynamo")
    parser.add_argument("--keep-norms", action="store_true", help="do not fold batch normalisation")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "build" / "models")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    os.makedirs(arguments.output, exist_ok=True)
    for name in arguments.names or NETWORKS:
        path = arguments.output / f"{name}.onnx"
        export(make(name, arguments.image, arguments.classes), arguments.image, path, arguments.exporter,
               arguments.keep_norms)
        print(path)


if __name__ == "__main__":
    main()
