"""Whether what a command prints is what a transcript shows.

  …         alone in a line stands for any lines, within a line for any characters
  times     numbers before µs, ms, frames/s and windows/s, behind × and in `in N s` may differ
  µs        the row `µs a step` of a comparison may hold anything
  cached    the line of `martlet run` that tells what came from the cache may name other stages, and may be there or not
            where none is shown
  columns   two spaces and more are as wide as they happen to be
  long      a line may be broken at a space

Progress, which is drawn on a terminal only, is left out.
"""

import re

NUMBER = r"[\d.,]+"
TIMES = [
    re.compile(rf"{NUMBER}(?= (?:µs|ms|frames/s|windows/s))"),
    re.compile(rf"(?<=×){NUMBER}"),
    re.compile(rf"(?<=\bin ){NUMBER}(?= s\b)"),
]
PROGRESS = re.compile(
    r"^(reading|looking at [^:]*|pretraining[^:]*|calibrating|evaluating[^:]*|planned|adapting|cached|wrote|cache|"
    r"searching|sweeping|converting|recovering|examining|cutting|merging|checking|testing|hashing): "
)
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def shown(standard_output, standard_error):
    """What a reader would see at the end: results, then diagnostics."""
    errors = [line for line in standard_error.splitlines() if not PROGRESS.match(line)]
    lines = standard_output.splitlines() + errors
    while lines and not lines[-1].strip():
        lines.pop()
    return [ESCAPES.sub("", line).rstrip() for line in lines]


def pattern(expected):
    """A regular expression for the lines."""
    parts = []
    for line in expected:
        line = line.rstrip()
        if line.strip() == "…":
            parts.append(None)
        else:
            parts.append(_line(line))
    text = ""
    for index, part in enumerate(parts):
        if part is None:
            text += r"(?:[^\n]*\n)*?"
        else:
            text += part
            is_last = index == len(parts) - 1
            text += r"\n" if is_last or parts[index + 1] is None or parts[index + 1] == "" else r"\s"
    return re.compile(r"\A" + text + r"\Z")


def _line(line):
    """One line: times and elisions become patterns, all else stands for itself."""
    if line.startswith("µs a step"):
        return r"µs a step[^\n]*"
    if line.startswith("cached "):
        return r"cached [^\n]*"
    places = [(match.span(), NUMBER) for rule in TIMES for match in rule.finditer(line)]
    places += [(match.span(), r"[^\n]*?") for match in re.finditer("…", line)]
    places += [(match.span(), " {2,}") for match in re.finditer("  +", line)]
    text, position = "", 0
    for (start, end), replacement in sorted(places):
        if start < position:
            continue
        text += re.escape(line[position:start]) + replacement
        position = end
    return text + re.escape(line[position:])


def agrees(expected, actual):
    expected = list(expected)
    while expected and not expected[-1].strip():
        expected.pop()
    if not any(line.startswith("cached ") for line in expected):
        actual = [line for line in actual if not line.startswith("cached ")]
    return bool(pattern(expected).match("".join(line + "\n" for line in actual)))
