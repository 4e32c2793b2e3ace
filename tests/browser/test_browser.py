"""That tests of pages can fail: what a page does wrong is noticed."""

import pathlib
import tempfile
import unittest

from browser import Browser, skip_without_browser

PAGE = """<!doctype html><meta charset="utf-8"><title>Faulty</title><link rel="stylesheet" href="missing.css">
<body style="width: 500px"><button onclick="console.error('clicked')">button</button>
<script>console.log("said", 1); setTimeout(() => { throw new Error("uncaught"); }, 0)</script>"""


class TestBrowser(unittest.TestCase):
    def test_faults_of_a_page(self):
        with tempfile.TemporaryDirectory() as folder, Browser() as browser:
            path = pathlib.Path(folder, "page.html")
            path.write_text(PAGE, encoding="utf-8")
            page = browser.page(width=400, dark=True)
            page.open(path)
            page.click("button")
            self.assertEqual(page.evaluate("document.title"), "Faulty")
            self.assertTrue(page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"))
            self.assertTrue(page.scrolls_sideways())
            self.assertEqual([pathlib.PurePosixPath(r).name for r in page.requests], ["missing.css"])
            self.assertEqual(page.messages, ["said 1"])
            for fault in ("ERR_FILE_NOT_FOUND", "uncaught", "clicked"):
                self.assertTrue(any(fault in complaint for complaint in page.complaints), page.complaints)
            self.assertEqual(page.screenshot()[1:4], b"PNG")
            self.assertEqual(page.pdf()[:4], b"%PDF")


if __name__ == "__main__":
    skip_without_browser()
    unittest.main()
