"""A loop of one's own."""

import numpy as np
import pytest
from conftest import bright_halves

import cnn


def test_gradient_is_the_slope_of_the_loss(net):
    images, labels = bright_halves(12)
    with net.trainer(optimizer="sgd") as trainer:
        loss, correct = trainer.gradients(images, labels)
        gradient = trainer.gradient["conv_1.weight"]
    assert abs(loss - net.evaluate(images, labels).loss) < 1e-5 and 0 <= correct <= 12
    assert gradient.shape == (4, 1, 3, 3)
    step, place = 1e-2, (2, 0, 1, 1)
    losses = []
    for side in step, -step:
        other = net.copy()
        weight = other.parameters["conv_1.weight"]
        weight[place] += side
        other.parameters["conv_1.weight"] = weight
        losses.append(other.evaluate(images, labels).loss)
    assert abs((losses[0] - losses[1]) / (2 * step) - gradient[place]) < 1e-2 * abs(gradient).max()


def test_step_of_plain_sgd(net):
    images, labels = bright_halves(12)
    before = dict(net.parameters)
    with cnn.Trainer(net, optimizer="sgd", learning_rate=0.5) as trainer:
        trainer.step(images, labels, rate_factor=0.5)
        assert (net.parameters["conv_1.weight"] == before["conv_1.weight"]).all() # not yet stored
        trainer.store()
        for name in before:
            expected = before[name] - np.float32(0.25) * trainer.gradient[name]
            assert np.allclose(net.parameters[name], expected, atol=1e-6)
    assert net.trained


def test_loss_changes_nothing(net):
    images, labels = bright_halves(300) # more than a batch
    with net.trainer(batch_size=32) as trainer:
        loss, correct = trainer.loss(images, labels)
    found = net.evaluate(images, labels)
    assert correct == found.correct and abs(loss - found.loss) < 1e-5


def test_targets_need_the_squared_error(net):
    images, _ = bright_halves(8)
    targets = np.ones((8, 2))
    with net.trainer(loss="mse") as trainer:
        loss, _ = trainer.gradients(images, targets)
    assert abs(loss - ((net.predict(images) - targets) ** 2).mean()) < 1e-5
    with net.trainer() as trainer, pytest.raises(cnn.Error):
        trainer.gradients(images, targets)


def test_gradients_in_bfloat16_are_near(net):
    images, labels = bright_halves(12)
    with net.trainer() as plain, net.trainer(precision="bf16") as half:
        losses = plain.gradients(images, labels)[0], half.gradients(images, labels)[0]
        assert losses[0] != losses[1] and abs(losses[0] - losses[1]) < 0.01 * losses[0]
        for name, wanted in plain.gradient.items():
            assert abs(half.gradient[name] - wanted).max() < 0.05 * abs(wanted).max() + 1e-6
    with pytest.raises(cnn.Error, match="float32, bf16"):
        net.trainer(precision="fp16")
