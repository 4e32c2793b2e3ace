#!/usr/bin/env python3
"""Architectures of torchvision, timm and ultralytics with random weights, as ONNX by both exporters of PyTorch.

usage: export_architectures.py [--exporter tracing|dynamo] FOLDER [NAME...]

Writes NAME_EXPORTER.onnx for each name, or for all; without a FOLDER it lists the names. Classifiers have ten classes.
Weights are drawn, biases and norms too, and the statistics of the batch normalisations are those of random pictures, so that
values neither vanish nor grow from layer to layer. Needs tools/requirements-architectures.txt.
docs/models-from-elsewhere.md has what became of the files.
"""

import argparse
import contextlib
import io
import pathlib
import sys
import warnings

import torch
from torch import nn

CLASSES = 10

# name: size of the picture. What cannot be built for ten classes, or has several outputs, is further below.
TORCHVISION = {
    "alexnet": 224, "vgg11_bn": 224, "resnet18": 224, "resnet50": 224, "resnext50_32x4d": 64, "wide_resnet50_2": 64,
    "densenet121": 224, "squeezenet1_1": 224, "googlenet": 224, "inception_v3": 299, "mnasnet0_5": 224, "mobilenet_v2": 224,
    "mobilenet_v3_small": 224, "mobilenet_v3_large": 224, "shufflenet_v2_x1_0": 224, "efficientnet_b0": 224,
    "efficientnet_v2_s": 224, "regnet_x_400mf": 224, "regnet_y_400mf": 224, "convnext_tiny": 224, "vit_b_16": 224,
    "swin_t": 224, "swin_v2_t": 256, "maxvit_t": 224}
SEGMENTATION = {"fcn_resnet50": 96, "deeplabv3_resnet50": 96, "deeplabv3_mobilenet_v3_large": 224, "lraspp_mobilenet_v3_large": 224}
DETECTION = {"ssdlite320_mobilenet_v3_large": 320, "retinanet_resnet50_fpn": 128, "fcos_resnet50_fpn": 128,
             "fasterrcnn_mobilenet_v3_large_320_fpn": 128}
TIMM = {
    "ghostnet_100": 224, "ghostnetv2_100": 224, "dm_nfnet_f0": 96, "nf_regnet_b1": 128, "repvgg_a0": 128, "hrnet_w18_small": 128,
    "res2net50_26w_4s": 96, "resnest14d": 128, "efficientvit_b0": 224, "efficientvit_m0": 224, "mixnet_s": 224,
    "fastvit_t8": 256, "edgenext_xx_small": 256, "levit_128s": 224, "mobileone_s0": 224, "convmixer_768_32": 64,
    "mobilevit_xxs": 256, "mobilevitv2_050": 256, "mobilenetv4_conv_small": 224, "repghostnet_050": 224, "tf_efficientnet_lite0": 224,
    "tinynet_a": 192, "lcnet_050": 224, "hardcorenas_a": 224, "rexnet_100": 224, "selecsls42b": 128, "dla34": 128, "dpn48b": 128,
    "cspresnet50": 96, "cspdarknet53": 96, "vovnet39a": 96, "ese_vovnet19b_dw": 128, "gernet_s": 128, "resnetv2_50": 96,
    "seresnet50": 96, "ecaresnet26t": 128, "skresnet18": 128, "botnet26t_256": 256, "xception41": 128, "inception_resnet_v2": 299,
    "pit_ti_224": 224, "poolformer_s12": 224, "poolformerv2_s12": 224, "convnextv2_atto": 224, "inception_next_atto": 224,
    "starnet_s1": 224, "repvit_m0_9": 224, "coatnet_0_rw_224": 224, "deit_tiny_patch16_224": 224, "mixer_s32_224": 224,
    "resmlp_12_224": 224, "focalnet_tiny_srf": 224, "xcit_nano_12_p16_224": 224, "twins_pcpvt_small": 224, "davit_tiny": 224,
    "crossvit_tiny_240": 240, "efficientformer_l1": 224, "swiftformer_xs": 224, "shvit_s1": 224, "mambaout_femto": 224}
