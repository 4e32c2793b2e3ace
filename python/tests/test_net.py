"""Networks: what they are, their parameters, predictions, files and copies."""

import pickle

import numpy as np
import pytest
from conftest import SMALL, bright_halves

import cnn


def test_layers_say_what_they_are(net):
    assert [layer.name for layer in net.layers] == ["conv_1", "relu_1", "maxpool_1", "flatten_1", "fc_1"] or \
        [layer.kind for layer in net.layers] == ["conv", "relu", "maxpool", "flatten", "dense"]
    conv = net.layers[0]
    assert (conv.inputs, conv.shape, conv.parameters, conv.macs) == (("input",), (4, 6, 6), 40, 4 * 6 * 6 * 9)
    assert net.layers[1].inputs == (conv.name,)


def test_summary_is_a_table_in_text_and_html(net):
    summary = net.summary()
    assert str(summary).splitlines()[0] == "1x8x8 -> 2, 114 parameters"
    assert "conv 4 3x3" in str(summary) or "conv 4 3" in str(summary)
    assert summary._repr_html_().count("<tr>") == len(net.layers) + 3


def test_parameters_are_read_and_assigned(net):
    weight = np.arange(36, dtype=np.float32).reshape(4, 1, 3, 3)
    net.parameters["conv_1.weight"] = weight
    found = net.parameters["conv_1.weight"]
    assert (found == weight).all()
    found[:] = 0 # a copy
    assert (net.parameters["conv_1.weight"] == weight).all()
    assert list(net.parameters) == list(dict(net.parameters)) and len(net.parameters) == 4


def test_prediction_follows_its_parameters(net):
    image = np.ones((8, 8), np.float32)
    before = net.predict(image)
    name = list(net.parameters)[-1]
    net.parameters[name] = net.parameters[name] + 1
    assert np.allclose(net.predict(image), before + 1, atol=1e-6)


def test_batches_and_threads_change_no_bit(net):
    images = np.random.default_rng(1).random((37, 8, 8), np.float32)
    expected = net.predict(images, threads=1)
    for batch_size, threads in (1, 1), (8, 2), (64, 3):
        assert (net.predict(images, batch_size=batch_size, threads=threads) == expected).all()
    assert (np.concatenate([net.predict(image) for image in images]) == expected).all()


def test_half_precision_is_close_and_asked_for_by_name(net):
    images = np.random.default_rng(1).random((5, 8, 8), np.float32)
    plain, half = net.predict(images), net.predict(images, precision="bf16")
    assert (plain != half).any() and np.abs(plain - half).max() < 0.02 * np.abs(plain).max()
    assert (half == net.predict(images, precision="bf16", batch_size=1, threads=3)).all()
    assert (net.predict(images) == plain).all()
    assert (net.predict_proba(images, precision="bf16") != net.predict_proba(images)).any()
    assert net.evaluate(images, [0, 1, 0, 1, 0], precision="bf16").images == 5
    with pytest.raises(cnn.ArgumentError, match="'fp16': expected one of float32, bf16"):
        net.predict(images, precision="fp16")


def test_outputs_own_their_memory(net):
    first = net.predict(np.zeros((2, 8, 8)))
    kept = first.copy()
    net.predict(np.ones((2, 8, 8)))
    net.close()
    assert (first == kept).all() and first.flags.owndata


def test_probabilities_are_the_softmax_of_the_outputs(net):
    images = np.random.default_rng(1).random((5, 8, 8), np.float32)
    outputs = net.predict(images).astype(float)
    expected = np.exp(outputs) / np.exp(outputs).sum(1, keepdims=True)
    assert np.allclose(net.predict_proba(images), expected, atol=1e-6)


def test_evaluation_counts(net):
    images, labels = bright_halves(40)
    found = net.evaluate(images, labels)
    guesses = net.predict_proba(images).argmax(1)
    assert found.images == 40 and found.correct == (guesses == labels).sum() and found.accuracy == found.correct / 40
    assert found.confusion.tolist() == [
        [((labels == label) & (guesses == guess)).sum() for guess in (0, 1)] for label in (0, 1)]
    loss = -np.log(net.predict_proba(images)[np.arange(40), labels].astype(float)).mean()
    assert abs(found.loss - loss) < 1e-5


@pytest.mark.parametrize("name", ["net.onnx", "net.safetensors"])
def test_saved_network_predicts_the_same(net, tmp_path, name):
    net.class_names = ["up", "down"]
    net.normalisation = [0.5], [0.25]
    net.save(tmp_path / name)
    images = np.random.default_rng(1).random((3, 8, 8), np.float32)
    loaded = cnn.Net.load(tmp_path / name)
    assert (loaded.predict(images) == net.predict(images)).all()
    assert loaded.class_names == ["up", "down"] and loaded.trained


def test_text_has_no_parameters(net, tmp_path):
    net.save(tmp_path / "net.txt")
    loaded = cnn.Net(tmp_path / "net.txt")
    assert loaded.text == net.text and not loaded.trained


def test_weights_come_from_a_file(net, tmp_path):
    net.save(tmp_path / "w.safetensors")
    other = cnn.Net(SMALL)
    other.load_weights(tmp_path / "w.safetensors")
    for name, values in net.parameters.items():
        assert (other.parameters[name] == values).all()


def test_pickle_and_copy_keep_everything():
    images, labels = bright_halves(40)
    net = cnn.Net(SMALL)
    net.fit(images, labels, epochs=1, batch_size=8, class_names=["up", "down"])
    for other in pickle.loads(pickle.dumps(net)), net.copy():
        assert (other.predict(images) == net.predict(images)).all()
        assert (other.class_names, other.trained, other.history) == (["up", "down"], True, net.history)
    untrained = pickle.loads(pickle.dumps(cnn.Net("basic")))
    assert not untrained.trained and untrained.input_shape == (1, 28, 28)


def test_network_is_adapted():
    net = cnn.Net("basic")
    net.adapt((3, 32, 24), classes=7)
    assert (net.input_shape, net.classes) == ((3, 32, 24), 7)
    net.initialise()
    net.replace_head(3)
    assert net.classes == 3


def test_frozen_layers_stay():
    images, labels = bright_halves(40)
    net = cnn.Net(SMALL)
    net.fit(images, labels, epochs=1, batch_size=8)
    before = dict(net.parameters)
    net.freeze("conv_*")
    net.fit(images, labels, epochs=1, batch_size=8)
    changed = {name for name in before if (net.parameters[name] != before[name]).any()}
    assert changed and not any(name.startswith("conv_1") for name in changed)


def test_pictures_are_read_as_the_network_wants(net, tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (8, 8), np.uint8)
    file = tmp_path / "picture.pgm"
    file.write_bytes(b"P5 8 8 255\n" + pixels.tobytes())
    expected = net.predict(pixels)
    assert (net.predict(file) == expected).all() and (net.predict([str(file)] * 2)[1] == expected[0]).all()
    assert (cnn.read_image(file.read_bytes(), (1, 8, 8)) == net.read_image(file)).all()


def test_processor_and_threads():
    assert cnn.cpu() in ("scalar", "avx2", "avx512", "avx512_bf16")
    assert cnn.thread_count(3) == 3 and cnn.thread_count() >= 1
