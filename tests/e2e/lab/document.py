"""A document of docs/, read as an operator reads it: its examples, and its tables of log lines."""

import re

from . import ROOT


class Document:
    def __init__(self, name):
        self.text = (ROOT / "docs" / name).read_text()

    def section(self, heading):
        """The text below a heading, up to the next; the beginning of the document for ""."""
        parts = re.split(r"^#+ (.*)$", self.text, flags=re.MULTILINE)
        found = dict(zip(parts[3::2], parts[4::2]))  # behind the title
        return found[heading] if heading else parts[2]

    def examples(self, heading, language):
        """Its examples in that language, as they are."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.section(heading), re.MULTILINE | re.DOTALL)

    def log_rows(self, heading):
        """The first cells of its table of log lines; nothing if it has none."""
        table = re.search(r"^\| log \|.*\n\|.*\n((?:\|.*\n?)*)", self.section(heading), re.MULTILINE)
        return [line.split(" | ")[0].removeprefix("| ") for line in table.group(1).splitlines()] if table else []

    def headings(self):
        return re.findall(r"^#+ (.*)$", self.text, re.MULTILINE)[1:]


def filled(text, **values):
    """An example with what stands for something filled in: `<account ID>` is account_id."""
    for key, value in values.items():
        text = text.replace(f"<{key.replace('_', ' ')}>", value)
    assert "<" not in text, f"nothing is given for a part of {text}"
    return text


def said(cell):
    """What a cell quotes, as a pattern for a log line in the form `key=value key=value`: each quoted
    part occurs, with anything in place of "..."."""
    parts = [double or single for double, single in re.findall(r"`` ?(.*?) ?``|`([^`]+)`", cell)]
    assert parts, cell
    return [re.compile(".*".join(re.escape(piece) for piece in part.strip().split("...")), re.DOTALL)
            for part in parts]


def shown(line):
    return " ".join(f"{key}={value}" for key, value in line.items())
