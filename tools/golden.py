"""Write the golden values of tests/golden/*.safetensors with PyTorch in double precision.

Run with the environment of tools/requirements-golden.txt: python tools/golden.py

layers.safetensors  Small networks, each with one layer worth checking below a convolution whose gradients need the
                    gradient of that layer's input. Metadata CASE: the network as text; tensors CASE/images,
                    CASE/labels, CASE/outputs, CASE/loss, CASE/NAME.weight and CASE/gradient/NAME.weight.
steps.safetensors   Ten training steps of one network by several optimizers, whose options tests/train knows as well.
                    Metadata "network"; tensors images and labels of the batches, initial/NAME, CASE/losses, CASE/NAME.
batch_norm.safetensors  Three forward passes in training, then one of the first batch in inference. Metadata "network";
                    tensors images of the batches, initial/NAME, after/NAME, outputs.

Everything that the library is given is exact in float32; what it is compared with is float64.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"
torch.set_default_dtype(torch.float64)


def exact_in_float32(tensor):
    return tensor.to(torch.float32).to(torch.float64)


DTYPES = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}


def write(name, tensors, metadata):
    """As safetensors.torch.save_file, but the same bytes each time: that one writes metadata in any order."""
    header, blocks, offset = {"__metadata__": metadata}, [], 0
    for key in sorted(tensors, key=lambda key: (-tensors[key].element_size(), key)):
        block = tensors[key].contiguous().numpy().tobytes()
        header[key] = {"dtype": DTYPES[tensors[key].dtype], "shape": list(tensors[key].shape),
                       "data_offsets": [offset, offset + len(block)]}
        blocks.append(block)
        offset += len(block)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (GOLDEN / name).write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blocks))


# ---- Layers: a line of the text format and a function of the values so far and the layer's parameters ----------


class Layer:
    """`run` gets the input, then `seen` (the outputs of all layers so far) if it joins several, then the parameters,
    then whether this is training if it makes a difference."""
    def __init__(self, text, run, prefix=None, shapes=(), suffixes=("weight", "bias"), joins=False, modes=False):
        self.text, self.run, self.prefix, self.shapes = text, run, prefix, shapes
        self.suffixes, self.joins, self.modes = suffixes, joins, modes


def numbers(values, separator):
    return separator.join(str(value) for value in values)


def pad(x, padding, value=0.0):
    """`padding` as in ONNX and the text format: top, left, bottom, right."""
    top, left, bottom, right = padding
    return F.pad(x, (left, right, top, bottom), value=value)


def same_padding(size, kernel, stride, dilation):
    needed = [max((math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0)
              for n, k, s, d in zip(size, kernel, stride, dilation)]
    return [needed[0] // 2, needed[1] // 2, needed[0] - needed[0] // 2, needed[1] - needed[1] // 2]


def conv(channels, filters, kernel, stride=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1), groups=1, same=False):
    text = "conv %d %s stride %s dilation %s groups %d %s" % (
        filters, numbers(kernel, "x"), numbers(stride, "x"), numbers(dilation, "x"), groups,
        "same" if same else "padding " + numbers(padding, ","))

    def run(x, weight, bias):
        zeros = same_padding(x.shape[2:], kernel, stride, dilation) if same else padding
        return F.conv2d(pad(x, zeros), weight, bias, stride, 0, dilation, groups)

    return Layer(text, run, "conv", [(filters, channels // groups, *kernel), (filters,)])


def dense(inputs, units):
    return Layer("dense %d" % units, F.linear, "fc", [(units, inputs), (units,)])


def max_pool(kernel, stride, padding=(0, 0, 0, 0)):
    text = "maxpool %s stride %s padding %s" % (numbers(kernel, "x"), numbers(stride, "x"), numbers(padding, ","))
    return Layer(text, lambda x: F.max_pool2d(pad(x, padding, -math.inf), kernel, stride))


def avg_pool(kernel, stride, padding, count_padding):
    """Divides by the number of pixels in the window, which the average of ones tells, or by the kernel's size."""
    text = "avgpool %s stride %s padding %s%s" % (numbers(kernel, "x"), numbers(stride, "x"), numbers(padding, ","),
                                                  " countpad" if count_padding else "")

    def run(x):
        mean = F.avg_pool2d(pad(x, padding), kernel, stride)
        inside = F.avg_pool2d(pad(torch.ones_like(x), padding), kernel, stride)
        return mean if count_padding else mean / inside

    return Layer(text, run)


