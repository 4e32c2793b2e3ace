"""The page of `cnn explore` in a browser: what a learner does, with mouse, finger, pen and keys, and what is then to be seen."""

import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from browser import AXE, Browser, skip_without_browser

CNN = os.path.join(os.environ["CNN_BUILD_DIR"], "cnn")
MNIST = os.path.join(os.environ.get("CNN_TEST_DATA", ""), "mnist")
CHAPTERS = ("Image", "Convolution", "ReLU and pooling", "Dense and softmax", "Error and backward", "Training", "Claims", "Numbers")
# Branches, batch normalisation, depthwise filters, strides, and an average over maps, in few layers.
BRANCHES = """input 1x28x28
conv 8 3x3 stride 2 padding 1 nobias
batchnorm relu name first
conv 8 3x3 padding same groups 8
relu
conv 8 1x1
add first
globalavgpool flatten
dense 10
softmax
"""
# A seven: the places that the pointer goes through, within the pad.
SEVEN = [(70, 70), (130, 68), (200, 70), (170, 130), (140, 180), (120, 230)]


def run(*command):
    return subprocess.run([CNN, *command], check=True, stdout=subprocess.PIPE, text=True).stdout


def write_page(folder, model, name):
    """The page of a model trained for a moment."""
    trained, page = folder / name, folder / (name + ".html")
    run("train", str(model), "--data", MNIST, "--limit", "3000", "--epochs", "1", "--seed", "1", "-o", str(trained))
    run("explore", str(trained), "--data", MNIST, "--test", "40", "--train", "96", "-o", str(page))
    return page


