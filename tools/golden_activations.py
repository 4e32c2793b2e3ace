"""Write tests/golden/activations.safetensors: tools/golden.py's layers.safetensors for the activations.

Run with the environment of tools/requirements-golden.txt: python tools/golden_activations.py
"""
import torch
import torch.nn.functional as F

from golden import Layer, conv, write_layers

CASES = {
    "sigmoid": [Layer("sigmoid", torch.sigmoid)],
    "tanh": [Layer("tanh", torch.tanh)],
    "leakyrelu": [Layer("leakyrelu", F.leaky_relu)],
    "leakyrelu_alpha": [Layer("leakyrelu 0.25", lambda x: F.leaky_relu(x, 0.25))],
    "elu": [Layer("elu", F.elu)],
    "elu_alpha": [Layer("elu 0.5", lambda x: F.elu(x, 0.5))],
    "selu": [Layer("selu", F.selu)],
    "hardsigmoid": [Layer("hardsigmoid 0.16666667 0.5", F.hardsigmoid)],
    "hardswish": [Layer("hardswish", F.hardswish)],
    "clip": [Layer("clip -0.25 0.5", lambda x: F.hardtanh(x, -0.25, 0.5))],
    "relu6": [Layer("clip 0 6", F.relu6)],
    "softplus": [Layer("softplus", lambda x: F.softplus(x, threshold=100))],
    "softsign": [Layer("softsign", F.softsign)],
    "thresholdedrelu": [Layer("thresholdedrelu 0.125", lambda x: F.threshold(x, 0.125, 0))],
    "swish": [Layer("swish", F.silu)],
    "abs": [Layer("abs", torch.abs)],
    "neg": [Layer("neg", torch.neg)],
    "exp": [Layer("exp", torch.exp)],
    "log": [Layer("exp", torch.exp), Layer("log", torch.log)],
    "sqrt": [Layer("softplus", lambda x: F.softplus(x, threshold=100)), Layer("sqrt", torch.sqrt)],
    "gelu": [Layer("gelu", F.gelu)],
}

torch.manual_seed(3)
write_layers("activations.safetensors", CASES, stem=[conv(2, 4, (2, 2))])
