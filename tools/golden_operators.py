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
}

torch.manual_seed(4)
write_layers("operators.safetensors", CASES, stem=[conv(2, 4, (2, 2))])
