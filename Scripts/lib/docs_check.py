"""Runs the transcripts of the documentation and checks its pipelines; see Scripts/docs-check."""

import argparse
import difflib
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from docs_blocks import KINDS, blocks, commands
from docs_transcript import agrees, shown

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "Sources/Martlet/Martlet.docc"]


def stands(part, whole):
    """Whether lines stand in a file behind each other; `…` alone in a line stands for any lines."""
    place = 0
    for piece in (list(group) for gap, group in itertools.groupby(part, "…".__eq__) if not gap):
        last = len(whole) - len(piece) + 1
        found = next((index for index in range(place, last) if whole[index:index + len(piece)] == piece), None)
        if found is None:
            return False
        place = found + len(piece)
    return True


class Workspace:
    """A folder in which one document's commands run, with the project's recordings and pipelines in it."""

    def __init__(self, martlet, cache):
        self.place = tempfile.TemporaryDirectory(prefix="docs-check-")
        self.folder = Path(self.place.name)
        for name in ("Pipelines", "SampleData"):
            (self.folder / name).symlink_to(PROJECT / name)
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("MARTLET_")},
            "PATH": f"{martlet.parent}:{os.environ['PATH']}",
            "MARTLET_CACHE": str(cache),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "COLUMNS": "100",
        }
        self.status = 0

    def run(self, command):
        """What is shown; the status is kept, also for the `$?` of the next command."""
        result = subprocess.run(
            ["bash", "-c", f"(exit {self.status}); {command}"], cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1800)
        self.status = result.returncode
        return shown(result.stdout, result.stderr)


class Check:
    def __init__(self, options):
        self.options = options
        self.failures = []
        self.skipped = []
        self.counts = {}
        self.times = []
        # Lines of a document that take the place of others: first line, number, new lines.
        self.changes = {}

    def fail(self, place, text):
        self.failures.append(f"{place}: {text}")

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def document(self, path):
        shown_path = path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path
        try:
            found = blocks(path, shown_path)
        except ValueError as error:
            return self.failures.append(str(error))
        workspace = None
        for block in found:
            reason = block.marker("not run")
            if reason is not None:
                if not reason:
                    self.fail(block.place, "say behind 'not run:' why")
                self.skipped.append(f"{block.place}: {reason}")
            elif block.language not in KINDS:
                self.fail(block.place, f"a block is one of {', '.join(KINDS)}, or says '<!-- docs: not run: WHY -->'")
            elif block.marker("slow") is not None and not self.options.slow:
                self.skipped.append(f"{block.place}: slow, run with --slow")
            else:
                workspace = workspace or Workspace(self.options.martlet, self.options.cache)
                getattr(self, block.language)(block, workspace)

    # Pipelines and other Swift

    def swift(self, block, workspace):
        origin = block.marker("part of")
        if origin is not None:
            self.count("parts of files")
            whole = [line.strip() for line in (PROJECT / origin).read_text().splitlines() if line.strip()]
            part = [line.strip() for line in block.lines if line.strip()]
            if not stands(part, whole):
                self.fail(block.place, f"these lines do not stand in {origin}")
            return
        name = block.marker("file") or "snippet.swift"
        file = workspace.folder / name
        file.write_text(block.text)
        if block.is_pipeline and block.marker("program") is None:
            self.count("pipelines read by martlet check")
            lines = workspace.run(f"martlet check {name}")
            if workspace.status != 0:
                self.fail(block.place, "martlet check refuses it:\n" + "\n".join(lines))
            workspace.status = 0
        if self.options.swift_flags:
            self.count("pieces of Swift compiled")
            self.compile(block, file)

    def compile(self, block, file):
        command = ["swiftc", "-typecheck", "-swift-version", "6", "-warnings-as-errors", *self.options.swift_flags]
        result = subprocess.run([*command, str(file)], cwd=PROJECT, capture_output=True, text=True)
        if result.returncode != 0:
            self.fail(block.place, "the compiler refuses it:\n" + result.stderr)

    # JSON

    def json(self, block, _):
        self.count("JSON documents")
        try:
            json.loads(block.text)
        except ValueError as error:
            self.fail(block.place, f"is no JSON: {error}")

    # Transcripts

    def console(self, block, workspace):
        try:
            found = commands(block)
        except ValueError as error:
            return self.failures.append(str(error))
        setup = block.marker("setup")
        if setup is not None:
            lines = workspace.run(setup)
            if workspace.status != 0:
                self.fail(block.place, "the setup fails:\n" + "\n".join(lines))
        workspace.status = 0
        for index, command in enumerate(found):
            self.count("commands run")
            start = time.monotonic()
            actual = workspace.run(command.text)
            self.times.append((time.monotonic() - start, f"{block.place}: {command.text.splitlines()[0]}"))
            place = f"{block.path}:{block.line + command.first}"
            if not agrees(command.output, actual):
                self.differs(block, command, actual, place)
            follows = found[index + 1].text if index + 1 < len(found) else ""
            told = any(re.search(r"\b(error|warning)\b|^✘|^FAIL", line) for line in command.output)
            if workspace.status != 0 and not told and not follows.startswith("echo $?"):
                self.fail(place, f"'{command.text}' ends with {workspace.status}, and nothing shown says so")

    def differs(self, block, command, actual, place):
        if self.options.update and not any("…" in line for line in command.output):
            first = block.line + command.first
            self.changes.setdefault(block.path, []).append((first, len(command.output), actual))
            return
        lines = difflib.unified_diff(command.output, actual, "shown", "printed", lineterm="", n=1)
        self.fail(place, f"'{command.text}' prints something else\n  " + "\n  ".join(lines))

    def update(self):
        for path, changes in self.changes.items():
            file = PROJECT / path
            lines = file.read_text().splitlines()
            for first, count, actual in sorted(changes, reverse=True):
                blank = count and not lines[first + count - 1].strip()
                lines[first:first + count] = actual + ([""] if blank else [])
            file.write_text("\n".join(lines) + "\n")
            print(f"{path}: {len(changes)} outputs renewed; read the difference")


