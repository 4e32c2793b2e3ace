#!/usr/bin/env python3
"""Export well-known networks with random weights to ONNX, as current PyTorch writes them.

    tools/export_models.py [--image 64] [--classes 10] [--exporter dynamo|torchscript] [--keep-norms] [NAME...]
    tools/export_models.py --image 64 --classes 10 --strip -o tests/python/networks

writes build/models/NAME.onnx. --strip leaves the weights out, shapes and names stay: tests/python/test_networks.py
fills such files with numbers of its own. --keep-norms leaves batch normalisation out of the convolutions, so that the network
can be trained as PyTorch trains it. Needs tools/requirements-export.txt.
"""

import argparse
import logging
import os
import pathlib
import warnings

import onnx
import torch

from networks import NETWORKS, make

WEIGHTED = "Conv", "ConvTranspose", "Gemm", "BatchNormalization"
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


def clear_notes(message):
    """What the exporter notes beside the graph: where in the program a node comes from."""
    for node in message.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    message.graph.ClearField("value_info")
    message.graph.ClearField("metadata_props")
    for value in [*message.graph.input, *message.graph.output, *message.graph.initializer]:
        value.ClearField("metadata_props")
        value.ClearField("doc_string")


def strip(path):
    model = onnx.load(path)
    clear_notes(model)
    weights = {name for node in model.graph.node if node.op_type in WEIGHTED for name in node.input[1:]}
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            tensor.ClearField("raw_data")
            tensor.ClearField("float_data")
    onnx.save(model, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NETWORKS)}; default: all")
    parser.add_argument("--image", type=int, default=224, help="height and width of the input (%(default)s)")
    parser.add_argument("--classes", type=int, default=1000, help="(%(default)s)")
    parser.add_argument("--exporter", choices=["dynamo", "torchscript"], default="dynamo")
    parser.add_argument("--keep-norms", action="store_true", help="do not fold batch normalisation")
    parser.add_argument("--strip", action="store_true", help="leave the weights out")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "build" / "models")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    os.makedirs(arguments.output, exist_ok=True)
    for name in arguments.names or NETWORKS:
        path = arguments.output / f"{name}.onnx"
        export(make(name, arguments.image, arguments.classes), arguments.image, path, arguments.exporter,
               arguments.keep_norms)
        if arguments.strip:
            strip(path)
        print(path)


if __name__ == "__main__":
    main()
