"""Wrong use is an exception that says what to do, never a crash."""

import numpy as np
import pytest
from conftest import SMALL, bright_halves

import cnn

IMAGES, LABELS = bright_halves(20)
NAN = np.full((2, 8, 8), np.nan, np.float32)


def net():
    made = cnn.Net(SMALL)
    made.initialise()
    return made


def closed(made):
    made.close()
    return made


def fit(**options):
    return net().fit(IMAGES, LABELS, **{"epochs": 1, "batch_size": 10, **options})


def nan_parameters():
    made = net()
    made.parameters["conv_1.bias"] = np.full(4, np.nan)
    return made.predict(IMAGES)


def own_close():
    trainer = net().trainer()
    with trainer:
        pass
    trainer.step(IMAGES, LABELS)


# What is done wrongly: the exception, and a word of its message.
CALLS = {
    "no such model": (lambda: cnn.Net("no such model"), cnn.FileError, "no such model"),
    "broken text": (lambda: cnn.Net("input 1x8x8\nconf 3\n"), cnn.FormatError, "conf"),
    "a layer that does not fit": (lambda: cnn.Net("input 1x2x2\nconv 4 3\n"), cnn.ShapeError, "conv"),
    "a number as a model": (lambda: cnn.Net(7), TypeError, "PathLike"),
    "a zero byte in a path": (lambda: cnn.Net("a\0b"), cnn.ArgumentError, "zero byte"),
    "saved into no folder": (lambda: net().save("/no/such/folder/x.onnx"), cnn.FileError, "/no/such/folder"),
    "weights that are none": (lambda: net().load_weights(__file__), cnn.FormatError, ""),
    "images of another size": (lambda: net().predict(np.zeros((2, 9, 8))), cnn.ShapeError, "1,8,8"),
    "images in colour": (lambda: net().predict(np.zeros((2, 3, 8, 8))), cnn.ShapeError, "expected"),
    "five axes": (lambda: net().predict(np.zeros((1, 1, 1, 8, 8))), cnn.ShapeError, "expected"),
    "one number": (lambda: net().predict(3.0), cnn.ShapeError, "expected"),
    "no images": (lambda: net().predict(np.zeros((0, 8, 8))), cnn.ShapeError, "empty"),
    "an empty list": (lambda: net().predict([]), cnn.ShapeError, "empty"),
    "rows of different lengths": (lambda: net().predict([[1.0], [1.0, 2.0]]), cnn.Error, "x"),
    "words as images": (lambda: net().predict(np.array([["a"]])), cnn.Error, ""),
    "whole numbers of 64 bits": (lambda: net().predict(np.zeros((2, 8, 8), int)), cnn.ArgumentError, "uint8"),
    "complex numbers": (lambda: net().predict(np.zeros((2, 8, 8), complex)), cnn.ArgumentError, "complex"),
    "objects": (lambda: net().predict(np.full((2, 8, 8), None)), cnn.ArgumentError, "objects"),
    "nothing": (lambda: net().predict(None), cnn.ArgumentError, "objects"),
    "images that are not numbers": (lambda: net().predict(NAN), cnn.ArgumentError, "x[0, 0, 0, 0] is nan"),
    "images that are infinite": (lambda: net().predict(NAN + np.inf), cnn.ArgumentError, "finite"),
    "parameters that are not numbers": (nan_parameters, cnn.DivergedError, "conv_1"),
    "a picture that is not there": (lambda: net().predict("no.png"), cnn.FileError, "no.png"),
    "a picture that is none": (lambda: net().predict(__file__), cnn.Error, ""),
    "an unknown layout": (lambda: net().predict(IMAGES, layout="CHWN"), cnn.ArgumentError, "NCHW"),
    "a layout of other axes": (lambda: net().predict(IMAGES, layout="NCHW"), cnn.ShapeError, "axes"),
    "no batch": (lambda: net().predict(IMAGES, batch_size=0), cnn.ArgumentError, "batch_size"),
    "half a batch": (lambda: net().predict(IMAGES, batch_size=1.5), cnn.ArgumentError, "whole number"),
    "too many threads": (lambda: net().predict(IMAGES, threads=10**6), cnn.ArgumentError, "threads"),
    "less than no threads": (lambda: net().predict(IMAGES, threads=-1), cnn.ArgumentError, "threads"),
    "a closed network": (lambda: closed(net()).predict(IMAGES), cnn.ClosedError, "closed"),
    "the summary of a closed network": (lambda: closed(net()).summary(), cnn.ClosedError, "closed"),
    "the parameters of a closed network": (lambda: len(closed(net()).parameters), cnn.ClosedError, "closed"),
    "training a closed network": (lambda: closed(net()).fit(IMAGES, LABELS), cnn.ClosedError, "closed"),
    "a closed data set": (lambda: closed(cnn.Data.from_arrays(IMAGES, LABELS)).labels, cnn.ClosedError, "closed"),
    "training on closed data": (lambda: net().fit(closed(cnn.Data.from_arrays(IMAGES, LABELS))), cnn.ClosedError, "closed"),
    "a closed trainer": (own_close, cnn.ClosedError, "trainer"),
    "a closed inspection": (lambda: closed(net().inspect(IMAGES)).output("conv_1"), cnn.ClosedError, "inspection"),
    "an unknown parameter": (lambda: net().parameters["conv_9.weight"], KeyError, "conv_1.weight"),
    "a parameter of another shape": (lambda: net().parameters.__setitem__("conv_1.bias", [1]), cnn.ShapeError, "(4,)"),
    "a parameter of words": (lambda: net().parameters.__setitem__("conv_1.bias", list("abcd")), cnn.ArgumentError, "numbers"),
    "labels that are missing": (lambda: net().fit(IMAGES), cnn.ArgumentError, "y is missing"),
    "too few labels": (lambda: net().fit(IMAGES, LABELS[:-1]), cnn.ShapeError, "(20,)"),
    "labels below 0": (lambda: net().fit(IMAGES, LABELS - 1), cnn.ArgumentError, "-1"),
    "labels that are too large": (lambda: net().fit(IMAGES, LABELS.astype(np.int64) + 2**40), cnn.ArgumentError, "label"),
    "labels beyond the names": (lambda: net().fit(IMAGES, LABELS, class_names=["a"]), cnn.ArgumentError, "label 1"),
    "targets that are not numbers": (lambda: net().fit(IMAGES, np.full((20, 2), np.nan)), cnn.Error, "finite"),
    "labels for data": (lambda: net().fit(cnn.Data.from_arrays(IMAGES, LABELS), LABELS), cnn.ArgumentError, "leave out y"),
    "data that are not there": (lambda: net().fit("/no/such/data"), cnn.Error, "/no/such/data"),
    "no epoch": (lambda: fit(epochs=-1), cnn.ArgumentError, "epochs"),
    "an epoch in words": (lambda: fit(epochs="ten"), cnn.ArgumentError, "whole number"),
    "an unknown optimizer": (lambda: fit(optimizer="sdg"), cnn.ArgumentError, "sgd"),
    "an optimizer that is no word": (lambda: fit(optimizer=3), cnn.ArgumentError, "expected one of"),
    "a rate below 0": (lambda: fit(learning_rate=-1), cnn.ArgumentError, "learning_rate"),
    "a rate that is no number": (lambda: fit(learning_rate=np.nan), cnn.ArgumentError, "finite"),
    "a rate that is too large": (lambda: fit(learning_rate=1e30, epochs=3), cnn.DivergedError, "learning rate"),
    "an unknown option": (lambda: fit(learn_rate=1), TypeError, "learn_rate"),
    "an unknown augmentation": (lambda: fit(augment="filp"), cnn.ArgumentError, "flip"),
    "an augmentation out of range": (lambda: fit(augment={"flip": 2}), cnn.ArgumentError, "flip"),
    "an augmentation that is no number": (lambda: fit(augment={"flip": "often"}), cnn.ArgumentError, "flip"),
    "augmentations that are no words": (lambda: fit(augment=3), cnn.ArgumentError, "crop:4"),
    "an augmented image that is not there": (
        lambda: cnn.Data.from_arrays(IMAGES, LABELS).augmented(20, "flip"), cnn.ArgumentError, "index"),
    "a callback that is none": (lambda: fit(callbacks=[3]), cnn.ArgumentError, "callback"),
    "validation data that are none": (lambda: fit(validation_data=IMAGES), cnn.Error, "validation_data"),
    "two kinds of validation": (lambda: fit(validation_data=(IMAGES, LABELS), validation_split=0.5), cnn.ArgumentError, ""),
    "resuming nothing": (lambda: fit(resume=True), cnn.ArgumentError, "run_directory"),
    "a seed below 0": (lambda: fit(seed=-1), cnn.ArgumentError, "seed"),
    "batches that are no pairs": (lambda: net().fit([1, 2]), cnn.ArgumentError, "pair"),
    "no batches": (lambda: net().fit([], epochs=1), cnn.ArgumentError, "steps_per_epoch"),
    "batches and a plateau": (lambda: net().fit([(IMAGES, LABELS)], schedule="plateau"), cnn.ArgumentError, "one by one"),
    "batches and a teacher": (lambda: net().fit([(IMAGES, LABELS)], teacher=net()), cnn.ArgumentError, "one by one"),
    "batches and frozen epochs": (lambda: net().fit([(IMAGES, LABELS)], freeze_epochs=1), cnn.ArgumentError, "one by one"),
    "a teacher that has learnt nothing": (lambda: net().fit(IMAGES, LABELS, teacher=cnn.Net(SMALL)), cnn.ArgumentError, "has not been trained"),
    "a teacher that is a path": (lambda: net().fit(IMAGES, LABELS, teacher="run"), cnn.ArgumentError, "teacher is a cnn.Net, not str"),
    "a temperature without a teacher": (lambda: net().fit(IMAGES, LABELS, temperature=2), cnn.ArgumentError, "together with a teacher"),
    "a decay of layers above 1": (lambda: net().fit(IMAGES, LABELS, layer_decay=2), cnn.ArgumentError, "layer_decay must be"),
    "layers that join without frozen epochs": (lambda: net().fit(IMAGES, LABELS, unfreeze_gradually=True), cnn.ArgumentError, "freeze_epochs"),
    "a time for a run that goes on": (lambda: fit(seconds=5, resume=True, run_directory="none"), cnn.ArgumentError, "seconds"),
    "a time below 0": (lambda: fit(seconds=-5), cnn.ArgumentError, "seconds must be"),
    "batches and an average": (lambda: net().fit([(IMAGES, LABELS)], ema=0.9), cnn.ArgumentError, "one by one"),
    "batches and a run folder": (lambda: net().fit([(IMAGES, LABELS)], run_directory="run"), cnn.ArgumentError, "one by one"),
    "a trainer's unknown option": (lambda: net().trainer(rate=1), cnn.ArgumentError, "learning_rate"),
    "more than a trainer's batch": (lambda: net().trainer(batch_size=4).step(IMAGES, LABELS), cnn.ArgumentError, "4"),
    "a trainer's labels beyond the classes": (lambda: net().trainer().step(IMAGES, LABELS + 1), cnn.ArgumentError, "label 2"),
    "storing into another network": (lambda: net().trainer().store(cnn.Net("basic")), cnn.Error, ""),
    "an unknown layer": (lambda: net().inspect(IMAGES).output("conv_9"), cnn.ArgumentError, "conv_1"),
    "a place outside a layer": (lambda: net().inspect(IMAGES).account("conv_1", (4, 0, 0)), cnn.ArgumentError, "0 to 3"),
    "a place of other axes": (lambda: net().inspect(IMAGES).account("conv_1", (0, 0)), cnn.ArgumentError, "shape"),
    "an image that was not run": (lambda: net().inspect(IMAGES).account("conv_1", 0, image=20), cnn.ArgumentError, "image"),
    "gradients before any loss": (lambda: net().inspect(IMAGES).gradient("conv_1"), cnn.Error, ""),
    "gradients without memory": (lambda: net().inspect(IMAGES, gradients=False).loss(), cnn.UnsupportedError, ""),
    "classes beyond the outputs": (lambda: net().inspect(IMAGES).loss(LABELS + 5), cnn.ArgumentError, ""),
    "a backward of another shape": (lambda: net().inspect(IMAGES).backward("conv_1", np.zeros(3)), cnn.ShapeError, "expected"),
    "an unknown split": (lambda: cnn.Data("/tmp", split="trial"), cnn.ArgumentError, "train"),
    "images out of range": (lambda: cnn.Data.from_arrays(IMAGES, LABELS).images(15, 6), cnn.ArgumentError, "count"),
    "a shape of two numbers": (lambda: net().adapt((8, 8)), cnn.ArgumentError, "three numbers"),
    "a shape that is too small": (lambda: net().adapt((1, 2, 2)), cnn.ShapeError, "conv"),
    "class names of another number": (lambda: setattr(net(), "class_names", ["a"]), cnn.Error, ""),
    "a deviation of 0": (lambda: setattr(net(), "normalisation", ([0], [0])), cnn.ArgumentError, ""),
    "a pattern without a layer": (lambda: net().freeze("pool_*"), cnn.ArgumentError, "pool_*"),
    "a model that is no ONNX": (lambda: cnn.onnx.Model(__file__), cnn.Error, ""),
    "a doctor without a patient": (lambda: cnn.doctor(closed(net())), cnn.ClosedError, "closed"),
}


@pytest.mark.parametrize("name", CALLS)
def test_wrong_use_says_what_to_do(name):
    call, kind, word = CALLS[name]
    with pytest.raises(kind) as caught:
        call()
    assert word in str(caught.value)
    assert len(str(caught.value)) > 10


def test_errors_are_the_built_in_ones_too():
    for kind, built_in in (
        (cnn.ArgumentError, ValueError), (cnn.ShapeError, ValueError), (cnn.FormatError, ValueError), (cnn.FileError, OSError),
        (cnn.OutOfMemoryError, MemoryError), (cnn.UnsupportedError, NotImplementedError), (cnn.DivergedError, ArithmeticError),
        (cnn.ClosedError, ValueError), (cnn.BusyError, RuntimeError),
    ):
        assert issubclass(kind, built_in) and issubclass(kind, cnn.Error)


def test_close_may_be_called_again():
    made = net()
    made.close()
    made.close()
    assert made.closed and repr(made) == "<cnn.Net, closed>"