class TestExplore(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        folder = pathlib.Path(cls.folder)
        (folder / "branches.txt").write_text(BRANCHES, encoding="utf-8")
        cls.basic = write_page(folder, "basic", "basic")
        cls.branches = write_page(folder, folder / "branches.txt", "branches")
        cls.browser = cls.enterClassContext(Browser())

    def opened(self, address="", page=None, **how):
        """A tab with the page, started."""
        tab = self.browser.page(**how)
        tab.open((page or self.basic).as_uri() + address)
        tab.wait_for("window.cnn && cnn.app && cnn.app.model.fast")
        self.addCleanup(self.check_quiet, tab)
        return tab

    def check_quiet(self, tab):
        self.assertEqual((tab.complaints, tab.requests), ([], []))
        tab.call("Page.close")

    def text(self, tab, selector):
        return tab.evaluate("document.querySelector(%s).innerText" % json.dumps(selector))

    def go(self, tab, address):
        """To another address of the same page, drawn."""
        tab.evaluate("(history.pushState(null, '', %s), cnn.app.visit(location.hash), cnn.app.store.flush())" % json.dumps(address))

    def focus(self, tab, label):
        tab.evaluate("document.querySelector('[aria-label^=%s]').focus()" % json.dumps(label))

    def cell(self, tab, label):
        return tab.evaluate("document.querySelector('[aria-label^=%s] [role=gridcell]').textContent" % json.dumps(label))

    # ---- Predictions ---------------------------------------------------------------------------------

    def test_scores_are_those_of_cnn_predict(self):
        for page in (self.basic, self.branches):
            tab = self.opened(page=page)
            model = str(page.with_suffix(""))
            told = json.loads(run("predict", model, "--data", MNIST, "--count", "3", "--json"))["images"]
            for image in told:
                self.go(tab, "#ch=1&i=%d" % image["image"])
                scores = tab.evaluate("Array.from(cnn.app.model.scores())")
                for score, value in zip(scores, image["values"], strict=True):
                    self.assertAlmostEqual(score, value, delta=1e-5)

    # ---- Sums ----------------------------------------------------------------------------------------

    def test_sums_are_the_floats_of_the_engine(self):
        tab = self.opened()
        for address in ("#l=conv_1&c=3&y=0&x=0", "#l=conv_2&c=17&y=4&x=9", "#l=conv_2&c=63&y=23&x=23&i=7", "#l=fc_1&c=5", "#l=fc_2&c=9"):
            self.go(tab, address)
            self.assertEqual(self.text(tab, "#verdict"), "\u2713 the same 32 bits", address)

    def test_selftest(self):
        for page in (self.basic, self.branches):
            tab = self.opened("#selftest", page)
            tab.wait_for("document.getElementById('selftest-result')")
            result = json.loads(self.text_content(tab, "#selftest-result"))
            self.assertTrue(result["passed"], result)
            self.assertGreater(min(check["count"] for check in result["checks"]), 10)
            self.assertTrue(tab.evaluate("document.title").startswith("PASS"))

    def text_content(self, tab, selector):
        return tab.evaluate("document.querySelector(%s).textContent" % json.dumps(selector))

    def test_gradients_are_worked_out(self):
        for page, layers in ((self.basic, ("conv_1", "relu_1", "conv_2", "relu_2", "max_pool_1", "fc_1", "relu_3", "fc_2")),
                             (self.branches, ("input", "conv_1", "first", "conv_2"))):
            tab = self.opened("#ch=5", page)
            for layer in layers:
                self.go(tab, "#ch=5&l=%s&c=2&y=5&x=6&i=8" % layer)
                self.assertIn("\u2713", self.text(tab, ".panel .verdict"), layer)

    def test_nudged_weight(self):
        tab = self.opened("#ch=5&l=conv_1&c=3&i=8")
        tab.click("#nudge")
        tab.wait_for("document.querySelector('#nudged .line')")
        quotient, gradient = tab.evaluate("[...document.querySelectorAll('#nudged .line b')].map(e => Number(e.textContent.replace(/\u2212/g, '-')))")
        self.assertAlmostEqual(quotient, gradient, delta=0.1 * abs(gradient) + 1e-3)

    # ---- The deck's examples -------------------------------------------------------------------------

    def test_arrow_keys_through_the_decks_convolution(self):
        tab = self.opened("#ch=2")
        self.focus(tab, "The feature map")
        values = []
        for key, code in ((None, 0), ("ArrowRight", 39), ("ArrowRight", 39), ("ArrowDown", 40), ("ArrowLeft", 37), ("Home", 36), ("PageDown", 34), ("ArrowRight", 39), ("End", 35)):
            if key:
                tab.press(key, code)
            values.append(self.cell(tab, "The feature map").split(": ")[1].replace("\u2212", "-"))
        self.assertEqual(values, ["2", "1", "-1", "3", "1", "-1", "2", "1", "1"])

    def test_decks_pooling_and_softmax(self):
        tab = self.opened("#ch=3")
        self.assertEqual(self.text(tab, "#pooled td").split(), ["123"])
        self.assertEqual(tab.evaluate("[...document.querySelectorAll('#pooled td')].map(e => e.textContent)"), ["123", "167", "187", "165"])
        self.go(tab, "#ch=4")
        self.assertIn("0.7 0.2 0.1", " ".join(self.text(tab, "#softmax-toy .toy-work").split()))

    def test_decks_numbers(self):
        tab = self.opened("#ch=8")
        table = self.text(tab, "table.summary")
        for number in ("320", "18,496", "1,179,776", "1,290", "1,199,882"):
            self.assertIn(number, table)

    # ---- Drawing -------------------------------------------------------------------------------------

    def strokes(self, tab, send):
        """Draws the seven; `send` gets what happens ("Pressed", "Moved", "Released") and a place in the window."""
        x, y = tab.evaluate("(() => { const e = document.getElementById('pad'); e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); return [r.x, r.y]; })()")
        places = [(x + dx, y + dy) for dx, dy in SEVEN]
        send("Pressed", *places[0])
        for place in places[1:]:
            send("Moved", *place)
        send("Released", *places[-1])
        tab.wait_for("cnn.app.state.picture.kind === 'drawn'")

    def drawn(self, pointer):
        tab = self.opened("#ch=1")

        def mouse(kind, x, y):
            tab.call("Input.dispatchMouseEvent", type="mouse" + kind, x=x, y=y, button="left", buttons=0 if kind == "Released" else 1, clickCount=1, pointerType=pointer)

        def touch(kind, x, y):
            names = {"Pressed": "touchStart", "Moved": "touchMove", "Released": "touchEnd"}
            tab.call("Input.dispatchTouchEvent", type=names[kind], touchPoints=[] if kind == "Released" else [{"x": x, "y": y}])

        self.strokes(tab, touch if pointer == "touch" else mouse)
        return tab, tab.evaluate("Array.from(cnn.app.state.picture.pixels)")

    def test_mouse_pen_and_finger_draw_the_same(self):
        tab, mouse = self.drawn("mouse")
        self.assertIn("read as 7", self.text(tab, ".result"))
        self.assertGreater(sum(mouse), 40)
        scrolled = tab.evaluate("scrollY")
        self.assertEqual(mouse, self.drawn("pen")[1])
        tab, touch = self.drawn("touch")
        self.assertEqual(mouse, touch)
        self.assertEqual(scrolled, tab.evaluate("scrollY"))  # the pad keeps the finger's way for itself

    def test_canvas_shows_the_pixels(self):
        tab, pixels = self.drawn("mouse")
        shown = tab.evaluate("""(() => {
            cnn.app.store.flush();
            const canvas = document.querySelector('[aria-label^="The image that"] canvas');
            const side = canvas.width / 28, data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return Array.from({ length: 784 }, (_, k) => {
                const x = Math.floor((k % 28 + 0.5) * side), y = Math.floor((Math.floor(k / 28) + 0.5) * side);
                return data[4 * (y * canvas.width + x)];
            });
        })()""")
        self.assertEqual(shown, [round(255 * pixel) for pixel in pixels])

    def test_undo_and_clear(self):
        tab, _ = self.drawn("mouse")
        tab.click("#undo")
        tab.wait_for("cnn.app.state.picture.pixels.every(pixel => pixel === 0)")

    # ---- Training ------------------------------------------------------------------------------------

    def test_training_steps(self):
        tab = self.opened("#ch=6")
        tab.evaluate("(() => { const e = document.getElementById('optimizer'); e.value = 'sgd'; document.getElementById('rate').value = '0.05'; e.dispatchEvent(new Event('change')); })()")
        for step in (1, 2, 3):
            tab.click("#one-batch")
            tab.wait_for("document.getElementById('training-status').textContent.startsWith('Step %d,')" % step)
        tab.wait_for("cnn.app.engine.allParameters().some((value, k) => value !== cnn.app.ownParameters[k])")
        rows = tab.evaluate("[...document.querySelectorAll('table.numbers')].find(e => e.textContent.includes('change / g'))"
                            ".querySelectorAll('tbody tr').length")
        self.assertEqual(rows, 3)
        for change in tab.evaluate("[...document.querySelectorAll('table.numbers')].filter(e => e.textContent.includes('change / g'))"
                                   ".flatMap(e => [...e.querySelectorAll('tbody tr td:last-child')].map(d => Number(d.textContent.replace('\u2212', '-'))))"):
            self.assertAlmostEqual(change, -0.05, places=3)
        tab.click("#restore")
        tab.wait_for("cnn.app.engine.allParameters().every((value, k) => value === cnn.app.ownParameters[k])")

    # ---- Layout, colours, addresses ------------------------------------------------------------------

    def test_every_chapter_fits_every_width(self):
        folder = os.environ.get("CNN_SCREENSHOTS")
        for width, dark in itertools.product((400, 1400), (True, False)):
            tab = self.opened(width=width, dark=dark)
            for number, title in enumerate(CHAPTERS, 1):
                self.go(tab, "#ch=%d" % number)
                self.assertEqual(self.text(tab, "#chapter-title"), title)
                self.assertFalse(tab.scrolls_sideways(), "%s at %d" % (title, width))
                if AXE:  # contrast in all looks; what else there is does not depend on the colours
                    faults = tab.accessibility_faults(*([] if dark == (width == 400) else ["color-contrast"]))
                    self.assertEqual(faults, [], "%s at %d, %s" % (title, width, "dark" if dark else "light"))
                if folder:
                    self.photograph(tab, os.path.join(folder, "%d-%d-%s.png" % (number, width, "dark" if dark else "light")), width, dark)

    def photograph(self, tab, path, width, dark):
        """All of the page in one picture, without the bars that stay in the window."""
        tab.show(width, tab.evaluate("document.documentElement.scrollHeight"), dark)
        tab.screenshot(path)
        tab.show(width, dark=dark)

    def test_dark_mode(self):
        light, dark = (tab.evaluate("getComputedStyle(document.documentElement).backgroundColor") for tab in (self.opened(), self.opened(dark=True)))
        self.assertEqual((light, dark), ("rgb(251, 250, 247)", "rgb(20, 22, 27)"))

    def test_address_of_a_value(self):
        tab = self.opened("#l=max_pool_1&c=9&y=3&x=4&i=2")
        self.assertEqual(tab.evaluate("((s) => [s.chapter, s.layer, s.c, s.y, s.x, s.picture.index])(cnn.app.state)"), [3, "max_pool_1", 9, 3, 4, 2])
        tab.evaluate("[...document.querySelectorAll('.layer')].find(e => e.textContent.includes('conv_2')).click()")
        tab.wait_for("location.hash.includes('l=conv_2')")
        tab.evaluate("history.back()")
        tab.wait_for("cnn.app.state.layer === 'max_pool_1' && cnn.app.state.y === 3")

    def test_address_of_a_chapter(self):
        tab = self.opened("#ch=3")
        self.assertEqual(tab.evaluate("cnn.app.state.layer"), "relu_1")
        tab.evaluate("document.querySelectorAll('.tab')[3].click()")
        tab.wait_for("cnn.app.state.layer === 'flatten_1' && location.hash.includes('ch=4')")

    def test_pins_compare_two_values(self):
        tab = self.opened("#l=conv_1&c=0&y=5&x=5")
        for _ in range(2):
            self.focus(tab, "The chosen map")
            tab.press("Enter", 13)
            tab.press("ArrowRight", 39)
        tab.wait_for("document.querySelector('.pins').textContent.includes('difference')")

    # ---- For those who do not see or point -----------------------------------------------------------

    def test_everything_that_takes_the_focus_has_a_name(self):
        for page in (self.basic, self.branches):
            tab = self.opened("", page)
            for number in range(1, 9):
                self.go(tab, "#ch=%d" % number)
                nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
                focusable = [node for node in nodes if not node["ignored"]
                             and any(p["name"] == "focusable" and p["value"]["value"] for p in node.get("properties", []))
                             and node["role"]["value"] != "RootWebArea"]
                nameless = [node["role"]["value"] for node in focusable if not node.get("name", {}).get("value")]
                self.assertEqual(nameless, [], "chapter %d" % number)
                self.assertGreater(len(focusable), 10)

    def test_the_sentence_is_announced(self):
        tab = self.opened("#l=conv_1&c=3&y=4&x=5")
        self.assertEqual(tab.evaluate("document.getElementById('sentence').getAttribute('aria-live')"), "polite")
        tab.wait_for("document.getElementById('sentence').textContent.startsWith('conv_1, channel 3, row 4, column 5 is')")


if __name__ == "__main__":
    skip_without_browser()
    if not os.path.isdir(MNIST):
        print("skipped: no MNIST: set CNN_TEST_DATA")
        sys.exit(77)
    if subprocess.run([CNN, "explore", "--help"], capture_output=True).returncode:
        print("skipped: cnn explore was not built")
        sys.exit(77)
    unittest.main()
