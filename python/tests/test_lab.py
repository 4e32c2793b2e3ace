"""The lab: what the library measured comes out as it was measured."""

import json
import signal

import numpy as np
import pytest
from conftest import SMALL, bright_halves, idx

import cnn


def small(**options):
    images, labels = bright_halves(120)
    net = cnn.Net(SMALL)
    test = cnn.Data.from_arrays(*bright_halves(40, seed=2))
    return net, net.lab(cnn.Data.from_arrays(images, labels), test=test, **{"epochs": 2, "batch_size": 16, "threads": 1, **options})


def test_layers_are_counted():
    net, found = small()
    assert [layer.name for layer in found.layers] == [layer.name for layer in net.layers]
    conv = found.layers[0]
    assert (conv.kind, conv.output, conv.parameters) == ("conv", (4, 6, 6), 4 * 9 + 4)
    assert conv.unshared_parameters == 4 * 36 * (9 + 1) and conv.dense_parameters == 4 * 36 * (64 + 1)
    assert (conv.connections, conv.value_connections, conv.possible) == (4 * 36 * 9, 9, 64 * 4 * 36)
    assert conv.field == (3, 6, 3, 6) and found.layers[-1].field == (0, 8, 0, 8)
    assert conv.equivariance_error[0] < 1e-5 < conv.change[0] # a convolution moves with its image


def test_patches_are_the_largest_values():
    images, _ = bright_halves(40, seed=2)
    net = cnn.Net(SMALL)
    net.fit(*bright_halves(120), epochs=1, batch_size=16)
    found = net.lab(cnn.Data.from_arrays(*bright_halves(120)), test=cnn.Data.from_arrays(*bright_halves(40, seed=2)),
                    epochs=1, batch_size=16, threads=1)
    outputs = net.inspect(images).output("conv_1")
    for channel, patches in enumerate(found.layers[0].patches):
        assert len(patches) == 8 and abs(patches[0].value - outputs[:, channel].max()) < 1e-4
        first = patches[0]
        assert abs(outputs[first.image, channel][first.place] - first.value) < 1e-4
        assert first.rows == (first.place[0], first.place[0] + 3) and first.columns == (first.place[1], first.place[1] + 3)


def test_networks_are_compared():
    _, found = small(epochs=6)
    assert set(found.networks) == {"cnn", "dense", "cnn_shuffled", "dense_shuffled"} and found.epochs == 6
    assert (found.training_images, found.test_images, found.held_out) == (120, 40, False)
    network = found.networks["cnn"]
    assert network.correct == round(network.accuracy * 40) and network.accuracy > 0.9 and network.trained_here
    assert network.shifted.shape == (13, 13) and network.shifted[6, 6] == network.correct
    assert abs(found.networks["dense"].parameters / network.parameters - 1) < 0.3
    assert str(found).splitlines()[1].split() == ["cnn", f"{network.parameters:,}", f"{100 * network.accuracy:.2f}", "%"]


def test_figures_are_those_of_the_command(command, tmp_path):
    for kind, seed in ("train", 1), ("t10k", 2):
        images, labels = bright_halves(100, seed=seed)
        idx(tmp_path / f"{kind}-images-idx3-ubyte.gz", images)
        idx(tmp_path / f"{kind}-labels-idx1-ubyte.gz", labels.astype(np.uint8))
    (tmp_path / "net.txt").write_text(SMALL)
    told = json.loads(command("lab", tmp_path / "net.txt", "--data", tmp_path, "--quick", "--threads", 1, "--json"))
    found = cnn.Net(SMALL).lab(cnn.Data(tmp_path), test=cnn.Data(tmp_path, split="test"), quick=True, threads=1)
    assert [network["role"] for network in told["networks"]] == list(found.networks)
    for ours, theirs in zip(found.networks.values(), told["networks"]):
        assert (ours.parameters, ours.correct) == (theirs["parameters"], round(100 * theirs["accuracy"]))
    assert told["networks"][0]["shifted"] == (found.networks["cnn"].shifted / 100).tolist()
    assert told["layers"][0]["change"] == [float(f"{value:.9g}") for value in found.layers[0].change]


def test_progress_is_told_and_stops():
    told = []
    with pytest.raises(cnn.Error):
        small(progress=lambda doing, share: told.append((doing, share)) or len(told) < 3)
    assert len(told) == 3 and all(0 <= share <= 1 and "training" in doing for doing, share in told)


def test_ctrl_c_ends_it():
    with pytest.raises(KeyboardInterrupt):
        small(progress=lambda doing, share: signal.raise_signal(signal.SIGINT))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_options_are_those_of_a_training():
    assert small(optimizer="adam", learning_rate=0.01, augment="flip")[1].epochs == 2
    with pytest.raises(cnn.ArgumentError, match="validation_data"):
        small(validation_data=1)
    with pytest.raises(cnn.ArgumentError, match="epochs"):
        small(epochs=-1)


def test_no_classifier_is_refused():
    net = cnn.Net("input 1x8x8\nconv 4 3\n")
    with pytest.raises(cnn.Error):
        net.lab(cnn.Data.from_arrays(*bright_halves(20)))


def test_doctor_of_a_network(net):
    images, labels = bright_halves(40)
    images[20:] = images[:20]
    data = cnn.Data.from_arrays(images, labels)
    assert net.doctor(data, quick=True) == cnn.doctor(net, data, quick=True)
    assert "duplicates" in [finding.check for finding in net.doctor(data, quick=True)]
