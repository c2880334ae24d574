"""Holds the report of a run directory against its metrics.json in a browser; see Scripts/report-check."""

import argparse
import csv
import io
import json
import math
import os
import pathlib
import re
import sys
import tempfile
import time
import urllib.parse

from devtools import Browser

WIDTHS = (360, 768, 1280)
LARGEST_BYTES = 1_500_000
QUESTIONS = (pathlib.Path(__file__).parent / "report_check.js").read_text()


class Page:
    """A report in the browser, with what was told while it loaded."""

    def __init__(self, browser, path, metrics):
        self.browser = browser
        self.path = path
        self.text = pathlib.Path(path).read_text(encoding="utf-8")
        self.metrics = metrics
        self.address = pathlib.Path(path).resolve().as_uri()
        browser.size(1280, 900)
        browser.media("light")
        browser.open(self.address)
        browser.settle()
        self.told = list(browser.events)

    def ask(self, question):
        return self.browser.evaluate(f"({QUESTIONS}).{question}()")

    def whole(self, width, scheme):
        """Lays the page out at a width, all of it on the screen, everything that is folded away open."""
        self.browser.size(width, 800, phone=width < 600)
        self.browser.media(scheme)
        self.browser.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        height = self.browser.evaluate("document.documentElement.scrollHeight")
        self.browser.size(width, min(30_000, height), phone=width < 600)
        return height


# Each check gives sentences about what is wrong.

def console(page):
    """Nothing is said on the console, nothing refused, nothing fetched."""
    for event in page.told:
        method, facts = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            yield facts["exceptionDetails"].get("exception", {}).get("description", "an exception")
        elif method == "Log.entryAdded" and facts["entry"]["level"] in ("error", "warning"):
            yield facts["entry"]["text"]
        elif method == "Runtime.consoleAPICalled":
            yield "the page speaks on the console"
        elif method == "Network.requestWillBeSent" and facts["request"]["url"] not in (page.address, "about:blank"):
            yield "fetches " + facts["request"]["url"][:80]


def size(page):
    """The page stays small, and its own policy allows nothing from elsewhere."""
    if len(page.text.encode()) > LARGEST_BYTES:
        yield f"{len(page.text.encode())} bytes, more than {LARGEST_BYTES}"
    if "default-src 'none'" not in page.text:
        yield "no policy that forbids what the page does not need"
    if not page.browser.evaluate("!!document.getElementById('tip')"):
        yield "the script did not run"


def layout(page):
    """No width of screen makes the page scroll sideways or cuts off text of a picture."""
    for width in WIDTHS:
        page.whole(width, "light")
        for found in page.ask("overflow") + page.ask("cutText"):
            yield f"{width} px: {found}"


def structure(page):
    """Headings in order, names for pictures and tables, no lost link."""
    yield from page.ask("structure")


def contrast(page):
    """Text on its ground, light and dark, as WCAG 2 AA asks."""
    for scheme in ("light", "dark"):
        page.whole(1280, scheme)
        answer = page.ask("contrast")
        if answer["seen"] < 20:
            yield f"{scheme}: only {answer['seen']} texts seen"
        for found in answer["found"]:
            yield f"{scheme}: {found} ({answer['count']} in all)"


def keys(page):
    """Pictures tell of their parts under the arrow keys."""
    page.whole(1280, "light")
    answer = page.ask("keys")
    if page.text.count("<svg") and not answer["pictures"]:
        yield "no picture takes keys"
    yield from answer["found"][:5]


