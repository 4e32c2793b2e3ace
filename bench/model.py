"""Networks as the benchmark's engines see them: the text format of models/, as far as bench/nets/ uses it."""
import dataclasses


@dataclasses.dataclass
class Layer:
    kind: str  # conv, maxpool, avgpool, flatten, dense, softmax
    inputs: tuple  # C,H,W or (length,)
    outputs: tuple
    kernel: tuple = (1, 1)
    stride: tuple = (1, 1)
    padding: int = 0
    groups: int = 1
    relu: bool = False

    def parameter_shapes(self):
        """Weight, then bias, as ONNX and PyTorch have them."""
        if self.kind == "conv":
            return [(self.outputs[0], self.inputs[0] // self.groups, *self.kernel), (self.outputs[0],)]
        if self.kind == "dense":
            return [(self.outputs[0], self.inputs[0]), (self.outputs[0],)]
        return []


@dataclasses.dataclass
class Model:
    inputs: tuple  # C,H,W
    layers: list

    def parameter_shapes(self):
        return [shape for layer in self.layers for shape in layer.parameter_shapes()]


def elements(shape):
    product = 1
    for size in shape:
        product *= size
    return product


def _pair(word):
    sizes = tuple(int(size) for size in word.split("x"))
    return sizes if len(sizes) == 2 else sizes * 2


def _options(words):
    """The words after a layer's positional ones: {"stride": "2x2", "relu": True}."""
    options = {}
    words = iter(words)
    for word in words:
        options[word] = True if word == "relu" else next(words)
    return options


def _window(layer, channels):
    sizes = [
        (layer.inputs[1 + axis] + 2 * layer.padding - layer.kernel[axis]) // layer.stride[axis] + 1 for axis in (0, 1)
    ]
    return (channels, *sizes)


def _layer(words, inputs):
    kind = words[0]
    layer = Layer(kind, inputs, inputs)
    if kind == "conv" or kind.endswith("pool"):
        position = 2 if kind == "conv" else 1
        options = _options(words[position + 1 :])
        layer.kernel = _pair(words[position])
        layer.stride = _pair(options.get("stride", "1" if kind == "conv" else words[position]))
        layer.padding = int(options.get("padding", 0))
        layer.groups = int(options.get("groups", 1))
        layer.relu = "relu" in options
        layer.outputs = _window(layer, int(words[1]) if kind == "conv" else inputs[0])
    elif kind == "flatten":
        layer.outputs = (elements(inputs),)
    elif kind == "dense":
        layer.outputs = (int(words[1]),)
        layer.relu = "relu" in _options(words[2:])
    elif kind != "softmax":
        raise ValueError("the benchmark does not know the layer %s" % kind)
    return layer


def read(path):
    model = Model((), [])
    with open(path) as lines:
        for line in lines:
            words = line.partition("#")[0].split()
            if not words:
                continue
            if words[0] == "input":
                model.inputs = tuple(int(size) for size in words[1].split("x"))
            else:
                model.layers.append(_layer(words, model.layers[-1].outputs if model.layers else model.inputs))
    return model
