"""Write tests/golden/inspect.safetensors: what PyTorch's hooks see inside networks of every kind of layer.

Run with the environment of tools/requirements-golden.txt: python tools/golden_inspect.py

Metadata CASE: the network as text; CASE/start: a layer in the middle, from which a second backward pass starts.
Tensors CASE/images and CASE/mean, CASE/deviation, by which the network normalises them; CASE/labels; CASE/NAME.weight, ...;
CASE/losses; CASE/output/NAME and CASE/gradient/NAME of each layer and of "input", CASE/gradient/NAME.weight, of the sum
of the losses; CASE/upstream, the gradient by the output of the layer "start", and CASE/from/start, which that gives the
input.

PyTorch runs in inference (dropout and drop path pass, running statistics), in double precision, from values that are exact in
float32. What it gives is stored in float32, whose rounding (6e-8) is far below what the test allows.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

from golden import exact_in_float32, numbers, write

BATCH, SHAPE = 2, (2, 8, 7)


class Call(nn.Module):
    """A function of its inputs as a module, so that it has hooks."""
    def __init__(self, function):
        super().__init__()
        self.forward = function


def line(name, text, module, *inputs):
    """A layer: its line of the text format without name, the module, and which layers it reads ("": the one before)."""
    return name, text, module if isinstance(module, nn.Module) else Call(module), inputs or ("",)


class Network(nn.Module):
    """The modules in order; keeps the output of each and the gradient by it."""
    def __init__(self, lines):
        super().__init__()
        self.inputs = {name: inputs for name, _, _, inputs in lines}
        self.layers = nn.ModuleDict({"input": nn.Identity(), **{name: module for name, _, module, _ in lines}})
        self.outputs, self.gradients = {}, {}
        for name, module in self.layers.items():
            module.register_forward_hook(lambda module, inputs, output, name=name: self.keep(name, output))

    def keep(self, name, output):
        self.outputs[name] = output
        self.gradients[name] = torch.zeros_like(output)
        output.register_hook(lambda gradient: self.gradients[name].add_(gradient))

    def forward(self, x):
        x = self.layers["input"](x)
        for name, inputs in self.inputs.items():
            x = self.layers[name](*[self.outputs[other] if other else x for other in inputs])
        return x

    def clear(self):
        self.zero_grad()
        for gradient in self.gradients.values():
            gradient.zero_()


def text_of(lines):
    """`from` and the names behind add, mul, ... are in the lines' texts already."""
    return "input %s\n" % numbers(SHAPE, "x") + "".join("%s name %s\n" % (text, name) for name, text, _, _ in lines)


# ---- The networks -----------------------------------------------------------------------------------------------

CHAIN = [
    line("c1", "conv 6 3x3 padding 1 nobias", nn.Conv2d(2, 6, 3, padding=1, bias=False)),
    line("norm", "batchnorm", nn.BatchNorm2d(6)),
    line("r1", "relu", nn.ReLU()),
    line("p1", "maxpool 3x2 stride 2x1 padding 1,0,1,1",
         lambda x: F.max_pool2d(F.pad(x, (0, 1, 1, 1), value=-torch.inf), (3, 2), (2, 1))),
    line("c2", "conv 8 2x3 groups 2 padding 0x1", nn.Conv2d(6, 8, (2, 3), groups=2, padding=(0, 1))),
    line("r2", "clip 0 6", nn.ReLU6()),
    line("p2", "avgpool 2x2 stride 1 padding 1 countpad", nn.AvgPool2d(2, 1, padding=1)),
    line("p3", "avgpool 2x2 stride 2 padding 1", nn.AvgPool2d(2, 2, padding=1, count_include_pad=False)),
    line("path", "droppath 0.3", nn.Identity()),
    line("flat", "flatten", nn.Flatten()),
    line("drop", "dropout 0.4", nn.Dropout(0.4)),
    line("d1", "dense 9", nn.Linear(8 * 3 * 5, 9)),
    line("r3", "relu", nn.ReLU()),
    line("d2", "dense 4 nobias", nn.Linear(9, 4, bias=False)),
    line("soft", "softmax", nn.Softmax(1)),
]

