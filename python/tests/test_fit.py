"""Training: the same as the command's, stopped, resumed, watched, and fed in every way."""

import hashlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from conftest import SMALL, bright_halves

import cnn


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def small_fit(net=None, **options):
    net = cnn.Net(SMALL) if net is None else net
    history = net.fit(*bright_halves(120), **{"epochs": 3, "batch_size": 16, **options})
    return net, history


def test_it_learns():
    net, history = small_fit(epochs=6)
    assert net.trained and history["accuracy"][-1] > 0.95 and net.history == history
    assert net.evaluate(*bright_halves(60, seed=2)).accuracy > 0.9
    assert {len(values) for values in history.values()} == {6}


def test_same_model_as_the_command(command, photographs, tmp_path):
    folder, images, labels = photographs
    options = ["--epochs", 2, "--batch", 64, "--seed", 7, "--augment", "--validation", 0.1]
    command("train", "lenet5", "--data", folder, "-o", tmp_path / "command", *options)
    same = dict(epochs=2, batch_size=64, seed=7, augment=True, validation_split=0.1)
    for number, given in enumerate([(folder,), (images, labels), (images[..., None], list(labels))]):
        net = cnn.Net("lenet5")
        net.fit(*given, **same, run_directory=tmp_path / str(number))
        net.save(tmp_path / f"{number}.onnx")
        assert sha256(tmp_path / f"{number}.onnx") == sha256(tmp_path / "command" / "model.onnx")
        assert sha256(tmp_path / str(number) / "model.onnx") == sha256(tmp_path / "command" / "model.onnx")


@pytest.mark.parametrize("words, given", [
    (["--ema", 0.9, "--focal", 1, "--class-weights", "balanced"], dict(ema=0.9, focal=1, balance_classes=True)),
    (["--lookahead", 2, "--schedule", "polynomial", "--power", 2], dict(lookahead=2, schedule="polynomial", power=2)),
    (["--swa", 1, "--accumulate", 2, "--optimizer", "rmsprop"], dict(swa_from=1, accumulate=2, optimizer="rmsprop")),
    (["--precision", "bf16"], dict(precision="bf16")),
])
def test_ingredients_are_those_of_the_command(command, photographs, tmp_path, words, given):
    folder, *_ = photographs
    command("train", "lenet5", "--data", folder, "-o", tmp_path / "command", "--epochs", 2, "--batch", 16, "--limit", 100, *words)
    net = cnn.Net("lenet5")
    net.fit(folder, epochs=2, batch_size=16, limit=100, verbose=False, **given)
    net.save(tmp_path / "net.onnx")
    assert sha256(tmp_path / "net.onnx") == sha256(tmp_path / "command" / "model.onnx")


@pytest.mark.parametrize("words, given", [
    (["--teacher", "TEACHER"], {}),
    (["--teacher", "TEACHER", "--teacher-weight", 0.9, "--temperature", 2], dict(teacher_weight=0.9, temperature=2)),
])
def test_a_teacher_is_that_of_the_command(command, photographs, tmp_path, words, given):
    folder, *_ = photographs
    teacher = cnn.Net("lenet5")
    teacher.fit(folder, epochs=1, limit=100, seed=2, run_directory=tmp_path / "teacher")
    words = [tmp_path / "teacher" if word == "TEACHER" else word for word in words]
    command("train", "lenet5", "--data", folder, "-o", tmp_path / "command", "--epochs", 1, "--batch", 16, "--limit", 100, *words)
    net = cnn.Net("lenet5")
    net.fit(folder, epochs=1, batch_size=16, limit=100, teacher=teacher, **given)
    net.save(tmp_path / "net.onnx")
    assert sha256(tmp_path / "net.onnx") == sha256(tmp_path / "command" / "model.onnx")