def join(text, run):
    return Layer(text, run, joins=True)


def batch_norm(channels, epsilon=1e-5, momentum=0.1):
    text = "batchnorm epsilon %g momentum %g" % (epsilon, momentum)

    def run(x, weight, bias, mean, variance, training):
        return F.batch_norm(x, mean, variance, weight, bias, training, momentum, epsilon)

    return Layer(text, run, "batch_norm", [(channels,)] * 4, ("weight", "bias", "running_mean", "running_var"),
                 modes=True)


def is_statistic(name):
    return ".running_" in name


RELU = Layer("relu", F.relu)
FLATTEN = Layer("flatten", lambda x: x.flatten(1))


def parameters_of(layers):
    """{"conv_1.weight": tensor, ...}, named as the library names them."""
    parameters, counts = {}, {}
    for layer in layers:
        if layer.prefix:
            counts[layer.prefix] = counts.get(layer.prefix, 0) + 1
            name = "%s_%d" % (layer.prefix, counts[layer.prefix])
            scale = math.prod(layer.shapes[0][1:]) ** -0.5
            for shape, suffix in zip(layer.shapes, layer.suffixes):
                value = torch.randn(shape) * (scale if suffix == "weight" else 0.1)
                parameters[name + "." + suffix] = exact_in_float32(value.abs() if suffix == "running_var" else value)
    return parameters


def run_network(layers, parameters, x, training=True):
    values, seen = iter(parameters.values()), []
    for layer in layers:
        arguments = [seen] if layer.joins else []
        arguments += [next(values) for _ in layer.shapes]
        arguments += [training] if layer.modes else []
        x = layer.run(x, *arguments)
        seen.append(x)
    return x


def text_of(shape, layers):
    return "input %s\n" % numbers(shape, "x") + "".join(layer.text + "\n" for layer in layers)


SHAPE = (2, 9, 7)  # channels, rows, columns
STEM = [conv(2, 4, (2, 2)), RELU]  # gives 4x8x6

LAYER_CASES = {
    "conv_non_square": [conv(4, 3, (3, 2))],
    "conv_asymmetric_padding": [conv(4, 3, (3, 3), padding=(1, 0, 2, 3))],
    "conv_same_even_kernel": [conv(4, 3, (2, 4), same=True)],
    "conv_same_stride": [conv(4, 3, (3, 4), stride=(2, 3), same=True)],
    "conv_stride": [conv(4, 3, (3, 2), stride=(2, 3))],
    "conv_stride_past_kernel": [conv(4, 3, (1, 2), stride=(3, 4))],
    "conv_dilation": [conv(4, 3, (2, 3), dilation=(3, 2))],
    "conv_groups": [conv(4, 6, (2, 3), groups=2)],
    "conv_depthwise": [conv(4, 8, (3, 3), padding=(1, 1, 1, 1), groups=4)],
    "conv_everything": [conv(4, 6, (3, 2), stride=(2, 3), padding=(2, 0, 1, 3), dilation=(2, 3), groups=2)],
    "conv_relu": [conv(4, 17, (3, 3)), RELU],
    "max_pool": [max_pool((2, 2), (2, 2))],
    "max_pool_overlapping_padded": [max_pool((3, 3), (2, 1), padding=(1, 2, 2, 1))],
    "avg_pool": [avg_pool((2, 3), (2, 3), (0, 0, 0, 0), False)],
    "avg_pool_padded": [avg_pool((3, 3), (2, 2), (1, 2, 2, 1), False)],
    "avg_pool_count_padding": [avg_pool((3, 3), (2, 1), (1, 2, 2, 1), True)],
    "relu": [RELU],
    "dense": [FLATTEN, dense(4 * 8 * 6, 9), RELU, dense(9, 5)],
    "add_many": [conv(4, 4, (3, 3), same=True),
                 join("add relu_1 conv_1 relu_1", lambda x, seen: x + seen[1] + seen[0] + seen[1])],
    "concat": [conv(4, 3, (3, 3), same=True),
               join("concat relu_1 conv_1 relu_1", lambda x, seen: torch.cat([x, seen[1], seen[0], seen[1]], 1)),
               conv(15, 2, (3, 2))],
    "batch_norm": [conv(4, 5, (3, 3)), RELU, batch_norm(5), RELU],
    "batch_norm_of_vectors": [FLATTEN, batch_norm(4 * 8 * 6, 0.01), RELU, dense(4 * 8 * 6, 5)],
    "batch_norm_residual": [conv(4, 4, (3, 3), same=True), RELU, batch_norm(4, 0.1, 0.3),
                            join("add relu_1", lambda x, seen: x + seen[1]), RELU],
    "global_avg_pool": [conv(4, 7, (3, 3)), Layer("globalavgpool", lambda x: x.mean((2, 3), keepdim=True))],
    "global_max_pool": [conv(4, 7, (3, 3)), Layer("globalmaxpool", lambda x: x.amax((2, 3), keepdim=True))],
}