BRANCHES = [
    line("c1", "conv 4 3x3 padding 1", nn.Conv2d(2, 4, 3, padding=1)),
    line("r1", "relu", nn.ReLU()),
    line("c2", "conv 4 3x3 padding 2 dilation 2", nn.Conv2d(4, 4, 3, padding=2, dilation=2)),
    line("sum", "add r1 c1", lambda x, a, b: x + a + b, "", "r1", "c1"),
    line("mean", "globalavgpool", nn.AdaptiveAvgPool2d(1)),
    line("c3", "conv 4 1x1", nn.Conv2d(4, 4, 1)),
    line("gate", "sigmoid", nn.Sigmoid()),
    line("gated", "mul sum", lambda x, a: x * a, "", "sum"),
    line("depth", "conv 4 3x2 groups 4 padding 1,0,1,1",
         nn.Sequential(nn.ZeroPad2d((0, 1, 1, 1)), nn.Conv2d(4, 4, (3, 2), groups=4))),
    line("less", "sub r1", lambda x, a: x - a, "", "r1"),
    line("more", "max gated", lambda x, a: torch.maximum(x, a), "", "gated"),
    line("least", "min c2", lambda x, a: torch.minimum(x, a), "", "c2"),
    line("power", "exp from gate", torch.exp, "gate"),
    line("part", "div power from least", lambda x, a: x / a, "least", "power"),
    line("wide", "concat gated depth", lambda *x: torch.cat(x, 1), "", "gated", "depth"),
    line("c4", "conv 5 2x2 stride 2", nn.Conv2d(12, 5, 2, stride=2)),
    line("top", "globalmaxpool", nn.AdaptiveMaxPool2d(1)),
    line("flat", "flatten", nn.Flatten()),
    line("d1", "dense 3", nn.Linear(5, 3)),
    line("logs", "logsoftmax", nn.LogSoftmax(1)),
]

class ChannelNorm(nn.LayerNorm):
    """Over the channels of each position, as in ConvNeXt."""
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


MAPS = [
    line("up", "convtranspose 4 3x2 stride 2x1 padding 1x0 outputpadding 1x0",
         nn.ConvTranspose2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 0), output_padding=(1, 0))),
    line("slopes", "prelu", nn.PReLU(4)),
    line("near", "resize nearest size 6x9 coordinates asymmetric rounding floor", nn.Upsample((6, 9), mode="nearest")),
    line("single", "instancenorm epsilon 0.01", nn.InstanceNorm2d(4, eps=0.01, affine=True)),
    line("smooth", "resize linear size 9x5 coordinates pytorch_half_pixel", nn.Upsample((9, 5), mode="bilinear")),
    line("corners", "resize linear size 7x6 coordinates align_corners",
         nn.Upsample((7, 6), mode="bilinear", align_corners=True)),
    line("mirror", "pad 1,2,0,1 mode reflect", nn.ReflectionPad2d((2, 1, 1, 0))),
    line("local", "lrn 3 alpha 0.8 beta 0.6 bias 1.5", nn.LocalResponseNorm(3, 0.8, 0.6, 1.5)),
    line("groups", "groupnorm 2 epsilon 0.01", nn.GroupNorm(2, 4, eps=0.01)),
    line("position", "layernorm epsilon 0.01", ChannelNorm(4, eps=0.01)),
    line("slope", "prelu shared", nn.PReLU(1)),
    line("edge", "pad 0,1,1,0 mode edge", nn.ReplicationPad2d((1, 0, 0, 1))),
    line("frame", "pad 1,0,0,1 mode constant value 0.5", nn.ConstantPad2d((0, 1, 1, 0), 0.5)),
    line("c1", "conv 3 3x3 stride 3", nn.Conv2d(4, 3, 3, stride=3)),
    line("flat", "flatten", nn.Flatten()),
    line("d1", "dense 1", nn.Linear(3 * 3 * 3, 1)),
    line("sure", "sigmoid", nn.Sigmoid()),
]

