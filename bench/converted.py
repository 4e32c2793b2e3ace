"""A network of the benchmark in an engine's own format, made from its ONNX file when it is first wanted."""
import os
import tempfile

import onnx

import graph
import worker


def _is_newer(target, source):
    return os.path.exists(target) and os.path.getmtime(target) >= os.path.getmtime(source)


def _read(folder, name):
    """(images, path of the ONNX file) of a network: the file that was imported, or what graph.py makes of model.txt."""
    path = os.path.join(folder, name, "model.onnx")
    if os.path.exists(path):
        sizes = onnx.load(path).graph.input[0].type.tensor_type.shape.dim
        return worker.Images(folder, name, [size.dim_value for size in sizes][1:]), path
    data = worker.Data(folder, name)
    path = os.path.join(folder, name, "graph.onnx")
    if not _is_newer(path, os.path.join(folder, name, "weights.f32")):
        onnx.save(graph.model_of(data, 1), path)
    return data, path


def prepare(folder, name, endings, convert):
    """(images, paths of the converted network with these endings). convert(source, shape, targets, scratch): reads the
    ONNX file `source` for one image of `shape` and writes `targets`, with a folder for whatever else it writes."""
    folder = os.path.abspath(folder)
    data, source = _read(folder, name)
    targets = [os.path.join(folder, name, "model" + ending) for ending in endings]
    if not all(_is_newer(target, source) for target in targets):
        with tempfile.TemporaryDirectory() as scratch:
            link = os.path.join(scratch, "model.onnx")
            os.symlink(source, link)
            convert(link, [1, *data.images.shape[1:]], targets, scratch)
    missing = [target for target in targets if not os.path.exists(target)]
    if missing:
        raise ValueError("%s was not converted: there is no %s" % (name, os.path.basename(missing[0])))
    return data, targets