def layer_case(middle, stem=STEM):
    batch, layers = 3, stem + middle
    if not any(layer.prefix == "fc" for layer in middle):
        layers = layers + [FLATTEN]
    parameters = parameters_of(layers)
    for name, value in parameters.items():
        value.requires_grad_(not is_statistic(name))
    images = exact_in_float32(torch.rand(batch, *SHAPE))
    outputs = run_network(layers, parameters, images, training=False)
    labels = torch.randint(outputs.shape[1], (batch,))
    trained = {name: value.clone() if is_statistic(name) else value for name, value in parameters.items()}
    loss = F.cross_entropy(run_network(layers, trained, images), labels)
    loss.backward()
    tensors = {"images": images.to(torch.float32), "labels": labels, "outputs": outputs.detach(),
               "loss": loss.detach().reshape(1)}
    for name, value in parameters.items():
        tensors[name] = value.detach().to(torch.float32)
        if not is_statistic(name):
            tensors["gradient/" + name] = value.grad
    return text_of(SHAPE, layers), tensors


def write_layers(file, cases, stem=STEM):
    tensors, metadata = {}, {}
    for name, middle in cases.items():
        text, case = layer_case(middle, stem)
        metadata[name] = text
        tensors.update({name + "/" + key: value for key, value in case.items()})
    write(file, tensors, metadata)


# ---- Steps ------------------------------------------------------------------------------------------------------

STEPS, BATCH = 10, 8
STEP_SHAPE = (1, 12, 10)
STEP_LAYERS = [conv(1, 4, (3, 3)), RELU, conv(4, 6, (3, 3)), RELU, max_pool((2, 2), (2, 2)), FLATTEN,
               dense(6 * 4 * 3, 16), RELU, dense(16, 5)]

# The names of cnn_update_options.
STEP_CASES = {
    "sgd": dict(optimizer="sgd", learning_rate=0.1),
    "sgd_decay": dict(optimizer="sgd", learning_rate=0.1, weight_decay=0.05),
    "momentum": dict(optimizer="sgd", learning_rate=0.05, momentum=0.9),
    "momentum_decay": dict(optimizer="sgd", learning_rate=0.05, momentum=0.9, weight_decay=0.05),
    "nesterov": dict(optimizer="sgd", learning_rate=0.05, momentum=0.9, nesterov=1),
    "adam": dict(optimizer="adam", learning_rate=0.003),
    "adam_betas": dict(optimizer="adam", learning_rate=0.003, beta1=0.8, beta2=0.95, epsilon=1e-4),
    "adam_decay": dict(optimizer="adam", learning_rate=0.003, weight_decay=0.05),
    "adamw": dict(optimizer="adamw", learning_rate=0.003, weight_decay=0.1),
    "clip": dict(optimizer="sgd", learning_rate=0.1, clip_norm=0.5),
    "clip_adamw_decay": dict(optimizer="adamw", learning_rate=0.003, weight_decay=0.1, clip_norm=0.1),
    "label_smoothing": dict(optimizer="sgd", learning_rate=0.1, label_smoothing=0.1),
    "mean_squared": dict(optimizer="sgd", learning_rate=0.1, momentum=0.9, mean_squared=1),
}