# All of the same maps; those that are not defined everywhere read what is positive.
ACTIVATIONS = [
    ("sigmoid", nn.Sigmoid()), ("tanh", nn.Tanh()), ("leakyrelu 0.1", nn.LeakyReLU(0.1)), ("elu 0.5", nn.ELU(0.5)),
    ("selu", nn.SELU()), ("hardsigmoid 0.16666667 0.5", nn.Hardsigmoid()), ("hardswish", nn.Hardswish()),
    ("clip -0.25 0.5", nn.Hardtanh(-0.25, 0.5)), ("softplus", nn.Softplus(threshold=100)), ("softsign", nn.Softsign()),
    ("thresholdedrelu 0.125", nn.Threshold(0.125, 0)), ("swish", nn.SiLU()), ("abs", torch.abs), ("neg", torch.neg),
    ("exp", torch.exp), ("relu", nn.ReLU()), ("gelu", nn.GELU()),
]
WORDS = [text.split()[0] for text, _ in ACTIVATIONS] + ["log", "sqrt"]
MANY = [
    line("c1", "conv 2 3x3 stride 2", nn.Conv2d(2, 2, 3, stride=2)),
    *[line("a_" + text.split()[0], text + " from c1", module, "c1") for text, module in ACTIVATIONS],
    line("a_log", "log from a_softplus", torch.log, "a_softplus"),
    line("a_sqrt", "sqrt from a_exp", torch.sqrt, "a_exp"),
    line("all", "concat %s from c1" % " ".join("a_" + word for word in WORDS), lambda *x: torch.cat(x, 1), "c1",
         *["a_" + word for word in WORDS]),
    line("c2", "conv 3 2x2", nn.Conv2d(2 + 2 * len(WORDS), 3, 2)),
    line("flat", "flatten", nn.Flatten()),
    line("d1", "dense 4", nn.Linear(3 * 2 * 2, 4)),
]

# Depth to space position by position, which PyTorch's pixel shuffle does channel by channel.
def to_space(x):
    images, channels, rows, columns = x.shape
    return x.reshape(images, 2, 2, channels // 4, rows, columns).permute(0, 3, 4, 1, 5, 2).reshape(
        images, channels // 4, 2 * rows, 2 * columns)


MOVES = [
    line("c1", "conv 8 3x2 padding 1x0", nn.Conv2d(2, 8, (3, 2), padding=(1, 0))),
    line("front", "slice channels 0,4", lambda x: x[:, :4]),
    line("rest", "slice channels 4 from c1", lambda x: x[:, 4:], "c1"),
    line("curve", "tanh", nn.Tanh()),
    line("both", "concat front", lambda *x: torch.cat(x, 1), "", "front"),
    line("mixed", "shuffle 2", nn.ChannelShuffle(2)),
    line("deep", "spacetodepth 2 mode CRD", nn.PixelUnshuffle(2)),
    line("c2", "conv 8 1x1", nn.Conv2d(32, 8, 1)),
    line("wide", "depthtospace 2", to_space),
    line("odd", "slice rows 1,0,2 columns 0,4", lambda x: x[:, :, 1::2, :4]),
    line("more", "pad 1,0,0,2 value 0.25 channels 1x1", lambda x: F.pad(x, (0, 2, 1, 0, 1, 1), "constant", 0.25)),
    line("flat", "flatten", nn.Flatten()),
    line("d1", "dense 12", nn.Linear(4 * 5 * 6, 12)),
    line("maps", "unflatten 3x2", lambda x: x.unflatten(1, (2, 3, 2))),
    line("c3", "conv 3 2x2", nn.Conv2d(2, 3, 2)),
    line("end", "flatten", nn.Flatten()),
    line("d2", "dense 3", nn.Linear(6, 3)),
]

POOLS = [
    line("c1", "conv 6 3x3", nn.Conv2d(2, 6, 3)),
    line("far", "maxpool 2x3 stride 1 padding 0x1 dilation 2x1", nn.MaxPool2d((2, 3), 1, (0, 1), (2, 1))),
    line("norm", "globall2pool", lambda x: torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True)),
    line("mean", "channelpool mean", lambda x: x.mean(1, keepdim=True)),
    line("part", "div mean from norm", lambda x, a: x / a, "norm", "mean"),
    line("response", "mul far", lambda x, a: x * a, "", "far"),
    line("best", "channelpool max branches 2", lambda x: x.unflatten(1, (2, 3)).amax(1)),
    line("sum", "channelpool sum branches 3 from response", lambda x: x.unflatten(1, (3, 2)).sum(1), "response"),
    line("spread", "channelpool max from response", lambda x: x.amax(1, keepdim=True), "response"),
    line("all", "concat best sum", lambda *x: torch.cat(x, 1), "", "best", "sum"),
    line("flat", "flatten", nn.Flatten()),
    line("maps", "unflatten 2x1", lambda x: x.unflatten(1, (60, 2, 1))),
    line("end", "flatten", nn.Flatten()),
    line("d1", "dense 3", nn.Linear(6 * 4 * 5, 3)),
]

