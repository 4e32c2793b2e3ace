#!/usr/bin/env python3
"""Measure what docs/explorer.md says of speed and size, in Chromium without a window, on an otherwise idle machine.

    CNN_BUILD_DIR=build/release CNN_DATA=DATA tools/explorer_figures.py [PAGE]

DATA has mnist/. The page is that of the Basic CNN, trained for a moment, with 500 test and 2,000 training images; one that is
there already can be named. Times are medians."""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "browser"))
from browser import Browser, find_browser  # noqa: E402

OPENINGS = 5
# Before the page's own script: when the page is usable, in milliseconds since the navigation began: started, and a frame drawn.
WATCH_START = """addEventListener('DOMContentLoaded', async () => {
    await Promise.resolve();
    const drawn = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
    const until = setInterval(async () => {
        if (!document.getElementById('chapter-title')) return;
        clearInterval(until);
        await drawn();
        window.usable = performance.now();
    });
})"""
# The clock of a page ticks every 0.1 ms: calls are timed ten at a time.
FUNCTIONS = """
    const middle = times => times.sort((a, b) => a - b)[times.length >> 1];
    const timed = (call, samples, calls) => middle(Array.from({ length: samples }, () => {
        const begin = performance.now();
        for (let k = 0; k < calls; k++) call();
        return (performance.now() - begin) / calls;
    }));
    const engine = cnn.app.engine, pixels = cnn.app.state.picture.pixels;
"""
FORWARD = "(() => {%s for (let k = 0; k < 300; k++) engine.predict(pixels); return timed(() => engine.predict(pixels), 41, 10); })()" % FUNCTIONS
INSPECTED = "(() => {%s for (let k = 0; k < 100; k++) engine.run(pixels); return timed(() => engine.run(pixels), 21, 10); })()" % FUNCTIONS
TRAINING = """(() => {%s
    const { train } = cnn.app.data, images = Float32Array.from(train.bytes.subarray(0, 32 * pixels.length), byte => byte / 255);
    const labels = train.labels.slice(0, 32), trainer = engine.trainer({ batch: 32 });
    for (let k = 0; k < 20; k++) trainer.step(images, labels);
    const step = timed(() => trainer.step(images, labels), 31, 1);
    trainer.close();
    return 32000 / step;
})()""" % FUNCTIONS
# Of each sample of a stroke: from the event's time to the end of the work that it caused.
WATCH_STROKES = """(() => {
    window.told = []; // when the answer can be read
    window.answers = []; // when all is drawn
    window.work = []; // of a frame
    let asked = null, undrawn = null;
    const pad = document.getElementById('pad');
    pad.addEventListener('pointerrawupdate', event => { asked = event.timeStamp; undrawn ??= event.timeStamp; }, true);
    const { app } = cnn, { answered, store } = app, flush = store.flush.bind(store);
    app.answered = (...answer) => {
        answered(...answer);
        if (asked !== null) told.push(performance.now() - asked);
        asked = null;
    };
    store.flush = () => {
        const begin = performance.now();
        flush();
        if (undrawn === null) return;
        answers.push(performance.now() - undrawn);
        work.push(performance.now() - begin);
        undrawn = null;
    };
})()"""


def make_page(folder):
    cnn = os.path.join(os.environ["CNN_BUILD_DIR"], "cnn")
    data, run, page = os.path.join(os.environ["CNN_DATA"], "mnist"), folder / "run", folder / "basic.html"
    for words in (["train", "basic", "--data", data, "--limit", "6000", "--epochs", "1", "--seed", "1", "-o", str(run)],
                  ["explore", str(run), "--data", data, "-o", str(page)]):
        subprocess.run([cnn, *words], check=True, stdout=subprocess.DEVNULL)
    return page


def open_page(browser, path):
    tab = browser.page()
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH_START)
    tab.open(path)
    tab.wait_for("window.usable")
    tab.evaluate("cnn.ready.then(() => true)")
    return tab


def opening(browser, path):
    tab = open_page(browser, path)
    usable = tab.evaluate("usable")
    tab.call("Page.close")
    return usable


def draw(tab, samples=120):
    """A stroke of so many samples, one about every frame."""
    tab.evaluate(WATCH_STROKES)
    x, y = tab.evaluate("(() => { const r = document.getElementById('pad').getBoundingClientRect(); return [r.x, r.y]; })()")
    for k in range(samples + 1):
        at = {"x": x + 40 + 190 * (k % 60) / 60, "y": y + 50 + 1.5 * k}
        kind = "mousePressed" if k == 0 else "mouseMoved"
        tab.call("Input.dispatchMouseEvent", type=kind, button="left", buttons=1, clickCount=1, **at)
    tab.call("Input.dispatchMouseEvent", type="mouseReleased", button="left", clickCount=1, **at)
    return tab.evaluate("told"), tab.evaluate("answers"), tab.evaluate("work")


def train_in_worker(tab, seconds=4):
    """Images a second of the page's own training: in its worker, shown at each step."""
    tab.evaluate("(history.pushState(null, '', '#ch=6'), cnn.app.visit(location.hash), cnn.app.store.flush())")
    tab.evaluate("document.getElementById('run').click()")
    tab.wait_for("/^Step [2-9][0-9],/.test(document.getElementById('training-status').textContent)")
    step = "Number(document.getElementById('training-status').textContent.match(/Step ([0-9,]+),/)[1].replace(/,/g, ''))"
    steps, spent = tab.evaluate("(async () => { const first = %s, begin = performance.now();"
                                " await new Promise(resolve => setTimeout(resolve, %d)); return [%s - first, performance.now() - begin]; })()"
                                % (step, 1000 * seconds, step))
    tab.evaluate("document.getElementById('stop').click()")
    return 32000 * steps / spent


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(path):
    print("%s: %.2f MB" % (path.name, path.stat().st_size / 1e6))
    with Browser() as browser:
        print(browser.call("Browser.getVersion")["product"])
        openings = [opening(browser, path) for _ in range(OPENINGS)]
        print("usable %.0f ms after opening (%s)" % (statistics.median(openings), ", ".join("%.0f" % one for one in openings)))
        tab = open_page(browser, path)
        told, answers, work = draw(tab)
        print("strokes: answer told %.1f ms after the sample (95 %%: %.1f), all drawn %.1f ms after it (95 %%: %.1f), a frame's work %.1f ms (95 %%: %.1f)"
              % tuple(figure for times in (told, answers, work) for figure in (statistics.median(times), percentile(times, 0.95))))
        print("forward: %.2f ms an image, %.2f ms with every layer kept" % (tab.evaluate(FORWARD), tab.evaluate(INSPECTED)))
        print("training: %.0f images/s" % tab.evaluate(TRAINING))
        print("training in the page's worker, drawn: %.0f images/s" % train_in_worker(tab))


def main():
    if not find_browser():
        sys.exit("there is no browser: install Debian's chromium, or name one in CNN_BROWSER")
    if len(sys.argv) > 1:
        measure(pathlib.Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(make_page(pathlib.Path(folder)))


if __name__ == "__main__":
    main()
