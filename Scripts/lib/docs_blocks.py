"""The fenced blocks of the documentation, each with what is to be done with it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^(\s*)```(\S*)\s*$")
MARKER = re.compile(r"^\s*<!-- docs: (.*?) -->\s*$")
KINDS = ("console", "swift", "json")


@dataclass
class Block:
    path: Path
    line: int  # of the opening fence, from 1
    language: str
    lines: list[str]
    markers: list[str] = field(default_factory=list)

    @property
    def place(self):
        return f"{self.path}:{self.line}"

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    def marker(self, word):
        """What stands behind the word in a comment before the block; None where there is none."""
        for marker in self.markers:
            if marker == word or marker.startswith(word + " ") or marker.startswith(word + ":"):
                return marker[len(word):].lstrip(": ")
        return None

    @property
    def is_pipeline(self):
        return self.language == "swift" and "= Pipeline(" in self.text


def blocks(path, shown):
    """All blocks of a Markdown file; `shown` is how messages call it. Raises ValueError for one without an end."""
    found, markers = [], []
    opening = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if opening is None:
            if fence:
                opening = Block(shown, number, fence[2], [], markers)
                indent = len(fence[1])
            elif marker := MARKER.match(line):
                markers = markers + [marker[1]]
            elif line.strip():
                markers = []
        elif fence and not fence[2]:
            found.append(opening)
            opening, markers = None, []
        else:
            opening.lines.append(line[indent:])
    if opening is not None:
        raise ValueError(f"{opening.place}: the block has no end")
    return found


@dataclass
class Command:
    """A command of a transcript with the output that is shown."""

    text: str
    first: int  # of its output, an index into the block's lines
    output: list[str] = field(default_factory=list)


def commands(block):
    """The commands of a transcript: `$ ` begins one, `> ` continues it."""
    result = []
    for index, line in enumerate(block.lines):
        if line.startswith("$ "):
            result.append(Command(line[2:], index + 1))
        elif line.startswith("> ") and result and not result[-1].output:
            result[-1].text += "\n" + line[2:]
            result[-1].first = index + 1
        elif result:
            result[-1].output.append(line)
        else:
            raise ValueError(f"{block.place}: a transcript begins with '$ ' and a command")
    return result
