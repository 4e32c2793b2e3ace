"""The page of `cnn report` as a person opens it: from a file, narrow and wide, light and dark, and on paper."""

import csv
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from browser import Browser, skip_without_browser

SECTIONS = ["glance", "doctor", "curves", "confusion", "classes", "calibration", "mistakes", "uncertain", "attention",
            "filters", "maps", "patches", "lab", "model", "repeat"]
COLUMNS = {"Loss": ("training_loss", "validation_loss", 1), "Accuracy, %": ("training_accuracy", "validation_accuracy", 100),
           "Learning rate": ("learning_rate", None, 1)}

# Of each chart its title, and of each point the line's number, the title and where it is drawn, with the axis's ticks.
CHARTS = """[...document.querySelectorAll("#curves .chart")].map(chart => ({
    title: chart.querySelector("b").textContent,
    ticks: [...chart.querySelectorAll("text.tick[text-anchor=end]")].map(t => [+t.textContent, +t.getAttribute("y") - 4]),
    points: [...chart.querySelectorAll("circle")].map(c => ({line: c.parentNode.getAttribute("class"),
        title: c.textContent, y: +c.getAttribute("cy"), x: +c.getAttribute("cx")}))}))"""


class TestReport(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.run_folder = os.path.join(folder.name, "run")
        subprocess.run([os.environ["CNN_COMMAND"], "train", "lenet5", "--data", "fashion-mnist", "--limit", "600", "--epochs",
                        "3", "--batch", "32", "--validation", "0.2", "--quiet", "-o", cls.run_folder, "--report"],
                       check=True, stdout=subprocess.DEVNULL)
        cls.path = pathlib.Path(cls.run_folder, "report.html")
        cls.browser = cls.enterClassContext(Browser())
        cls.page = cls.browser.page()
        cls.page.open(cls.path)

    def test_no_request_and_no_complaint(self):
        self.assertEqual(self.page.complaints, [])
        self.assertEqual(self.page.requests, [])
        self.assertLess(self.path.stat().st_size, 5_000_000)

    def test_every_section_is_there_with_a_title_and_something_below(self):
        found = self.page.evaluate("[...document.querySelectorAll('section')].map(s => [s.id, s.querySelector('h2').innerText,"
                                   " s.children.length])")
        self.assertEqual([name for name, _, _ in found], SECTIONS)
        self.assertTrue(all(title and children > 1 for _, title, children in found), found)
        links = self.page.evaluate("[...document.querySelectorAll('nav a')].map(a => a.getAttribute('href'))")
        self.assertEqual(links, ["#" + name for name in SECTIONS])

    def test_every_picture_is_drawn(self):
        broken = self.page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth || !i.alt).length")
        self.assertEqual(broken, 0)
        self.assertGreater(self.page.evaluate("document.images.length"), 60)

    def test_the_policy_refuses_a_script(self):
        page = self.browser.page()
        page.open(self.path)
        page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'ran = 1'}))")
        self.assertEqual(page.evaluate("typeof ran"), "undefined")
        self.assertTrue(any("Content Security Policy" in complaint for complaint in page.complaints))

    def test_wide_and_narrow_light_and_dark(self):
        papers = set()
        for width in (400, 1400):
            for dark in (False, True):
                self.page.show(width, dark=dark)
                self.assertFalse(self.page.scrolls_sideways(), (width, dark))
                papers.add((dark, self.page.evaluate("getComputedStyle(document.body).backgroundColor")))
        self.assertEqual(papers, {(False, "rgb(255, 255, 255)"), (True, "rgb(22, 22, 26)")})
        self.page.show(1400, dark=False)

    def test_prints(self):
        pdf = self.page.pdf()
        self.assertEqual(pdf[:5], b"%PDF-")
        self.assertGreater(len(pdf), 20_000)
        self.page.show(1400, dark=True, media="print")
        self.assertEqual(self.page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
        self.assertEqual(self.page.evaluate("getComputedStyle(document.querySelector('nav')).display"), "none")
        self.page.show(1400, dark=False, media="screen")

    def test_the_curves_are_the_history(self):
        with open(os.path.join(self.run_folder, "history.csv"), encoding="ascii") as file:
            history = list(csv.DictReader(file))
        charts = self.page.evaluate(CHARTS)
        self.assertEqual([chart["title"] for chart in charts], list(COLUMNS))
        for chart in charts:
            training, validation, factor = COLUMNS[chart["title"]]
            expected = {(line, epoch): factor * float(row[column]) for line, column in enumerate((training, validation))
                        if column for epoch, row in enumerate(history, 1)}
            self.assertEqual(len(chart["points"]), len(expected))
            (low, low_y), (high, high_y) = chart["ticks"][0], chart["ticks"][-1]
            for point in chart["points"]:
                epoch, value = re.search(r"epoch (\d+): (\S+)$", point["title"]).groups()
                wanted = expected[int(point["line"][-1]), int(epoch)]
                self.assertAlmostEqual(float(value), wanted, delta=1e-6 * max(1, abs(wanted)))
                drawn = low + (point["y"] - low_y) / (high_y - low_y) * (high - low)
                self.assertAlmostEqual(drawn, wanted, delta=1e-3 * (high - low))

    def test_the_confusion_matrix_has_every_image_once(self):
        cells = self.page.evaluate("[...document.querySelectorAll('.matrix text:not(.word)')].map(t => +t.textContent)")
        self.assertEqual(len(cells), 100)
        self.assertEqual(sum(cells), 10_000)


if __name__ == "__main__":
    skip_without_browser()
    unittest.main()