@pytest.mark.parametrize("words, given", [
    (["--freeze-epochs", 1], dict(freeze_epochs=1)),
    (["--freeze-epochs", 2, "--unfreeze-gradually"], dict(freeze_epochs=2, unfreeze_gradually=True)),
    (["--layer-decay", 0.5], dict(layer_decay=0.5)),
])
def test_fine_tuning_is_that_of_the_command(command, photographs, tmp_path, words, given):
    folder, *_ = photographs
    net = cnn.Net("lenet5")
    net.fit(folder, epochs=1, limit=100, run_directory=tmp_path / "first")
    command("train", tmp_path / "first", "--data", folder, "-o", tmp_path / "command", "--epochs", 3, "--limit", 100, *words)
    net.fit(folder, epochs=3, limit=100, **given)
    net.save(tmp_path / "net.onnx")
    assert sha256(tmp_path / "net.onnx") == sha256(tmp_path / "command" / "model.onnx")


@pytest.mark.parametrize("given", ["flip,crop:2", ["flip", "crop:2"], {"flip": 0.5, "crop": 2}])
def test_augmentations_are_those_of_the_command(command, photographs, tmp_path, given):
    folder, images, labels = photographs
    command("train", "lenet5", "--data", folder, "-o", tmp_path / "command", "--epochs", 1, "--limit", 100,
            "--augment=flip,crop:2")
    net = cnn.Net("lenet5")
    net.fit(images[:100], labels[:100], epochs=1, augment=given, class_names=[str(i) for i in range(10)])
    net.save(tmp_path / "net.onnx")
    assert sha256(tmp_path / "net.onnx") == sha256(tmp_path / "command" / "model.onnx")
    plain = cnn.Net("lenet5")
    plain.fit(images[:100], labels[:100], epochs=1)
    assert (plain.parameters["conv_1.weight"] != net.parameters["conv_1.weight"]).any()


def test_augmented_image_is_mirrored_in_every_other_epoch():
    images, labels = bright_halves(4)
    data = cnn.Data.from_arrays(images, labels)
    seen = {data.augmented(2, {"altflip": 1}, epoch=epoch).tobytes() for epoch in (1, 2)}
    assert seen == {data.images(2, 1).tobytes(), np.ascontiguousarray(data.images(2, 1)[..., ::-1]).tobytes()}


def test_a_time_chooses_the_epochs():
    begin = time.monotonic()
    net, history = small_fit(seconds=1.5, epochs=1)
    assert net.trained and len(history["loss"]) > 1 and time.monotonic() - begin < 10


def test_floats_give_the_same_as_bytes():
    images, labels = bright_halves(64)
    nets = [cnn.Net(SMALL), cnn.Net(SMALL)]
    nets[0].fit(images, labels, epochs=1, batch_size=16)
    nets[1].fit(images / np.float32(255), labels, epochs=1, batch_size=16)
    for name in nets[0].parameters:
        assert np.allclose(nets[0].parameters[name], nets[1].parameters[name], atol=1e-5)


def test_threads_change_no_bit():
    first, second = small_fit(threads=1)[0], small_fit(threads=3)[0]
    for name in first.parameters:
        assert (first.parameters[name] == second.parameters[name]).all()


def test_untrained_network_is_adapted_and_trained_one_goes_on():
    images, labels = bright_halves(60, side=12)
    net = cnn.Net("basic")
    net.fit(images, np.where(labels, "low", "high"), epochs=1, batch_size=16)
    assert (net.input_shape, net.class_names) == ((1, 12, 12), ["high", "low"])
    before = net.history["loss"][-1]
    assert net.fit(images, np.where(labels, "low", "high"), epochs=1, batch_size=16)["loss"][0] < before
    again = net.fit(images, np.where(labels, "low", "high"), epochs=1, batch_size=16, fresh=True)
    assert again["loss"][0] == before


def test_validation_in_each_way(tmp_path):
    images, labels = bright_halves(40, seed=5)
    for given in (images, labels), cnn.Data.from_arrays(images, labels):
        _, history = small_fit(validation_data=given)
        assert len(history["val_accuracy"]) == 3 and history["val_accuracy"][-1] > 0.8
    assert len(small_fit(validation_split=0.25)[1]["val_loss"]) == 3