ULTRALYTICS = {"yolov8n": 320, "yolov8n-seg": 320, "yolov8n-pose": 320, "yolov8n-cls": 224, "yolov8n-obb": 320, "yolo11n": 320,
               "yolo11n-seg": 320, "yolo11n-cls": 224, "yolo12n": 320, "yolov5nu": 320, "yolov10n": 320, "yolov9t": 320}


class FirstOutput(nn.Module):
    """Of a segmentation network, whose outputs are a dictionary."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)["out"]


def build(name):
    """The network, and the size of its pictures."""
    import torchvision
    if name in TORCHVISION:
        more = {"aux_logits": False, "init_weights": True} if name in ("googlenet", "inception_v3") else {}
        return torchvision.models.get_model(name, weights=None, num_classes=CLASSES, **more), TORCHVISION[name]
    if name in SEGMENTATION:
        return FirstOutput(torchvision.models.get_model(name, weights=None, weights_backbone=None, num_classes=CLASSES)), SEGMENTATION[name]
    if name in DETECTION:
        return torchvision.models.get_model(name, weights=None, weights_backbone=None, num_classes=CLASSES), DETECTION[name]
    if name in TIMM:
        import timm
        return timm.create_model(name, pretrained=False, num_classes=CLASSES, exportable=True), TIMM[name]
    import ultralytics
    network = ultralytics.YOLO(name + ".yaml", verbose=False).model.fuse(verbose=False)
    for module in network.modules():
        if hasattr(module, "export"):
            module.export, module.format = True, "onnx"
    return network, ULTRALYTICS[name]


def draw(network):
    """What training would have given: nothing is 0 or 1."""
    for module in network.modules():
        if isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.GroupNorm, nn.LayerNorm)) and module.weight is not None:
            nn.init.uniform_(module.weight, 0.6, 1.4)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0, 0.2)
        elif isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
            nn.init.normal_(module.bias, 0, 0.05)
    for name, parameter in network.named_parameters():
        if name.endswith("gamma") or "layer_scale" in name or "gamma_" in name:
            nn.init.uniform_(parameter, 0.1, 0.5)
        elif parameter.ndim > 1 and not parameter.any(): # a head that starts from zero
            nn.init.normal_(parameter, 0, 0.05)


def settle(network, size, detects):
    """Batch normalisations get the statistics of what they see."""
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.train()
        norm.reset_running_stats()
        norm.momentum = None
    with torch.no_grad():
        pictures = torch.rand(4, 3, size, size)
        network(list(pictures) if detects else pictures)
    for norm in norms:
        norm.eval()
        norm.running_mean.add_(0.1 * torch.randn_like(norm.running_mean) * norm.running_var.sqrt())
        norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.7, 1.4)).clamp_(min=1e-2)


def export(name, exporter, path):
    torch.manual_seed(1)
    network, size = build(name)
    network = network.eval()
    detects = name in DETECTION
    draw(network)
    settle(network, size, detects)
    pictures = torch.rand(1, 3, size, size)
    options = {"input_names": ["x"]}
    if exporter == "tracing":
        options.update(dynamo=False, opset_version=17, dynamic_axes=None if detects or name in ULTRALYTICS else {"x": {0: "n"}})
    else:
        options.update(dynamo=True, external_data=False)
    torch.onnx.export(network, ([pictures[0]],) if detects else (pictures,), str(path), **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exporter", choices=("tracing", "dynamo"), default="tracing")
    parser.add_argument("folder", type=pathlib.Path, nargs="?")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    names = [*TORCHVISION, *SEGMENTATION, *DETECTION, *TIMM, *ULTRALYTICS]
    if not arguments.folder:
        return print(*names)
    warnings.simplefilter("ignore")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    failures = 0
    for name in arguments.names or names:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                export(name, arguments.exporter, arguments.folder / f"{name}_{arguments.exporter}.onnx")
        except Exception as error: # of an exporter, which does not take every network
            print(name, " ".join(str(error).split())[:200], file=sys.stderr)
            failures += 1
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
