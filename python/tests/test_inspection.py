"""Every value inside a network, and the doctor."""

import numpy as np
import pytest
from conftest import bright_halves

import cnn


@pytest.fixture
def seen(net):
    images, _ = bright_halves(6)
    return net.inspect(images)


def test_outputs_of_layers(net, seen):
    images, _ = bright_halves(6)
    assert seen.layers == ["input", *(layer.name for layer in net.layers)]
    assert np.allclose(seen.output("input")[:, 0], images / 255, atol=1e-6)
    assert np.allclose(seen.output(seen.layers[-1]), net.predict(images), atol=1e-5)
    assert seen.output("conv_1").shape == (6, 4, 6, 6)


def test_account_adds_up(net, seen):
    account = seen.account("conv_1", (2, 3, 4), image=5)
    assert account.kind == "sum" and len(account.terms) == 9 and account.weight_name == "conv_1.weight"
    assert abs(sum(term.product for term in account.terms) + account.bias - account.result) < 1e-9
    assert account.engine == seen.output("conv_1")[5, 2, 3, 4] and abs(account.difference) <= account.bound
    assert sorted(term.factor for term in account.terms) == sorted(map(float, net.parameters["conv_1.weight"][2].reshape(-1)))


def test_gradients_agree_with_each_other(net, seen):
    _, labels = bright_halves(6)
    losses = seen.loss(labels)
    expected = -np.log(net.predict_proba(bright_halves(6)[0])[np.arange(6), labels].astype(float))
    assert np.allclose(losses, expected, atol=1e-5)
    gradient = seen.parameter_gradient("conv_1.weight")
    account = seen.gradient_account("conv_1.weight", (1, 0, 2, 2))
    assert account.engine == gradient[1, 0, 2, 2] and abs(account.difference) <= account.bound
    assert abs(seen.check_gradient("conv_1.weight", (1, 0, 2, 2)) - account.result) < 1e-4
    assert seen.gradient("input").shape == (6, 1, 8, 8)


def test_backward_from_one_value(seen):
    gradient = np.zeros((6, 4, 6, 6))
    gradient[0, 1, 2, 3] = 1
    seen.backward("conv_1", gradient)
    rows, columns = np.nonzero(seen.gradient("input")[0, 0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (2, 4, 3, 5)


def test_receptive_fields(seen):
    field = seen.receptive_field("conv_1", (0, 2, 3))
    assert field[:4] == (2, 5, 3, 6) and field.mask.sum() == 9
    assert (np.nonzero(seen.effective_field("conv_1", (0, 2, 3)))[0].min()) >= 2


def test_top_patches(seen):
    outputs = seen.output("conv_1")
    for channel, patches in enumerate(seen.top_patches("conv_1", most=2)):
        best = outputs[:, channel].max((1, 2))
        assert [patch.image for patch in patches] == list(np.argsort(-best, kind="stable")[:2])
        assert patches[0].value == best.max()


def test_pictures_need_matplotlib_or_draw(seen):
    try:
        import matplotlib
    except ImportError:
        with pytest.raises(cnn.UnsupportedError, match="pip install matplotlib"):
            seen.plot("conv_1")
    else:
        matplotlib.use("agg")
        assert seen.plot("conv_1").get_title() == "conv_1"


def test_maps_side_by_side():
    from cnn._plots import tiled

    picture = tiled(np.arange(3 * 2 * 2, dtype=np.float32).reshape(3, 2, 2))
    assert picture.shape == (5, 5) and np.isnan(picture[2]).all() and picture[1, 1] == 1 and picture[3, 0] == 0


def test_doctor_finds_what_is_wrong():
    images, labels = bright_halves(40)
    images[20:] = images[:20]
    findings = cnn.doctor(training=cnn.Data.from_arrays(images, labels), quick=True)
    found = {finding.check: finding for finding in findings}
    assert found["duplicates"].severity in ("warning", "fault") and found["duplicates"].images[0].part == "train"
    assert str(found["duplicates"]).startswith(found["duplicates"].severity)