def test_targets_are_learnt():
    images, _ = bright_halves(120)
    targets = images[:, :4].mean((1, 2)) / 255 - images[:, 4:].mean((1, 2)) / 255
    net = cnn.Net(SMALL.replace("dense 2", "dense 1"))
    net.fit(images, targets[:, None], epochs=10, batch_size=16)
    assert np.abs(net.predict(images)[:, 0] - targets).mean() < 0.1


# ---- Callbacks -----------------------------------------------------------------------------------------------


def test_function_is_called_after_each_epoch():
    seen = []
    _, history = small_fit(callbacks=[seen.append])
    assert [one.epoch for one in seen] == [1, 2, 3] and [one.loss for one in seen] == history["loss"]


def test_callback_may_read_the_network_and_not_change_it():
    images, labels = bright_halves(20)
    net, accuracies = cnn.Net(SMALL), []

    class Watch(cnn.Callback):
        batches = 0

        def on_batch_end(self, progress):
            self.batches += 1
            net.predict(images)

        def on_epoch_end(self, progress):
            accuracies.append(net.evaluate(images, labels).accuracy)
            with pytest.raises(cnn.BusyError, match="the call that this one was made from"):
                net.parameters["conv_1.bias"] = np.zeros(4)
            with pytest.raises(cnn.BusyError):
                net.close()

    watch = Watch()
    small_fit(net, callbacks=[watch])
    assert watch.batches == 3 * 8 and accuracies[-1] == net.evaluate(images, labels).accuracy


def test_false_stops():
    net, history = small_fit(epochs=50, callbacks=[lambda progress: progress.epoch < 2])
    assert len(history["loss"]) == 2 and net.trained


def test_exception_of_a_callback_comes_out(tmp_path):
    def fail(progress):
        raise ZeroDivisionError("mine")

    net = cnn.Net(SMALL)
    with pytest.raises(ZeroDivisionError, match="mine"):
        small_fit(net, callbacks=[fail], run_directory=tmp_path / "run")
    assert net.predict(np.zeros((8, 8))).shape == (1, 2) and (tmp_path / "run" / "model.onnx").is_file()


def test_ctrl_c_saves_and_training_is_resumed(tmp_path):
    run, whole = tmp_path / "run", tmp_path / "whole"
    net = cnn.Net(SMALL)
    small_fit(net, epochs=4, run_directory=whole)

    def interrupt(progress):
        if progress.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    stopped = cnn.Net(SMALL)
    with pytest.raises(KeyboardInterrupt):
        small_fit(stopped, epochs=4, run_directory=run, callbacks=[interrupt])
    assert len(stopped.history["loss"]) == 2
    small_fit(epochs=4, run_directory=run, resume=True)
    assert sha256(run / "model.onnx") == sha256(whole / "model.onnx")


def test_ctrl_c_from_outside(tmp_path):
    """A signal to the process while the library computes."""
    script = tmp_path / "train.py"
    script.write_text("""
import numpy as np, cnn, os
x = np.random.default_rng(1).integers(0, 256, (400, 28, 28), np.uint8)
net = cnn.Net("lenet5")
try:
    net.fit(x, np.arange(400) % 10, epochs=1000, callbacks=[lambda p: print("epoch", flush=True)], threads=1)
except KeyboardInterrupt:
    print("interrupted", net.trained, net.predict(x[:1]).shape, flush=True)
""")
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "epoch\n"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert out.splitlines()[-1] == "interrupted True (1, 10)"


def test_progress_is_shown_when_asked(capfd):
    small_fit(verbose=True)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 3 and lines[0].startswith("epoch 1/3: loss ")
    small_fit()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("tqdm", [False, True])
def test_on_a_terminal_each_epoch_leaves_a_whole_line(tqdm, capfd, monkeypatch):
    if tqdm:
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setitem(sys.modules, "tqdm", None)
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")

    def interrupt(progress):
        if progress.epoch == 3:
            signal.raise_signal(signal.SIGINT)

    images, labels = bright_halves(40, seed=5)
    with pytest.raises(KeyboardInterrupt):
        small_fit(validation_data=(images, labels), callbacks=[Batches(interrupt)], epochs=9)
    shown = capfd.readouterr().err
    assert shown.endswith("\n") or tqdm
    whole = [line for line in shown.replace("\r", "\n").splitlines() if "validation loss" in line]
    assert len(whole) == 2 and all(line.rstrip().endswith("%") for line in whole)
    assert whole[1].replace("\x1b[K", "").startswith("epoch 2/9: loss ")