def main():
    parser = argparse.ArgumentParser(prog="Scripts/docs-check")
    parser.add_argument("documents", nargs="*", help="Markdown files or folders; all of the project unless given")
    parser.add_argument("--martlet", type=Path, required=True)
    parser.add_argument("--swift-flags", help="how built modules are found, a flag a line; without it no Swift is compiled")
    parser.add_argument("--cache", type=Path, help="a folder for results of stages; a new one unless given")
    parser.add_argument("--slow", action="store_true", help="also what takes minutes")
    parser.add_argument("--update", action="store_true", help="write what is printed in place of what is shown")
    parser.add_argument("--times", action="store_true", help="the commands that took longest")
    options = parser.parse_args()
    options.martlet = options.martlet.resolve()
    options.swift_flags = options.swift_flags.splitlines() if options.swift_flags else []
    with tempfile.TemporaryDirectory(prefix="docs-cache-") as cache:
        options.cache = (options.cache or Path(cache)).resolve()
        check = Check(options)
        start = time.monotonic()
        for name in options.documents or DOCUMENTS:
            path = (PROJECT / name).resolve()
            for file in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
                check.document(file)
    check.update()
    for failure in check.failures:
        print(failure + "\n", file=sys.stderr)
    for skipped in check.skipped:
        print(f"not run: {skipped}")
    for seconds, command in sorted(check.times, reverse=True)[:8 if options.times else 0]:
        print(f"{seconds:6.1f} s  {command}")
    counts = [f"{number} {what}" for what, number in check.counts.items()]
    print(f"{', '.join(counts)}, {len(check.skipped)} blocks not run, in {time.monotonic() - start:.0f} s")
    if check.failures:
        print(f"docs-check: {len(check.failures)} of the documentation's blocks are not as they say", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
