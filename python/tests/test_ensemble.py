"""Networks that answer together, and images that are seen in several views."""

import numpy as np
import pytest
from conftest import SMALL, bright_halves

import cnn


@pytest.fixture
def other():
    net = cnn.Net(SMALL + "softmax\n")
    net.initialise(seed=4)
    return net


def test_probabilities_are_averaged_over_networks(net, other, data):
    images = data[0]
    with cnn.Ensemble([net, other]) as ensemble:
        found = ensemble.predict_proba(images)
    assert np.allclose(found, (net.predict_proba(images) + other.predict_proba(images)) / 2, atol=1e-6)


def test_probabilities_are_averaged_over_views(net):
    images = bright_halves(9)[0]

    def moved(by):
        wide = np.pad(images, ((0, 0), (2, 2), (2, 2)), "reflect")
        return wide[:, 2 - by:10 - by, 2 - by:10 - by]

    views = [(0, 2), (2, 1), (-2, 1)]
    expected = sum(
        weight * net.predict_proba(np.ascontiguousarray(moved(by)[:, :, ::step])) for by, weight in views for step in (1, -1)
    ) / 8
    assert np.allclose(net.predict_proba(images, tta="mirror,shift:2"), expected, atol=1e-6)
    assert not np.allclose(net.predict_proba(images), expected, atol=1e-6)


def test_an_ensemble_is_evaluated_by_the_mean(net, other, data):
    images, labels = data
    with cnn.Ensemble([net, other], tta="mirror", threads=2) as ensemble:
        found, mean = ensemble.evaluate(images, labels), ensemble.predict_proba(images)
    assert found.images == len(images) and found.correct == (mean.argmax(1) == labels).sum()
    assert found.loss == pytest.approx(-np.log(mean[np.arange(len(images)), labels]).mean(), rel=1e-5)
    assert found.confusion.sum() == len(images) and np.trace(found.confusion) == found.correct


def test_one_network_without_views_is_itself(net, data):
    with cnn.Ensemble([net]) as ensemble:
        found = ensemble.evaluate(*data)
    assert found.loss == pytest.approx(net.evaluate(*data).loss, rel=1e-9)
    assert net.evaluate(*data, tta="mirror").images == len(data[0])


def test_wrong_use_is_refused(net):
    with pytest.raises(cnn.ArgumentError, match="at least one network"):
        cnn.Ensemble([])
    with pytest.raises(cnn.ArgumentError, match="did you mean mirror"):
        net.predict_proba(np.zeros((8, 8)), tta="miror")
    with pytest.raises(cnn.ShapeError, match="network 2 takes images of 1x28x28"):
        cnn.Ensemble([net, cnn.Net("basic")])
