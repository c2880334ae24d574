"""Writes manual pages in mdoc(7) from what `martlet --experimental-dump-help` says; see Scripts/install."""

import json
import re
import sys
import textwrap
from datetime import date
from pathlib import Path

ENVIRONMENT = [
    ("MARTLET_CACHE", "The folder in which results of stages are kept, in place of .martlet/cache."),
    ("MARTLET_CACHE_LIMIT", "How much is kept there, such as 2GiB; 4GiB unless set."),
    ("NO_COLOR", "Where it is set and not empty, nothing is coloured."),
    ("TERM", "Where it is dumb, nothing is coloured or drawn over."),
]


def escaped(text):
    """Text as roff takes it: backslashes and what begins a line like a request are no commands."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("…", "...")
    return re.sub(r"^\.", r"\\&.", text)


def word(text):
    """An argument of a macro."""
    quoted = escaped(text).replace('"', "\\(dq")
    return f'"{quoted}"'


def sentences(text):
    """A line or more for each sentence, so that the formatter spaces them."""
    whole = re.split(r"(?<=[.;:]) (?=[A-Z])", " ".join(text.split()))
    lines = [textwrap.wrap(sentence, 72, break_long_words=False, break_on_hyphens=False) for sentence in whole]
    return [escaped(line) for sentence in lines for line in sentence]


class Page:
    def __init__(self, command, version, day):
        self.command = command
        self.path = (command.get("superCommands") or []) + [command["commandName"]]
        self.version = version
        self.day = day

    @property
    def name(self):
        return "-".join(self.path)

    @property
    def arguments(self):
        return [argument for argument in self.command.get("arguments", []) if argument["valueName"] != "version"]

    def discussion(self):
        """Examples, and the paragraphs behind them."""
        head, _, rest = (self.command.get("discussion") or "").partition("\n\n")
        lines = head.splitlines()
        if lines[:1] == ["EXAMPLES:"]:
            return [line.strip() for line in lines[1:]], rest
        return [], f"{head}\n\n{rest}".strip()

    def text(self, subcommands):
        examples, rest = self.discussion()
        lines = [
            f".Dd {self.day:%B} {self.day.day}, {self.day.year}", f".Dt {self.name.upper()} 1", f".Os {word('martlet ' + self.version)}", ".Sh NAME",
            f".Nm {self.name}", f".Nd {escaped(self.command['abstract'].rstrip('.'))}", ".Sh SYNOPSIS",
        ]
        lines += self.synopsis(subcommands)
        lines += [".Sh DESCRIPTION"] + self.description(rest)
        if self.arguments:
            lines += [".Pp", "The arguments are as follows:", ".Bl -tag -width Ds"]
            for argument in self.arguments:
                lines += self.argument(argument)
            lines.append(".El")
        if subcommands:
            lines += [".Pp", "The commands are as follows:", ".Bl -tag -width Ds"]
            for command in subcommands:
                lines += [f".It Xr {'-'.join(self.path + [command['commandName']])} 1"]
                lines += sentences(command["abstract"])
            lines.append(".El")
        if len(self.path) == 1:
            lines += [".Sh ENVIRONMENT", ".Bl -tag -width Ds"]
            for name, meaning in ENVIRONMENT:
                lines += [f".It Ev {name}"] + sentences(meaning)
            lines.append(".El")
        if examples:
            lines += [".Sh EXAMPLES", ".Bd -literal -offset indent"]
            lines += [escaped(example) for example in examples] + [".Ed"]
        if len(self.path) > 1:
            lines += [".Sh SEE ALSO", f".Xr {'-'.join(self.path[:-1])} 1"]
        return "\n".join(lines) + "\n"

    def synopsis(self, subcommands):
        lines = [f".Nm {self.path[0]}"] + [f".Cm {name}" for name in self.path[1:]]
        if subcommands and not any(argument["kind"] == "positional" for argument in self.arguments):
            return lines + [".Ar command", ".Op Ar options"]
        if any(argument["kind"] != "positional" for argument in self.arguments):
            lines.append(".Op Ar options")
        for argument in self.arguments:
            if argument["kind"] == "positional":
                value = f"Ar {word(argument['valueName'])}" + (" ..." if argument["isRepeating"] else "")
                lines.append(f".Op {value}" if argument["isOptional"] else f".{value}")
            elif argument["kind"] == "option" and not argument["isOptional"]:
                lines.append(f".Fl \\-{escaped(argument['preferredName']['name'])} Ar {word(argument['valueName'])}")
        return lines

    def description(self, rest):
        lines = sentences(self.command["abstract"])
        for paragraph in rest.split("\n\n"):
            if not paragraph.strip():
                continue
            items = [line for line in paragraph.splitlines() if line.startswith("  ")]
            text = [line for line in paragraph.splitlines() if not line.startswith("  ")]
            lines += [".Pp"] + sentences(" ".join(text))
            if items:
                lines += [".Bl -tag -width Ds"]
                for item in items:
                    name, _, meaning = item.strip().partition(": ")
                    lines += [f".It {word(name)}"] + sentences(meaning)
                lines.append(".El")
        return lines

    def argument(self, argument):
        value = f"Ar {word(argument['valueName'])}"
        if argument["kind"] == "positional":
            head = value
        else:
            names = [
                "Fl " + ("\\-" if name["kind"] == "long" else "") + escaped(name["name"])
                for name in argument["names"] if name["kind"] != "longWithSingleDash"
            ]
            head = " , ".join(names) + (f" {value}" if argument["kind"] == "option" else "")
        text = argument.get("abstract") or ""
        facts = []
        if argument.get("allValues"):
            facts.append("one of " + ", ".join(argument["allValues"]))
        if argument.get("defaultValue") is not None and "(default" not in text:
            facts.append(f"{argument['defaultValue']} unless given")
        lines = [f".It {head}"] + sentences(text)
        if facts:
            lines += sentences("; ".join(facts).capitalize() + ".")
        return lines


def all_commands(command):
    subcommands = [inner for inner in command.get("subcommands", []) if inner["commandName"] != "help"]
    yield command, subcommands
    for inner in subcommands:
        yield from all_commands(inner)


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: man_pages.py VERSION YYYY-MM-DD FOLDER < help.json")
    version, day, folder = sys.argv[1], date.fromisoformat(sys.argv[2]), Path(sys.argv[3])
    for command, subcommands in all_commands(json.load(sys.stdin)["command"]):
        page = Page(command, version, day)
        (folder / f"{page.name}.1").write_text(page.text(subcommands))


main()
