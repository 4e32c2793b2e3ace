"""What the browser tests share: Chromium without a window, and what its pages say, ask for and look like.

Chromium is driven through its DevTools pipe (--remote-debugging-pipe): messages in JSON, each ended by a zero byte, on the
file descriptors 3 and 4. So the tests need the browser and Python's standard library, no driver and no port.

    with Browser() as browser:
        page = browser.page(width=400, dark=True)
        page.open("file:///tmp/report.html")
        page.evaluate("document.title")
        assert page.complaints == [] and page.requests == []
"""

import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

try:
    import axe_core_python

    AXE = pathlib.Path(axe_core_python.__file__).with_name("axe.min.js")
except ImportError:
    AXE = None  # the pages are not checked for accessibility then
NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60  # that an answer may take on a busy machine; nothing is measured by it


def find_browser():
    """The path of Chromium: $CNN_BROWSER, or one of its usual names; None: there is none."""
    return os.environ.get("CNN_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


def skip_without_browser():
    """End the test program as skipped (77) where there is no browser."""
    if not find_browser():
        print("skipped: no browser: install Debian's chromium, or name one in CNN_BROWSER")
        sys.exit(77)


def skip_without_explorer(cnn, mnist):
    """The same, and also where there is no MNIST, or the command was built without its explorer."""
    skip_without_browser()
    if not os.path.isdir(mnist):
        print("skipped: no MNIST: set CNN_TEST_DATA")
        sys.exit(77)
    if subprocess.run([cnn, "explore", "--help"], capture_output=True).returncode:
        print("skipped: cnn explore was not built")
        sys.exit(77)


class BrowserError(Exception):
    pass


def shown(value):
    """A console argument as a text."""
    return str(value.get("value", value.get("description", value.get("type"))))


class Page:
    """One tab. `complaints`: errors and warnings of the console, exceptions that nobody caught, what the content security
    policy refused; `messages`: everything else that was written to the console; `requests`: the addresses that were asked
    for beside the page itself, without data: and blob:."""

    def __init__(self, browser, session):
        self.browser, self.session = browser, session
        self.complaints, self.messages, self.requests = [], [], []
        self.loaded = False

    def call(self, method, **parameters):
        """A command of the DevTools protocol; its result."""
        return self.browser.call(method, self.session, **parameters)

    # ---- What happens --------------------------------------------------------------------------------

    def take(self, method, event):
        handler = {
            "Runtime.consoleAPICalled": self.take_console,
            "Runtime.exceptionThrown": self.take_exception,
            "Log.entryAdded": self.take_log,
            "Network.requestWillBeSent": self.take_request,
            "Page.loadEventFired": self.take_load,
        }.get(method)
        if handler:
            handler(event)

    def take_console(self, event):
        text = " ".join(map(shown, event["args"]))
        wrong = event["type"] in ("error", "warning", "assert")
        (self.complaints if wrong else self.messages).append(text)

    def take_exception(self, event):
        details = event["exceptionDetails"]
        self.complaints.append(shown(details["exception"]) if "exception" in details else details["text"])

    def take_log(self, event):
        entry = event["entry"]
        if entry["level"] in ("error", "warning"):
            self.complaints.append("%s %s" % (entry["text"], entry.get("url", "")))

    def take_request(self, event):
        address = event["request"]["url"]
        is_page = event.get("type") == "Document" and event["requestId"] == event["loaderId"]
        if not is_page and not address.startswith(("data:", "blob:")):
            self.requests.append(address)

    def take_load(self, _):
        self.loaded = True

    # ---- What a test does ----------------------------------------------------------------------------

    def open(self, address):
        """Go to an address, or to a file's path, and wait until everything is loaded."""
        if "://" not in str(address):
            address = pathlib.Path(address).resolve().as_uri()
        self.loaded = False
        result = self.call("Page.navigate", url=address)
        if "errorText" in result:
            raise BrowserError("%s: %s" % (address, result["errorText"]))
        self.browser.wait(lambda: self.loaded, "the page to load")

    def show(self, width=None, height=900, dark=None, media=None):
        """The size of the window in CSS pixels, the colours that the person prefers, "print" or "screen"."""
        if width:
            self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = []
        if dark is not None:
            features.append({"name": "prefers-color-scheme", "value": "dark" if dark else "light"})
        if features or media is not None:
            self.call("Emulation.setEmulatedMedia", media=media or "", features=features)

    def evaluate(self, script):
        """The value of a JavaScript expression, or what its promise gives; exceptions are raised here."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(shown(details["exception"]) if "exception" in details else details["text"])
        return answer["result"].get("value")

    def wait_for(self, script):
        """Until the expression is true."""
        end = time.monotonic() + SECONDS
        while not self.evaluate("Boolean(%s)" % script):
            if time.monotonic() > end:
                raise BrowserError("never true: %s" % script)
            time.sleep(0.02)

    def press(self, key, code=0, text=""):
        """A key by its name ("ArrowRight", "a") and Windows key code, down and up, where the focus is."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code,
                      text=text if kind == "keyDown" else "")

    def pointer(self, kind, x, y, button="left"):
        """A pointer event at a place of the window: "mousePressed", "mouseReleased" or "mouseMoved"."""
        down = kind != "mouseMoved"
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button if down else "none",
                  clickCount=1 if down else 0)

    def click(self, selector):
        """With the pointer, in the middle of the element."""
        x, y = self.evaluate("(() => { const e = document.querySelector(%s); e.scrollIntoView({block: 'center'});"
                             " const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
                             % json.dumps(selector))
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.pointer(kind, x, y)

    def accessibility_faults(self, *rules):
        """What axe-core finds, by all its rules or by some: for each violation its rule and the elements."""
        options = {"preload": False, "resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
        if not self.evaluate("Boolean(window.axe)"):
            self.call("Runtime.evaluate", expression=AXE.read_text(encoding="utf-8"))
        return self.evaluate("axe.run(document, " + json.dumps(options) + ").then(found => found.violations.map(violation =>"
                             " [violation.id, ...violation.nodes.map(node => node.html.slice(0, 200))].join(' ')))")

    def screenshot(self, path=None, whole=True):
        """As PNG: the whole page, or what the window shows. Its bytes, written to `path` if there is one."""
        image = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return self.keep(base64.b64decode(image["data"]), path)

    def pdf(self, path=None):
        """What printing gives."""
        return self.keep(base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"]), path)

    @staticmethod
    def keep(data, path):
        if path:
            pathlib.Path(path).write_bytes(data)
        return data

    def scrolls_sideways(self):
        """Whether the page is wider than the window."""
        return self.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


class Browser:
    """Chromium without a window and with a profile of its own, which goes away. `options`: more for its command line."""

    def __init__(self, *options):
        self.options = options
        self.pages, self.answers, self.number, self.rest = {}, {}, 0, b""

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self.to = os.pipe()
        self.back, theirs_out = os.pipe()
        command = [find_browser(), "--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + self.profile.name,
                   "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb",
                   *(["--no-sandbox"] if os.geteuid() == 0 else []), *self.options, "about:blank"]
        # A shell puts the pipes where Chromium expects them.
        shell = ["sh", "-c", 'exec "$@" 3<&%d 4>&%d' % (theirs_in, theirs_out), "sh"]
        self.process = subprocess.Popen(shell + command, pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(SECONDS)
        except (BrowserError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        self.profile.cleanup()

    def page(self, width=1400, height=900, dark=False):
        """A new tab, empty."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(domain + ".enable")
        page.show(width, height, dark)
        return page

    # ---- Messages ------------------------------------------------------------------------------------

    def call(self, method, session=None, **parameters):
        self.number += 1
        number = self.number
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        self.wait(lambda: number in self.answers, "an answer to " + method)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise BrowserError("%s: %s" % (method, answer["error"]["message"]))
        return answer["result"]

    def wait(self, done, what):
        end = time.monotonic() + SECONDS
        while not done():
            left = end - time.monotonic()
            if left < 0 or not select.select([self.back], [], [], left)[0]:
                raise BrowserError("the browser keeps us waiting for " + what)
            data = os.read(self.back, 1 << 20)
            if not data:
                raise BrowserError("the browser has ended, while we waited for " + what)
            *messages, self.rest = (self.rest + data).split(b"\0")
            for message in messages:
                self.take(json.loads(message))

    def take(self, message):
        if "id" in message:
            self.answers[message["id"]] = message
        elif message.get("sessionId") in self.pages:
            self.pages[message["sessionId"]].take(message["method"], message["params"])