# The layer whose output is the scores (None: a single score), and the one where the second backward pass starts.
CASES = {"chain": (CHAIN, "d2", "c2"), "branches": (BRANCHES, "logs", "part"), "maps": (MAPS, "d1", "local"),
         "activations": (MANY, "d1", "all"), "moves": (MOVES, "d2", "mixed"), "pools": (POOLS, "d1", "best")}


# ---- Running them -----------------------------------------------------------------------------------------------


def drawn(name, shape):
    if name.endswith("running_var"):
        return 0.5 + torch.rand(shape)
    if len(shape) == 1:  # biases, scales, slopes, means
        return 0.3 + 0.2 * torch.randn(shape)
    return torch.randn(shape) * math.prod(shape[1:]) ** -0.5


def parameters_of(network):
    """{"c1.weight": parameter}: of a name in PyTorch ("layers.c1.weight", in a sequence "layers.c1.1.weight") the parts
    that the library's has, too."""
    parameters = {}
    for name, value in {**dict(network.named_parameters()), **dict(network.named_buffers())}.items():
        _, layer, *_, suffix = name.split(".")
        if suffix != "num_batches_tracked":
            parameters[layer + "." + suffix] = value
    return parameters


def losses_of(scores, labels):
    if scores.shape[1] == 1:
        return F.binary_cross_entropy_with_logits(scores[:, 0], labels.to(scores.dtype), reduction="none")
    return F.cross_entropy(scores, labels, reduction="none")


def run_case(lines, scores, start):
    network = Network(lines).eval()
    for name, value in parameters_of(network).items():
        value.data = exact_in_float32(drawn(name, value.shape))
    images = exact_in_float32(torch.rand(BATCH, *SHAPE))
    mean = exact_in_float32(torch.rand(SHAPE[0]))
    deviation = exact_in_float32(0.2 + torch.rand(SHAPE[0]))
    x = (images - mean[:, None, None]) / deviation[:, None, None]
    network(x.requires_grad_())
    classes = max(network.outputs[scores].shape[1], 2)
    labels = torch.randint(classes, (BATCH,))
    losses = losses_of(network.outputs[scores], labels)
    losses.sum().backward(retain_graph=True)
    tensors = {"images": images, "mean": mean, "deviation": deviation, "losses": losses}
    for name, value in parameters_of(network).items():
        tensors[name] = value
        if value.grad is not None:
            tensors["gradient/" + name] = value.grad.clone()
    for name in network.outputs:
        tensors["output/" + name] = network.outputs[name]
        tensors["gradient/" + name] = network.gradients[name].clone()
    network.clear()
    tensors["upstream"] = exact_in_float32(torch.randn(network.outputs[start].shape))
    network.outputs[start].backward(tensors["upstream"])
    tensors["from/start"] = network.gradients["input"]
    tensors = {name: value.detach().to(torch.float32) for name, value in tensors.items()}
    return {**tensors, "labels": labels}


def main():
    torch.set_num_threads(1)  # the same bytes each time
    torch.manual_seed(5)
    tensors, metadata = {}, {}
    for name, (lines, scores, start) in CASES.items():
        metadata[name], metadata[name + "/start"] = text_of(lines), start
        tensors.update({name + "/" + key: value for key, value in run_case(lines, scores, start).items()})
    write("inspect.safetensors", tensors, metadata)


if __name__ == "__main__":
    main()
