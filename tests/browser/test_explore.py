"""The page of `cnn explore` in a browser: what a learner does, with mouse, finger, pen and keys, and what is then to be seen."""

import base64
import itertools
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

from browser import AXE, Browser, skip_without_explorer

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
# Three channels, for pictures in colour.
COLOUR = """input 3x12x10
conv 4 3x3 relu
maxpool 2x2
flatten
dense 3
softmax
"""
COLOUR_OPTIONS = ("--mean", "0.5,0.4,0.3", "--std", "0.2,0.25,0.3", "--resize", "14", "--bgr")
DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "explorer.md"
sys.path.insert(0, str(DOCUMENT.parents[1] / "tools"))
import drawn_digits  # noqa: E402

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


def png(width, height, pixel):
    """A picture in colour; `pixel` gives red, green and blue of x, y."""
    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in pixel(x, y)) for y in range(height))
    parts = ((b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts)


class TestExplore(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        folder = pathlib.Path(cls.folder)
        (folder / "branches.txt").write_text(BRANCHES, encoding="utf-8")
        cls.basic = write_page(folder, "basic", "basic")
        cls.branches = write_page(folder, folder / "branches.txt", "branches")
        (folder / "colour.txt").write_text(COLOUR, encoding="utf-8")
        run("convert", str(folder / "colour.txt"), str(folder / "colour.safetensors"), "--seed", "2")
        cls.colour = folder / "colour.html"
        run("explore", str(folder / "colour.safetensors"), "-o", str(cls.colour), *COLOUR_OPTIONS)
        cls.picture = folder / "picture.png"
        cls.picture.write_bytes(png(40, 30, lambda x, y: (6 * x, 8 * y, (x * y) % 256)))
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

    def drop(self, tab, path):
        """A file is dropped on the page."""
        data = base64.b64encode(path.read_bytes()).decode()
        tab.evaluate("""(() => {
            const bytes = Uint8Array.from(atob(%s), letter => letter.charCodeAt(0)), transfer = new DataTransfer();
            transfer.items.add(new File([bytes], 'picture.png', { type: 'image/png' }));
            document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }));
        })()""" % json.dumps(data))
        tab.wait_for("['file', 'drawn'].includes(cnn.app.state.picture.kind)")

    def test_dropped_picture_is_read_as_cnn_predict_reads_it(self):
        for page, model, options in ((self.basic, self.basic.with_suffix(""), ()), (self.colour, self.colour.with_suffix(".safetensors"), COLOUR_OPTIONS)):
            tab = self.opened("#ch=1", page)
            tab.evaluate("document.querySelector('#own-picture input[value=predict]')?.click()")
            self.drop(tab, self.picture)
            image, = json.loads(run("predict", str(model), str(self.picture), "--json", *options))["images"]
            for score, value in zip(tab.evaluate("Array.from(cnn.app.model.scores())"), image["values"], strict=True):
                self.assertAlmostEqual(score, value, delta=1e-5)

    def test_dropped_picture_of_a_digit_goes_the_way_of_drawings(self):
        tab = self.opened("#ch=1")
        path = pathlib.Path(self.folder, "seven.png")
        path.write_bytes(png(60, 80, lambda x, y: (20,) * 3 if 10 < y < 18 and 15 < x < 45 or 18 <= y < 70 and 0 <= x - 44 + (y - 18) // 3 < 7 else (240,) * 3))
        self.drop(tab, path)
        self.assertIn("read as 7", self.text(tab, ".result"))
        self.assertTrue(tab.evaluate("document.querySelector('#step-invert input').checked"))  # dark ink on bright paper

    def test_colours(self):
        tab = self.opened("#ch=1", self.colour)
        self.drop(tab, self.picture)
        tab.evaluate("cnn.app.store.flush()")
        shown = tab.evaluate("""(() => {
            const canvas = document.querySelector('[aria-label^="The image that"] canvas'), side = canvas.width / 10;
            return Array.from(canvas.getContext('2d').getImageData(4.5 * side, 7.5 * side, 1, 1).data).slice(0, 3);
        })()""")
        pixels = tab.evaluate("Array.from(cnn.app.state.picture.pixels)")
        self.assertEqual(shown, [round(255 * pixels[120 * channel + 74]) for channel in range(3)])
        self.go(tab, "#l=conv_1&c=2&y=4&x=3")
        self.assertEqual(self.text(tab, "#verdict"), "\u2713 the same 32 bits")
        self.assertEqual(tab.evaluate("cnn.app.model.account('conv_1', cnn.app.index).terms.count"), 27)
        self.assertIn("(3 of input)", self.text(tab, "main"))

    def test_normalisation_is_switched_off_and_on(self):
        tab = self.opened("#ch=1&i=1")
        before, pixels = tab.evaluate("[Array.from(cnn.app.model.scores()), Array.from(cnn.app.state.picture.pixels)]")
        tab.click("#normalised input")
        tab.wait_for("!cnn.app.model.normalised")
        for value, pixel in zip(tab.evaluate("Array.from(cnn.app.model.output('input'))"), pixels, strict=True):
            self.assertAlmostEqual(value, 255 * pixel, delta=1e-4)
        tab.click("#normalised input")
        tab.wait_for("cnn.app.model.normalised")
        self.assertEqual(tab.evaluate("Array.from(cnn.app.model.scores())"), before)

    def test_only_what_sees_a_changed_pixel_changes(self):
        tab = self.opened("#ch=1&l=input&y=3&x=14")
        tab.evaluate("[...document.querySelectorAll('label.check')].find(e => e.textContent.includes('only what changes')).click()")
        self.focus(tab, "The image that")
        tab.press("Enter", 13)
        tab.wait_for("cnn.app.state.picture.kind === 'drawn'")
        places = tab.evaluate("[...new Set(Array.from(cnn.app.shown('conv_1'), (v, k) => v ? k % 676 : -1))].filter(k => k >= 0).sort((a, b) => a - b)")
        self.assertEqual(places, [26 * y + x for y in (1, 2, 3) for x in (12, 13, 14)])

    def test_ten_drawn_digits(self):
        tab = self.opened("#ch=1")
        found = list(drawn_digits.answers(tab, 10, 1))
        self.assertGreaterEqual(sum(answer == str(digit) for digit, answer, _ in found), 7, [found[:2] for found in found])

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

    def test_halved_parameters_are_told_and_add_up(self):
        half = pathlib.Path(self.folder, "half.html")
        run("explore", str(self.branches.with_suffix("")), "--float16", "-o", str(half))
        tab = self.opened("#ch=8", half)
        self.assertIn("16-bit floats: every sum is one of the rounded weights", self.text(tab, "main"))
        self.go(tab, "#l=conv_1&c=2&y=4&x=3")
        self.assertEqual(self.text(tab, "#verdict"), "\u2713 the same 32 bits")

    def test_time_by_layer(self):
        tab = self.opened("#ch=8")
        for press, columns in (("#measure", 1), ("#measure-training", 2)):
            tab.evaluate("document.querySelector('#times').replaceChildren()")
            tab.click(press)
            tab.wait_for("document.querySelector('#times table')")
            rows = tab.evaluate("[...document.querySelectorAll('#times tbody tr')].map(row => [...row.children].map(cell => cell.textContent))")
            self.assertTrue(rows[0][0].startswith("conv_1"), rows)
            self.assertIn("fc_2", " ".join(row[0] for row in rows))
            for row in rows:
                self.assertTrue(all(re.fullmatch(r"[0-9.e\u2212]+ ms", cell) for cell in row[2:2 + columns]), row)
            self.assertAlmostEqual(sum(float(row[2 + columns].split()[0]) for row in rows), 100, delta=60)  # beside them: loss and update

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

    def test_play_slides_the_window(self):
        tab = self.opened("#l=conv_1&c=0&y=2&x=24")
        tab.click("#step")
        tab.wait_for("cnn.app.state.y === 2 && cnn.app.state.x === 25")
        tab.click("#play")
        tab.wait_for("cnn.app.state.y === 3 && cnn.app.state.x === 1")  # behind the row's end comes the next row
        tab.click("#play")
        self.assertIn("Play", self.text(tab, "#play"))

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

    def test_optimizers_are_those_of_cnn_train(self):
        tab = self.opened("#ch=6")
        names = tab.evaluate("[...document.querySelectorAll('#optimizer option')].map(option => option.value)")
        words = re.search(r"^  --optimizer ([a-z0-9|]+)", run("train", "--help"), re.MULTILINE).group(1)
        self.assertEqual(names, ["default", *words.split("|")])

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
        tab.evaluate("(() => { const e = document.querySelector('[aria-label^=\"Step that\"]'); e.value = 0; e.dispatchEvent(new Event('input')); })()")
        self.assertIn("step 0", self.text(tab, "main"))
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

    def test_every_address_of_the_learners_walk(self):
        """The table of docs/explorer.md: what is set in bold there stands in the page at that address."""
        table = DOCUMENT.read_text(encoding="utf-8").split("## From the deck's first page to its last")[1]
        rows = [line.split("|")[1:4] for line in table.splitlines() if line.startswith("|")][2:]
        self.assertGreaterEqual(len(rows), 19)
        tab = self.opened()
        for subject, words, addresses in rows:
            found = re.findall(r"`(#[^`]+)`", addresses)
            self.assertTrue(found, subject)
            seen = ""
            for address in found:
                self.go(tab, address)
                wanted = dict(part.split("=") for part in address[1:].split("&"))
                state = tab.evaluate("(({ chapter, layer, c, y, x, picture }) => ({ ch: chapter, l: layer, c, y, x, i: picture.index }))(cnn.app.state)")
                self.assertEqual({key: str(state[key]) for key in wanted}, wanted, address)
                seen += " ".join((tab.evaluate("document.body.innerText") + tab.evaluate("[...document.querySelectorAll('input')].map(e => e.value).join(' ')")).split())
            for phrase in re.findall(r"\*\*([^*]+)\*\*", words):
                self.assertIn(phrase, seen, "%s: %s" % (subject, addresses))
            self.assertIn("**", words, subject)

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
    skip_without_explorer(CNN, MNIST)
    unittest.main()
