"""A network of the benchmark as an ONNX model, for the engines that read those."""
import onnx
from onnx import TensorProto, helper, numpy_helper


def _window(layer):
    return {"kernel_shape": layer.kernel, "strides": layer.stride, "pads": [layer.padding] * 4}


def _node(layer, source, target, weights):
    """The ONNX node of a layer; takes its parameters from the iterator `weights`, as (name, array)."""
    if layer.kind == "conv":
        names = [next(weights)[0], next(weights)[0]]
        return helper.make_node("Conv", [source, *names], [target], group=layer.groups, **_window(layer))
    if layer.kind == "dense":
        names = [next(weights)[0], next(weights)[0]]
        return helper.make_node("Gemm", [source, *names], [target], transB=1)
    if layer.kind == "maxpool":
        return helper.make_node("MaxPool", [source], [target], **_window(layer))
    if layer.kind == "avgpool":
        return helper.make_node("AveragePool", [source], [target], **_window(layer))
    return helper.make_node({"flatten": "Flatten", "softmax": "Softmax"}[layer.kind], [source], [target])


def graph_of(model, weights, batch):
    names = [("parameter_%d" % number, value) for number, value in enumerate(weights)]
    unused, nodes, value = iter(names), [], "input"
    for number, layer in enumerate(model.layers):
        nodes.append(_node(layer, value, "value_%d" % number, unused))
        value = "value_%d" % number
        if layer.relu:
            nodes.append(helper.make_node("Relu", [value], [value + "_relu"]))
            value += "_relu"
    return helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, *model.inputs])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, [batch, *model.layers[-1].outputs])],
        [numpy_helper.from_array(value, name) for name, value in names],
    )


def model_of(data, batch):
    graph = graph_of(data.model, data.weights, batch)
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    onnx.checker.check_model(proto)
    return proto
