"""Write tests/golden/operators.safetensors: tools/golden.py's layers.safetensors for layers that came later.

Run with the environment of tools/requirements-golden.txt: python tools/golden_operators.py
"""
import torch
import torch.nn.functional as F

from golden import Layer, conv, numbers, write_layers


def conv_transpose(channels, filters, kernel, stride=(1, 1), padding=(0, 0), output_padding=(0, 0), dilation=(1, 1),
                   groups=1):
    text = "convtranspose %d %s stride %s padding %s outputpadding %s dilation %s groups %d" % (
        filters, numbers(kernel, "x"), numbers(stride, "x"), numbers(padding, "x"), numbers(output_padding, "x"),
        numbers(dilation, "x"), groups)

    def run(x, weight, bias):
        return F.conv_transpose2d(x, weight, bias, stride, padding, output_padding, groups, dilation)

    return Layer(text, run, "conv_transpose", [(channels, filters // groups, *kernel), (filters,)])


def prelu(shape, text="prelu"):
    return Layer(text, F.prelu, "prelu", [shape])


def resize(size, mode, align_corners=None):
    text = "resize %s size %s coordinates %s" % ("nearest" if mode == "nearest" else "linear", numbers(size, "x"),
                                                 "asymmetric rounding floor" if mode == "nearest" else
                                                 "align_corners" if align_corners else "pytorch_half_pixel")
    return Layer(text, lambda x: F.interpolate(x, size, mode=mode, align_corners=align_corners))


def pad(padding, mode, torch_mode, value=0.0):
    """`padding` as in the text format: top, left, bottom, right."""
    top, left, bottom, right = padding
    text = "pad %s mode %s value %g" % (numbers(padding, ","), mode, value)
    return Layer(text, lambda x: F.pad(x, (left, right, top, bottom), torch_mode, value))


# Behind a convolution that gives 4x8x6.
CASES = {
    "mul_by_mean": [Layer("avgpool 8x6 name mean\nmul conv_1", lambda x: F.avg_pool2d(x, (8, 6)) * x)],
    "sub_mean": [Layer("tanh name a\navgpool 8x6\nsub a", lambda x: F.avg_pool2d(torch.tanh(x), (8, 6)) - torch.tanh(x))],
    "div_by_exp": [Layer("exp name a\ndiv a from conv_1", lambda x: x / torch.exp(x))],
    "max": [Layer("neg name a\nmax conv_1", lambda x: torch.maximum(-x, x))],
    "min": [Layer("tanh name a\nmin conv_1", lambda x: torch.minimum(torch.tanh(x), x))],
    "prelu": [prelu((4,))],
    "prelu_shared": [prelu((1,), "prelu shared")],
    "logsoftmax": [Layer("logsoftmax", lambda x: F.log_softmax(x, 1))],
    "convtranspose": [conv_transpose(4, 3, (3, 2))],
    "convtranspose_stride": [conv_transpose(4, 3, (2, 2), stride=(2, 2))],
    "convtranspose_everything": [conv_transpose(4, 6, (3, 2), stride=(2, 3), padding=(2, 1), output_padding=(1, 2),
                                                dilation=(1, 3), groups=2)],
    "resize_nearest": [resize((13, 5), "nearest")],
    "resize_linear": [resize((11, 17), "bilinear", False)],
    "resize_linear_smaller": [resize((5, 4), "bilinear", False)],
    "resize_corners": [resize((13, 4), "bilinear", True)],
    "instance_norm": [Layer("tanh\ninstancenorm epsilon 0.01", lambda x, weight, bias: F.instance_norm(
        torch.tanh(x), weight=weight, bias=bias, eps=0.01), "instance_norm", [(4,), (4,)])],
    "lrn": [Layer("lrn 3 alpha 0.8 beta 0.6 bias 1.5", lambda x: F.local_response_norm(x, 3, 0.8, 0.6, 1.5))],
    "pad_constant": [pad((1, 0, 2, 3), "constant", "constant", 0.5)],
    "pad_reflect": [pad((2, 3, 1, 5), "reflect", "reflect")],
    "pad_edge": [pad((2, 0, 1, 3), "edge", "replicate")],
    "group_norm": [Layer("tanh\ngroupnorm 2 epsilon 0.01", lambda x, weight, bias: F.group_norm(
        torch.tanh(x), 2, weight, bias, 0.01), "group_norm", [(4,), (4,)])],
    "layer_norm": [Layer("tanh\nlayernorm epsilon 0.01", lambda x, weight, bias: F.layer_norm(
        torch.tanh(x).permute(0, 2, 3, 1), (4,), weight, bias, 0.01).permute(0, 3, 1, 2), "layer_norm", [(4,), (4,)])],
    "slice": [Layer("slice channels 1,2 rows 1,3,2 columns 0,0,3", lambda x: x[:, 1:3, 1:6:2, ::3])],
    "shuffle": [Layer("shuffle 2", lambda x: F.channel_shuffle(x, 2))],
    "depthtospace": [Layer("depthtospace 2 mode CRD", lambda x: F.pixel_shuffle(x, 2))],
    "spacetodepth": [Layer("spacetodepth 2 mode CRD", lambda x: F.pixel_unshuffle(x, 2))],
    "unflatten": [Layer("avgpool 8x6\nflatten\nunflatten 2x1\ntanh", lambda x: torch.tanh(
        F.avg_pool2d(x, (8, 6)).flatten(1).unflatten(1, (2, 2, 1))))],
    "pad_channels": [Layer("pad 0,1,0,0 value 0.5 channels 2x1", lambda x: F.pad(x, (1, 0, 0, 0, 2, 1), "constant", 0.5))],
    "global_l2_pool": [Layer("globall2pool", lambda x: torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True))],
    "channel_mean": [Layer("tanh\nchannelpool mean", lambda x: torch.tanh(x).mean(1, keepdim=True))],
    "channel_max": [Layer("channelpool max branches 2", lambda x: x.unflatten(1, (2, 2)).amax(1))],
    "channel_sum": [Layer("channelpool sum branches 2", lambda x: x.unflatten(1, (2, 2)).sum(1))],
    "maxpool_dilation": [Layer("maxpool 3x2 stride 1x2 padding 1x0 dilation 2x3", lambda x: F.max_pool2d(
        x, (3, 2), (1, 2), (1, 0), (2, 3)))],
    "unflatten_maps": [Layer("flatten\nunflatten 4x2\ntanh", lambda x: torch.tanh(x.flatten(1).unflatten(1, (24, 4, 2))))],
    "grn": [Layer("globall2pool name n\nchannelpool mean name m\ndiv m from n\nmul conv_1", lambda x: x * (
        torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True) /
        torch.linalg.vector_norm(x, dim=(2, 3), keepdim=True).mean(1, keepdim=True)))],
}

torch.manual_seed(4)
write_layers("operators.safetensors", CASES, stem=[conv(2, 4, (2, 2))])
