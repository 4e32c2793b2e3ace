"""scikit-learn's own checks, and what people do with an estimator."""

import pickle

import numpy as np
import pytest
from conftest import bright_halves

sklearn = pytest.importorskip("sklearn")

from sklearn.model_selection import GridSearchCV, cross_val_score # noqa: E402
from sklearn.pipeline import make_pipeline # noqa: E402
from sklearn.preprocessing import StandardScaler # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks # noqa: E402

import cnn # noqa: E402
import cnn.sklearn # noqa: E402


@parametrize_with_checks([cnn.sklearn.CNNClassifier(epochs=20, batch_size=8, threads=1)]) # there are no exceptions
def test_check_of_scikit_learn(estimator, check):
    check(estimator)


def rows(count, side=8):
    images, labels = bright_halves(count, side)
    return images.reshape(count, -1) / 255, np.where(labels, "low", "high")


def classifier(**options):
    return cnn.sklearn.CNNClassifier(**{"epochs": 4, "batch_size": 8, "threads": 1, "random_state": 1, **options})


def test_cross_validation():
    assert cross_val_score(classifier(), *rows(90), cv=3).min() > 0.9


def test_search_and_pipeline():
    search = GridSearchCV(classifier(), {"learning_rate": [1e-6, 0.05]}, cv=2).fit(*rows(60))
    assert search.best_params_ == {"learning_rate": 0.05}
    assert make_pipeline(StandardScaler(), classifier()).fit(*rows(60)).score(*rows(60)) > 0.9


def test_pickle_predicts_the_same():
    x, y = rows(40)
    fitted = classifier().fit(x, y)
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict_proba(x) == fitted.predict_proba(x)).all() and list(again.classes_) == ["high", "low"]


def test_images_of_each_layout():
    images, labels = bright_halves(60)
    expected = classifier().fit(images, labels).predict_proba(images)
    for given in images[:, None], images[..., None], images.reshape(60, -1):
        assert (classifier().fit(given, labels).predict_proba(given) == expected).all()
    colour = np.repeat(images[..., None], 3, 3)
    assert classifier().fit(colour, labels).net_.input_shape == (3, 8, 8)


def test_a_model_and_options_of_ones_own():
    x, y = rows(60, side=12)
    fitted = classifier(model="basic", fit_options={"validation_split": 0.2}, image_shape=(1, 12, 12)).fit(x, y)
    assert len(fitted.history_["val_loss"]) == 4 and fitted.net_.classes == 2
