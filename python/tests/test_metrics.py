"""Figures of answers against scikit-learn's functions of the same names."""

import numpy as np
import pytest

import cnn

sklearn_metrics = pytest.importorskip("sklearn.metrics")


def answers(count, classes, seed, skill=1.5, missing=()):
    """Probabilities that favour the label somewhat, and labels in unequal numbers."""
    generator = np.random.default_rng(seed)
    shares = np.arange(1, classes + 1, dtype=float)
    shares[list(missing)] = 0
    labels = generator.choice(classes, count, p=shares / shares.sum())
    scores = generator.normal(size=(count, classes))
    scores[np.arange(count), labels] += skill
    values = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    return values.astype(np.float32), labels


def test_figures_of_several_classes():
    values, labels = answers(997, 7, 1)
    found, predicted, exact = cnn.metrics(values, labels, top=3), values.argmax(1), values.astype(np.float64)
    close = lambda value: pytest.approx(value, abs=1e-12) # noqa: E731
    assert found.accuracy.value == close(sklearn_metrics.accuracy_score(labels, predicted))
    assert found.balanced_accuracy.value == close(sklearn_metrics.balanced_accuracy_score(labels, predicted))
    assert found.f1_macro.value == close(sklearn_metrics.f1_score(labels, predicted, average="macro"))
    assert found.f1_weighted == close(sklearn_metrics.f1_score(labels, predicted, average="weighted"))
    assert found.top_accuracy == close(sklearn_metrics.top_k_accuracy_score(labels, exact, k=3))
    exact /= exact.sum(1, keepdims=True) # scikit-learn wants sums of 1, more exactly than floats have them
    assert found.roc_auc == close(sklearn_metrics.roc_auc_score(labels, exact, multi_class="ovr", average="macro"))
    each = [sklearn_metrics.average_precision_score(labels == c, values[:, c]) for c in range(7)]
    assert found.average_precision == close(np.mean(each))
    assert np.allclose(found.class_average_precision, each, atol=1e-12)
    for average, name in ((None, "precision"), (None, "recall"), (None, "f1")):
        expected = getattr(sklearn_metrics, f"{name}_score")(labels, predicted, average=average)
        assert np.allclose(getattr(found, name), expected, atol=1e-12), name


def test_figures_of_two_classes():
    values, labels = answers(500, 2, 2)
    found = cnn.metrics(values, labels)
    assert found.roc_auc == pytest.approx(sklearn_metrics.roc_auc_score(labels, values[:, 1]), abs=1e-6)
    assert found.average_precision == pytest.approx(sklearn_metrics.average_precision_score(labels, values[:, 1]), abs=1e-12)
    assert found.f1[1] == pytest.approx(sklearn_metrics.f1_score(labels, values.argmax(1)), abs=1e-12)
    assert found.top_accuracy == 1


def test_equal_scores_are_taken_together():
    generator = np.random.default_rng(3)
    values = generator.integers(0, 5, (400, 4)).astype(np.float32) / 4
    labels = generator.integers(0, 4, 400)
    found = cnn.metrics(values, labels)
    for c in range(4):
        assert found.class_roc_auc[c] == pytest.approx(sklearn_metrics.roc_auc_score(labels == c, values[:, c]), abs=1e-12)
        expected = sklearn_metrics.average_precision_score(labels == c, values[:, c])
        assert found.class_average_precision[c] == pytest.approx(expected, abs=1e-12)


def test_classes_without_images_are_left_out_of_means():
    values, labels = answers(300, 6, 4, missing=(1, 4))
    values[:, 4] = 0 # never predicted either
    found, predicted = cnn.metrics(values, labels), values.argmax(1)
    assert found.f1_macro.value == pytest.approx(sklearn_metrics.f1_score(labels, predicted, average="macro"), abs=1e-12)
    recalls = sklearn_metrics.recall_score(labels, predicted, average=None, labels=[0, 2, 3, 5])
    assert found.balanced_accuracy.value == pytest.approx(recalls.mean(), abs=1e-12)
    assert np.isnan(found.class_roc_auc[[1, 4]]).all() and np.isnan(found.recall[[1, 4]]).all()
    assert np.isnan(found.f1[4]) and found.f1[1] == 0
    assert found.roc_auc == pytest.approx(np.nanmean(found.class_roc_auc), abs=1e-12)


def test_calibration_error():
    values, labels = answers(700, 5, 5)
    top, right, expected = values.max(1), values.argmax(1) == labels, 0.0
    bins = np.ceil(top.astype(np.float64) * 15).astype(int)
    for k in range(1, 16):
        inside = bins == k
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - top[inside].astype(np.float64).mean())
    assert cnn.metrics(values, labels).calibration_error == pytest.approx(expected, abs=1e-12)
    assert np.isnan(cnn.metrics(values * 3, labels).calibration_error)


def test_intervals_are_those_of_the_bootstrap():
    values, labels = answers(400, 4, 6)
    found, predicted = cnn.metrics(values, labels, resamples=4000, confidence=0.9, seed=7), values.argmax(1)
    generator = np.random.default_rng(0)
    accuracy, balanced, f1 = [], [], []
    for _ in range(1500):
        i = generator.integers(0, 400, 400)
        accuracy.append((predicted[i] == labels[i]).mean())
        balanced.append(np.mean([(predicted[i] == c)[labels[i] == c].mean() for c in range(4)]))
        both = [((labels[i] == c).sum(), (predicted[i] == c).sum(), ((labels[i] == c) & (predicted[i] == c)).sum()) for c in range(4)]
        f1.append(np.mean([2 * right / (images + so) for images, so, right in both]))
    for interval, drawn in (found.accuracy, accuracy), (found.balanced_accuracy, balanced), (found.f1_macro, f1):
        low, high = np.quantile(drawn, [0.05, 0.95])
        spread = np.std(drawn)
        assert abs(interval.low - low) < spread / 5 and abs(interval.high - high) < spread / 5
        assert interval.low < interval.value < interval.high
    again = cnn.metrics(values, labels, resamples=4000, confidence=0.9, seed=7)
    assert again.accuracy == found.accuracy and again.f1_macro == found.f1_macro
    assert cnn.metrics(values, labels, resamples=50, seed=8).balanced_accuracy != found.balanced_accuracy


def test_wrong_use_is_refused():
    values, labels = answers(5, 3, 1)
    for arguments, message in (
        ((values[0], labels), "N rows of probabilities"),
        ((values, labels[:4]), "N labels"),
        ((values, labels.astype(float)), "whole numbers"),
        ((values, labels + 3), "the label of image 0"),
        ((values * np.nan, labels), "image 0 .* not a number"),
    ):
        with pytest.raises(cnn.ArgumentError, match=message):
            cnn.metrics(*arguments)
    with pytest.raises(cnn.ArgumentError, match="confidence"):
        cnn.metrics(values, labels, confidence=1.0)
