"""Any ONNX model on arrays."""

import numpy as np
import pytest
from conftest import bright_halves

import cnn

onnx = pytest.importorskip("onnx")


@pytest.fixture
def sums(tmp_path):
    """A model of two inputs: their sum as float, and the indices of a as they are."""
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Transpose", ["k"], ["turned"], perm=[1, 0])], "g",
        [value("a", TensorProto.FLOAT, ["n", 3]), value("b", TensorProto.FLOAT, [3]), value("k", TensorProto.INT64, [2, 3])],
        [value("sum", TensorProto.FLOAT, ["n", 3]), value("turned", TensorProto.INT64, [3, 2])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path = tmp_path / "sums.onnx"
    onnx.save(model, path)
    return path


def test_arrays_of_several_types(sums):
    k = np.arange(6).reshape(3, 2).T # not contiguous
    given = {"a": np.ones((2, 3), ">f4"), "b": np.array([1, 2, 3], np.float32), "k": k}
    found = cnn.onnx.run(sums, given)
    assert found["sum"].tolist() == [[2, 3, 4]] * 2 and (found["turned"] == k.T).all()
    assert found["turned"].dtype == np.int64


def test_networks_are_opened_for_a_size(tmp_path):
    from onnx import TensorProto, helper, numpy_helper

    value = helper.make_tensor_value_info
    for axes, shape in ((["n", 1, "rows", "columns"], (1, 1, 6, 8)), (["n", 2, "length"], (1, 2, 9))):
        weight = numpy_helper.from_array(np.ones((3, shape[1], *[1] * (len(shape) - 2)), np.float32), "w")
        graph = helper.make_graph([helper.make_node("Conv", ["x", "w"], ["c"]), helper.make_node("GlobalMaxPool", ["c"], ["y"])],
                                  "g", [value("x", TensorProto.FLOAT, axes)],
                                  [value("y", TensorProto.FLOAT, ["n", 3, *[1] * (len(shape) - 2)])], [weight])
        path = tmp_path / "free.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
        with pytest.raises(cnn.UnsupportedError, match="input_shape="):
            cnn.Net(path)
        net = cnn.Net.load(path, input_shape=shape)
        assert net.input_shape == (shape[1], 1, *shape[2:])[-3:] if len(shape) == 3 else net.input_shape == shape[1:]
        with pytest.raises(cnn.ArgumentError, match="does not fit"):
            cnn.Net(path, input_shape=(*shape, 1))
    for wrong in (3, (1, 0, 4, 4), (1, "x"), ()):
        with pytest.raises(cnn.ArgumentError, match="input_shape"):
            cnn.Net(path, input_shape=wrong)
    with pytest.raises(cnn.ArgumentError, match="input_shape"):
        cnn.Net("input 1x8x8\nconv 2 3\n", input_shape=(1, 1, 8, 8))


@pytest.mark.parametrize("engine", ["network", "islands"])
def test_networks_take_a_precision(net, tmp_path, engine):
    net.save(tmp_path / "net.onnx")
    given = {"input": np.random.default_rng(1).random((2, 1, 8, 8), np.float32)}
    plain, half = (cnn.onnx.run(tmp_path / "net.onnx", given, engine=engine, precision=word)["output"] for word in ("float32", "bf16"))
    assert (plain != half).any() and np.abs(plain - half).max() < 0.02 * np.abs(plain).max()
    assert (half == net.predict(given["input"], precision="bf16")).all()


def test_model_says_what_it_takes(sums):
    with cnn.onnx.Model(sums) as model:
        assert model.engine == "interpreter"
        assert model.inputs[0] == ("a", "float32", (None, 3)) and model.outputs[1] == ("turned", "int64", (3, 2))


def test_results_outlive_the_next_run(sums):
    with cnn.onnx.Model(sums) as model:
        given = {"a": np.zeros((1, 3), np.float32), "b": np.ones(3, np.float32), "k": np.zeros((2, 3), np.int64)}
        first = model.run(given)["sum"]
        model.run({**given, "b": np.full(3, 7, np.float32)})
    assert first.tolist() == [[1, 1, 1]]


def test_a_run_shows_the_islands(net, tmp_path):
    net.save(tmp_path / "net.onnx")
    with cnn.onnx.Model(tmp_path / "net.onnx", engine="islands") as model:
        assert model.islands == []
        model.run({"input": np.zeros((1, 1, 8, 8), np.float32)})
        assert model.engine == "islands" and model.islands == [("input", len(net.layers), model.nodes, 1)]


def test_both_engines_agree_with_predict(net, tmp_path):
    images = bright_halves(4)[0][:, None] / np.float32(255)
    net.save(tmp_path / "net.onnx")
    for engine in "network", "interpreter", "islands":
        found = cnn.onnx.run(tmp_path / "net.onnx", {"input": images}, engine=engine)
        assert np.allclose(found["output"], net.predict(images), atol=1e-5)
