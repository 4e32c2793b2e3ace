"""The engine in the page of `cnn explore`: what the browser computes is, bit for bit, what the portable kernels compute natively."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from browser import Browser, skip_without_explorer

CNN = os.path.join(os.environ["CNN_BUILD_DIR"], "cnn")
MNIST = os.path.join(os.environ.get("CNN_TEST_DATA", ""), "mnist")
SEED, RATE, BATCH, STEPS = 5, 0.01, 32, 20


def run(*command):
    subprocess.run([CNN, *map(str, command)], check=True, stdout=subprocess.DEVNULL, env={**os.environ, "CNN_CPU": "scalar"})


class TestEngine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.run_folder, cls.path = folder / "run", folder / "page.html"
        run("train", "basic", "--data", MNIST, "--limit", BATCH * STEPS, "--epochs", 1, "--batch", BATCH, "--schedule", "constant",
            "--lr", RATE, "--seed", SEED, "-o", cls.run_folder)
        run("explore", cls.run_folder, "--data", MNIST, "--train", BATCH * STEPS, "--test", 10, "-o", cls.path)
        cls.browser = cls.enterClassContext(Browser())

    def opened(self):
        tab = self.browser.page()
        tab.open(self.path)
        tab.evaluate("cnn.ready.then(() => true)")
        return tab

    def choose(self, tab, name, value):
        tab.evaluate("(e => { e.value = '%s'; e.dispatchEvent(new Event('change')); })(document.getElementById('%s'))" % (value, name))

    def test_twenty_steps_in_the_worker_give_the_weights_of_cnn_train(self):
        tab = self.opened()
        native = tab.evaluate("cnn.app.engine.hash()")  # the page holds what cnn train wrote
        tab.evaluate("(history.pushState(null, '', '#ch=6'), cnn.app.visit(location.hash), cnn.app.store.flush())")
        for name, value in (("seed", SEED), ("rate", RATE), ("batch", BATCH)):
            self.choose(tab, name, value)
        tab.click("#one-epoch")
        status = "document.getElementById('training-status').textContent"
        tab.wait_for("%s.startsWith('Step %d,') && %s.includes('The epoch is over')" % (status, STEPS, status))
        tab.evaluate("[...document.querySelectorAll('button')].find(e => e.textContent === 'Hash of the weights').click()")
        tab.wait_for("document.getElementById('training-hash').textContent")
        self.assertEqual(tab.evaluate("document.getElementById('training-hash').textContent"),
                         "after %d steps: %s" % (STEPS, native))
        self.assertEqual(tab.complaints, [])


if __name__ == "__main__":
    skip_without_explorer(CNN, MNIST)
    unittest.main()
