"""What the command does for the package: the report and the explorer; and the program itself."""

import base64
import json
import re
import subprocess
import sys
import zlib

import numpy as np
import pytest
from conftest import SMALL, bright_halves, idx

import cnn


@pytest.fixture
def trained(command, tmp_path):
    """(network, run folder, images, labels) of a training whose data lie in files, too."""
    net = cnn.Net("lenet5")
    images, labels = bright_halves(60, side=28)
    net.fit(images, labels, epochs=2, batch_size=16, class_names=["upper", "lower"], run_directory=tmp_path / "run")
    return net, tmp_path / "run", images, labels


def element(page, name):
    """What the page's element `name` holds."""
    return re.search(f'<script type="[^"]*" id="{name}">(.*?)</script>', page, re.S).group(1)


def accuracy(page):
    return float(re.search(r"([0-9.]+) ?%", re.sub("<[^>]+>", " ", page.split("id=glance")[1])).group(1))


def test_report_on_a_network_in_memory(trained, tmp_path):
    net, _, images, labels = trained
    file = net.report((images[:20], labels[:20]), tmp_path / "page.html", training=(images[20:], labels[20:]), quick=True)
    page = file.read_text()
    assert file == tmp_path / "page.html" and "<title>Report on network.onnx</title>" in page
    assert accuracy(page) == round(100 * net.evaluate(images[:20], labels[:20]).accuracy, 2)
    assert "upper" in page and "lower" in page
    again = net.report(cnn.Data.from_arrays(images[:20], labels[:20], class_names=["upper", "lower"]), tmp_path / "again.html",
                       training=cnn.Data.from_arrays(images[20:], labels[20:], class_names=["upper", "lower"]), quick=True)
    assert again.read_bytes() == file.read_bytes()


def test_report_on_a_run_is_the_one_of_the_command(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for kind, seed in ("train", 1), ("t10k", 2):
        images, labels = bright_halves(40, seed=seed)
        idx(f"{kind}-images-idx3-ubyte.gz", images)
        idx(f"{kind}-labels-idx1-ubyte.gz", labels.astype(np.uint8))
    net = cnn.Net(SMALL)
    net.fit(tmp_path, epochs=2, run_directory="first")
    command("report", "first", "--data", tmp_path, "-o", "command.html", "--quick")
    net.report(tmp_path, "python.html", run_directory="first", quick=True)
    assert (tmp_path / "python.html").read_bytes() == (tmp_path / "command.html").read_bytes()


def test_explorer_holds_parameters_and_images(trained, tmp_path):
    net, _, images, labels = trained
    try:
        page = net.explore(tmp_path / "page.html", data=(images, labels)).read_text()
    except cnn.Error as error:
        if "built without the page" in str(error):
            pytest.skip(str(error))
        raise
    assert json.loads(element(page, "model-info"))["classes"] == ["upper", "lower"]
    shown = json.loads(element(page, "data-info"))["test"]
    assert (shown["count"], shown["height"]) == (60, 28)
    # Files are taken class by class, in the order of their names.
    expected = images[np.argsort([["upper", "lower"][label] for label in labels], kind="stable")]
    assert unpacked(element(page, "data-test")) == expected.tobytes()
    parameters = b"".join(np.ascontiguousarray(value).tobytes() for value in net.parameters.values())
    assert unpacked(element(page, "model-parameters")) == parameters


def unpacked(text):
    return zlib.decompress(base64.b64decode(text), wbits=47)


def test_images_for_pages_are_refused_with_a_reason(net, tmp_path):
    images, labels = bright_halves(20)
    with pytest.raises(cnn.ArgumentError, match="cannot be the name of a folder"):
        net.report(cnn.Data.from_arrays(images, labels, class_names=["a/b", "c"]), tmp_path / "x.html")
    with pytest.raises(cnn.ArgumentError, match="leave out training"):
        net.report("fashion-mnist", tmp_path / "x.html", training=(images, labels))
    with pytest.raises(cnn.ArgumentError, match="cnn.Data or a path"):
        net.report(images, tmp_path / "x.html")
    assert not list(tmp_path.iterdir())


def test_what_the_command_says_is_the_exception(command, net, tmp_path):
    with pytest.raises(cnn.Error, match="no/such/folder"):
        net.report(bright_halves(20), "/no/such/folder/x.html", quick=True)
    with pytest.raises(cnn.Error, match="no such data"):
        net.report("no such data", tmp_path / "x.html", quick=True)


def test_without_the_command_it_is_said_where_it_is(net, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_COMMAND", str(tmp_path / "nothing"))
    with pytest.raises(cnn.UnsupportedError, match="CNN_COMMAND"):
        net.report(bright_halves(20), tmp_path / "x.html")


def test_program_that_pip_installs_is_the_command(command):
    script = "import sys; sys.argv = ['cnn', '--version']; from cnn._command import main; main()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0 and cnn.__version__ in done.stdout