class Batches(cnn.Callback):
    """Calls a function after each batch."""

    def __init__(self, function):
        self.function = function

    def on_batch_end(self, progress):
        return self.function(progress)


# ---- Batches -------------------------------------------------------------------------------------------------


def batches(images, labels, size=20):
    return [(images[i:i + size], labels[i:i + size]) for i in range(0, len(images), size)]


def test_list_of_batches_is_learnt():
    images, labels = bright_halves(120)
    net = cnn.Net(SMALL)
    history = net.fit(batches(images, labels), epochs=6, validation_data=(images, labels))
    assert history["val_accuracy"][-1] > 0.95 and len(history["loss"]) == 6
    assert np.allclose(net.normalisation[0], images[:20].mean() / 255, atol=1e-5)


def test_generator_needs_the_steps_of_an_epoch():
    def forever():
        generator = np.random.default_rng(1)
        while True:
            yield bright_halves(16, seed=generator.integers(1000))

    net = cnn.Net(SMALL)
    with pytest.raises(cnn.ArgumentError, match="steps_per_epoch"):
        net.fit(forever())
    seen = []
    history = net.fit(forever(), steps_per_epoch=10, epochs=3, callbacks=[seen.append], optimizer="adam", learning_rate=0.01)
    assert history["loss"][-1] < history["loss"][0] and [one.iteration for one in seen] == [10, 10, 10]
    # the one-cycle schedule, nearly at its end
    assert history["learning_rate"][-1] < 0.001


def test_batches_end_too_early():
    images, labels = bright_halves(40)
    with pytest.raises(cnn.ArgumentError, match="come to an end"):
        cnn.Net(SMALL).fit(iter(batches(images, labels)), steps_per_epoch=5)


def test_batches_go_on_with_a_trained_network():
    images, labels = bright_halves(120)
    net, _ = small_fit()
    before = net.normalisation[0].copy()
    net.fit(batches(images, labels), epochs=1, learning_rate=1e-6, optimizer="sgd")
    assert (net.normalisation[0] == before).all() and net.evaluate(images, labels).accuracy > 0.9


# ---- Threads -------------------------------------------------------------------------------------------------


def test_two_networks_train_in_two_threads():
    expected = small_fit(seed=1)[0], small_fit(seed=2)[0]
    found, begun = {}, threading.Barrier(2)

    def train(seed):
        first = [True]

        def together(progress): # both are within cnn_train at the same time, or the barrier breaks
            if first.pop() if first else False:
                begun.wait(timeout=30)

        found[seed] = small_fit(seed=seed, callbacks=[together])[0]

    threads = [threading.Thread(target=train, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, net in zip((1, 2), expected):
        for name in net.parameters:
            assert (found[seed].parameters[name] == net.parameters[name]).all()


def test_network_in_training_is_busy_for_other_threads():
    inside, done, raised = threading.Event(), threading.Event(), []
    net = cnn.Net(SMALL)

    def hold(progress):
        inside.set()
        done.wait(30)

    thread = threading.Thread(target=small_fit, args=(net,), kwargs=dict(callbacks=[hold], epochs=1))
    thread.start()
    assert inside.wait(30)
    for call in (lambda: net.predict(np.zeros((8, 8))), lambda: net.initialise(), net.close,
                 lambda: net.fit(*bright_halves(20)), lambda: net.text):
        with pytest.raises(cnn.BusyError, match="another thread"):
            call()
    done.set()
    thread.join()
    assert net.predict(np.zeros((8, 8))).shape == (1, 2)


def test_threads_may_predict_with_one_network(net):
    images = np.random.default_rng(1).random((50, 8, 8), np.float32)
    expected, wrong = net.predict(images), []

    def predict():
        for _ in range(20):
            if (net.predict(images) != expected).any():
                wrong.append(1)

    threads = [threading.Thread(target=predict) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