def make_optimizer(parameters, options):
    """Weight decay applies to weights, not to biases."""
    decay = options.get("weight_decay", 0.0)
    groups = [{"params": [value for name, value in parameters.items() if name.endswith("weight")],
               "weight_decay": decay},
              {"params": [value for name, value in parameters.items() if name.endswith("bias")],
               "weight_decay": 0.0}]
    rate = options["learning_rate"]
    if options["optimizer"] == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=options.get("momentum", 0.0),
                               nesterov=bool(options.get("nesterov", 0)))
    kind = torch.optim.Adam if options["optimizer"] == "adam" else torch.optim.AdamW
    betas = (options.get("beta1", 0.9), options.get("beta2", 0.999))
    return kind(groups, lr=rate, betas=betas, eps=options.get("epsilon", 1e-8))


def loss_of(outputs, labels, options):
    if options.get("mean_squared"):
        return F.mse_loss(outputs, F.one_hot(labels, outputs.shape[1]).to(outputs.dtype))
    return F.cross_entropy(outputs, labels, label_smoothing=options.get("label_smoothing", 0.0))


def train(initial, images, labels, options):
    parameters = {name: value.clone().requires_grad_() for name, value in initial.items()}
    optimizer = make_optimizer(parameters, options)
    losses = []
    for batch, batch_labels in zip(images, labels):
        optimizer.zero_grad()
        loss = loss_of(run_network(STEP_LAYERS, parameters, batch), batch_labels, options)
        loss.backward()
        if "clip_norm" in options:
            torch.nn.utils.clip_grad_norm_(parameters.values(), options["clip_norm"])
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses), {name: value.detach() for name, value in parameters.items()}


def write_steps():
    initial = parameters_of(STEP_LAYERS)
    images = exact_in_float32(torch.rand(STEPS, BATCH, *STEP_SHAPE))
    labels = torch.randint(5, (STEPS, BATCH))
    tensors = {"images": images.to(torch.float32), "labels": labels}
    tensors.update({"initial/" + name: value.to(torch.float32) for name, value in initial.items()})
    for case, options in STEP_CASES.items():
        losses, final = train(initial, images, labels, options)
        tensors[case + "/losses"] = losses
        tensors.update({case + "/" + name: value for name, value in final.items()})
    write("steps.safetensors", tensors, {"network": text_of(STEP_SHAPE, STEP_LAYERS)})


# ---- Batch normalisation: running statistics --------------------------------------------------------------------


def write_batch_norm():
    layers = [conv(2, 5, (3, 3)), batch_norm(5), RELU, FLATTEN, dense(5 * 7 * 5, 6), batch_norm(6, 0.01, 0.4)]
    parameters = parameters_of(layers)
    images = exact_in_float32(torch.rand(3, 7, *SHAPE))
    tensors = {"images": images.to(torch.float32)}
    tensors.update({"initial/" + name: value.to(torch.float32) for name, value in parameters.items()})
    for batch in images:
        run_network(layers, parameters, batch)
    tensors.update({"after/" + name: value for name, value in parameters.items()})
    tensors["outputs"] = run_network(layers, parameters, images[0], training=False)
    write("batch_norm.safetensors", tensors, {"network": text_of(SHAPE, layers)})


def main():
    GOLDEN.mkdir(exist_ok=True)
    torch.manual_seed(1)
    write_layers("layers.safetensors", LAYER_CASES)
    torch.manual_seed(2)
    write_steps()
    torch.manual_seed(3)
    write_batch_norm()


if __name__ == "__main__":
    main()