def numbers(value, path=""):
    """Every number of metrics.json by its key."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from numbers(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from numbers(part, f"{path}[{index}]")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


def as_shown(text):
    """The number that a text shows, and half of its last decimal."""
    found = re.search(r"[−-]?[\d,]*\.?\d+", text)
    if not found:
        return None
    digits = found.group().replace(",", "").replace("−", "-")
    decimals = len(digits.split(".")[1]) if "." in digits else 0
    return float(digits), 0.5 * 10 ** -decimals


def figures(page):
    """Every figure of metrics.json stands on the page, and is it."""
    expected = dict(numbers(page.metrics))
    seen = set()
    for key, value, text in page.ask("figures"):
        seen.add(key)
        if key not in expected:
            yield f"{key} is not in metrics.json"
            continue
        want = expected[key]
        if (int(value) if re.fullmatch(r"-?\d+", value) else float(value)) != want:
            yield f"{key}: {value} on the page, {want} in metrics.json"
            continue
        shown = as_shown(text)
        if shown is None or key.endswith(".seconds"):
            continue
        scale = 100 if text.endswith("%") else 1
        if abs(shown[0] - want * scale) > shown[1] * 1.001 + 1e-9:
            yield f"{key}: “{text}” is shown for {want}"
    optional = {"evaluation.perSubject": "dumbbells", "evaluation.confusion": "confusion-after"}
    for key in expected:
        if key in seen or key == "schemaVersion":
            continue
        if any(key.startswith(start) and f'id="{name}"' not in page.text for start, name in optional.items()):
            continue
        yield f"{key} is not on the page"


def downloads(page):
    """Every picture has its data, and a click saves them."""
    saved = page.browser.downloads
    os.makedirs(saved, exist_ok=True)
    page.browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=saved)
    names = set()
    found = page.ask("downloads")
    if page.text.count("<figure") == 0 and page.metrics.get("evaluation"):
        yield "no figure"
    for figure in found:
        if not figure["links"]:
            yield f"no data under {figure['id']}"
        for link in figure["links"]:
            head, _, body = link["address"].partition(",")
            rows = list(csv.reader(io.StringIO(urllib.parse.unquote(body)), strict=True))
            if head != "data:text/csv;charset=utf-8" or len(rows) < 2 or len({len(row) for row in rows}) != 1:
                yield f"{link['name']} is no table"
            if link["name"] in names:
                yield f"two files are called {link['name']}"
            names.add(link["name"])
            if not re.fullmatch(r"[a-z0-9-]+\.csv", link["name"]):
                yield f"{link['name']} is no plain name"
    yield from same(page, found)
    if not names:
        yield "there is nothing to save"
        return
    page.browser.evaluate("document.querySelector('a[download]').click()")
    first = next(link["name"] for figure in found for link in figure["links"])
    path = os.path.join(saved, first)
    end = time.monotonic() + 5
    while not os.path.exists(path) and time.monotonic() < end:
        page.browser.settle(0.1)
    if not os.path.exists(path):
        yield f"a click does not save {first}"
    else:
        os.remove(path)


def same(page, found):
    """What the tables under pictures say is what metrics.json says."""
    tables = {
        link["name"]: list(csv.reader(io.StringIO(urllib.parse.unquote(link["address"].partition(",")[2]))))
        for figure in found for link in figure["links"]}
    evaluation = page.metrics.get("evaluation")
    if evaluation and "subjects.csv" in tables:
        head, *rows = tables["subjects.csv"]
        for row, subject in zip(rows, evaluation["perSubject"], strict=True):
            if row[0] != subject["subject"] or any(float(v) != subject[k] for k, v in list(zip(head, row))[1:]):
                yield f"subjects.csv differs for {row[0]}"
    for name in ("before", "after"):
        table = tables.get(f"confusion-{name}.csv")
        if evaluation and table:
            if [[int(v) for v in row[1:]] for row in table[1:]] != evaluation["confusion"][name]:
                yield f"confusion-{name}.csv differs"
    if "recordings.csv" in tables:
        head, *rows = tables["recordings.csv"]
        for row, recording in zip(rows, page.metrics["ingest"]["recordings"], strict=True):
            if any(str(recording[k]) != v and float(v) != recording[k] for k, v in zip(head, row)):
                yield f"recordings.csv differs for {row[0]}"
    if "stream-1-windows.csv" in tables and evaluation:
        for subject in evaluation["perSubject"]:
            rows = [r for n, t in tables.items() if n.endswith("-windows.csv") for r in t[1:] if r[0] == subject["subject"]]
            if len(rows) != subject["windowsTested"]:
                continue
            for column, key in ((3, "accuracyBefore"), (4, "accuracyAfter")):
                right = sum(row[2] == row[column] for row in rows) / len(rows)
                if not math.isclose(right, subject[key], abs_tol=1e-12):
                    yield f"the windows of {subject['subject'][:40]} do not give its {key}"


def without_script(page):
    """Without scripts the page has the same figures and tables."""
    before = page.ask("figures")
    page.browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.browser.open(page.address)
        if page.browser.evaluate("!!document.getElementById('tip')"):
            yield "the script runs though scripts are off"
        if page.ask("figures") != before:
            yield "other figures without scripts"
        if page.text.count("<title>") > 1 and page.browser.evaluate("document.querySelectorAll('svg g > title, svg rect > title, svg circle > title').length") == 0:
            yield "no part of a picture has a title"
    finally:
        page.browser.call("Emulation.setScriptExecutionDisabled", value=False)


CHECKS = (console, size, layout, structure, contrast, keys, figures, downloads, without_script)


def check(browser, path, metrics, only=None):
    """Every check with what it found."""
    page = Page(browser, path, metrics)
    return {c.__name__: list(c(page)) for c in CHECKS if only is None or c.__name__ == only}


def breakages(text):
    """Pages that are broken, each with the check that must find it."""
    def swap(old, new, count=1):
        if old not in text:
            raise SystemExit(f"nothing to break: {old}")
        return text.replace(old, new, count)

    number = re.search(r'<data value="(\d+)" data-key="model.parameters">([\d,]+)<', text)
    link = re.search(r'<p class="data"><a download="subjects.csv".*?</p>', text, re.S) or re.search(
        r'<p class="data">.*?</p>', text, re.S)
    yield "an element that a name became", "console", swap("<main>", "<main><img src=x onerror=alert(1)>")
    yield "a script that is not the page's", "console", swap("<main>", "<main><script>document.title = 1</script>")
    yield "a font from elsewhere", "console", swap(
        "<style>", "<style>@font-face { font-family: f; src: url(https://fonts.invalid/f.woff) } h1 { font-family: f }")
    yield "an exception", "size", swap('"use strict";', '"use strict"; missing();')
    yield "no policy", "size", swap("default-src 'none'", "default-src *")
    yield "a page too large", "size", swap("</main>", "<!--" + "x" * LARGEST_BYTES + "--></main>")
    yield "a box too wide", "layout", swap("<main>", '<main><p style="width: 400px; max-width: none">wide</p>')
    yield "text cut off", "layout", swap('text-anchor="end" dominant-baseline="middle">', 'text-anchor="end" transform="translate(-80 0)">')
    yield "a heading too deep", "structure", swap("<h3>", "<h4>").replace("</h3>", "</h4>", 1)
    yield "a name taken twice", "structure", swap("<h1>", '<h1 id="summary">')
    yield "a picture without a name", "structure", swap('role="img" aria-labelledby', 'role="img" data-labelledby')
    yield "pale text", "contrast", swap("--soft: #525c69", "--soft: #a2a9b2")
    yield "pale text in the dark", "contrast", swap("--soft: #a9b3be", "--soft: #5c6670")
    yield "keys that do nothing", "keys", swap('class="picture', 'class="no-picture', text.count('class="picture'))
    yield "another number", "figures", swap(number.group(), number.group().replace(f'value="{number[1]}"', f'value="{int(number[1]) + 1}"'))
    yield "a number shown wrongly", "figures", swap(number.group(), number.group().replace(f">{number[2]}<", f">{int(number[1]) + 1}<"))
    yield "a number left out", "figures", swap(number.group(), number.group().replace("data-key", "data-other"), text.count(number.group()))
    yield "no data under a picture", "downloads", swap(link.group(), "")
    yield "other data", "downloads", re.sub(r'(download="confusion-after.csv" href="[^"]*?,)(\d+)', lambda m: m[1] + str(int(m[2]) + 1), text, count=1)
    yield "links that save nothing", "downloads", swap("a download=", "a data-download=", text.count("a download="))
    yield "figures only with scripts", "without_script", text.replace("<main>", "<main><noscript><data value=1 data-key=seed>1</data></noscript>", 1)


def prove(browser, path, metrics):
    """Breaks the page and gives how many breakages were not found."""
    missed = 0
    text = pathlib.Path(path).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        broken = os.path.join(folder, "report.html")
        for name, finder, page in breakages(text):
            if page == text:
                raise SystemExit(f"nothing was broken: {name}")
            pathlib.Path(broken).write_text(page, encoding="utf-8")
            try:
                found = check(browser, broken, metrics, only=finder)[finder]
            except (RuntimeError, StopIteration, KeyError) as error:
                found = [str(error) or type(error).__name__]
            missed += not found
            print(f"{'found ' if found else 'MISSED'}  {name}: {found[0][:100] if found else finder}")
    return missed


def pictures(browser, path, folder):
    """Parts of the page as they look on a light screen, a dark one, and a phone."""
    os.makedirs(folder, exist_ok=True)
    # The name, the width, the scheme, and from where to where: ends of the page, or tops of sections.
    for name, width, scheme, first, last in (
            ("report-light", 1100, "light", None, "learning"), ("report-dark", 1100, "dark", "arena", "input"),
            ("report-stream", 1100, "light", "stream", "stream-1-figure"), ("report-phone", 390, "light", None, "learning")):
        browser.size(width, 900, phone=width < 600)
        browser.media(scheme)
        browser.open(pathlib.Path(path).resolve().as_uri())
        browser.settle()
        top = browser.evaluate(
            f"Math.round(document.getElementById({json.dumps(first or '')})?.getBoundingClientRect().top + scrollY - 16) || 0")
        end = browser.evaluate(
            f"Math.round(document.getElementById({json.dumps(last)})?.getBoundingClientRect().top + scrollY - 24)"
            " || document.documentElement.scrollHeight")
        if first and not top:
            continue
        browser.picture(os.path.join(folder, name + ".webp"), top, width, min(end - top, 1800))


def main():
    parser = argparse.ArgumentParser(prog="report-check")
    parser.add_argument("run", help="a run directory with metrics.json and report.html")
    parser.add_argument("--report", default="report.html", help="the name of the page")
    parser.add_argument("--prove", action="store_true", help="break the page and expect each breakage to be found")
    parser.add_argument("--pictures", metavar="FOLDER", help="write pictures of the page")
    options = parser.parse_args()
    path = os.path.join(options.run, options.report)
    try:
        metrics = json.loads(pathlib.Path(options.run, "metrics.json").read_text(encoding="utf-8"))
        pathlib.Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise SystemExit(f"report-check: {options.run} is no run directory with a report: {error}") from None
    browser = Browser(os.environ["CHROMIUM"])
    try:
        if options.pictures:
            pictures(browser, path, options.pictures)
        if options.prove:
            return 1 if prove(browser, path, metrics) else 0
        faults = 0
        for name, found in check(browser, path, metrics).items():
            print(f"{'ok' if not found else 'FAULT':5}  {name}: {globals()[name].__doc__}")
            for sentence in found[:8]:
                print(f"       {sentence}")
            faults += len(found)
        return 1 if faults else 0
    finally:
        browser.close()


sys.exit(main())
