"""The commands that README.md, CONTRIBUTING.md and docs/ print, taken out of their Markdown."""

import dataclasses
import pathlib
import re

# What a line of a code block begins with that is a command, and so a `span` of several words.
PROGRAMS = ("cnn ", "./", "tools/", ".ci/", "cmake ", "ctest ", "cc ", "sudo ", "clang-format ", "build/", "cat ", "pip ",
            "mpirun ", "export ")
ASSIGNMENT = re.compile(r"[A-Z_]+=\S+ ")  # of an environment variable, before the program


def is_command(text):
    return text[len(before[0]) if (before := ASSIGNMENT.match(text)) else 0:].startswith(PROGRAMS)


@dataclasses.dataclass
class Command:
    document: str  # its name
    line: int
    text: str
    output: list  # the lines that the document shows behind it; empty: none

    def __str__(self):
        return f"{self.document}:{self.line}: {self.text}"


@dataclasses.dataclass
class Block:
    language: str
    line: int  # of its first line
    lines: list


def split(text):
    """(blocks of code, [(line number, line)] of prose) of a Markdown text."""
    blocks, prose, block = [], [], None
    blank = True
    for number, line in enumerate(text.splitlines(), 1):
        if block and block.language is not None:  # fenced
            if line.startswith("```"):
                block = None
            else:
                block.lines.append(line)
        elif line.startswith("```"):
            block = Block(line[3:].strip(), number + 1, [])
            blocks.append(block)
        elif line.startswith("    ") and (blank or block):
            if not block:
                block = Block(None, number, [])
                blocks.append(block)
            block.lines.append(line[4:])
        elif block and not line:
            block.lines.append("")
        else:
            block = None
            prose.append((number, line))
        blank = not line
    return blocks, prose


def _of_block(document, block):
    """Lines behind "$ " with their output; without any such line, those that begin with a program's name."""
    shown = any(line.startswith("$ ") for line in block.lines)
    command = None
    for number, line in enumerate(block.lines, block.line):
        if line.startswith("$ "):
            command = Command(document, number, line[2:], [])
            yield command
        elif shown and command:
            command.output.append(line)
        elif not shown and is_command(line):
            yield Command(document, number, re.sub(r"\s{2,}#.*", "", line), [])


def _of_prose(document, number, line):
    for span in re.findall(r"`([^`]+)`", line):
        if is_command(span):
            yield Command(document, number, span.replace("\\|", "|"), [])


def commands(path):
    blocks, prose = split(path.read_text(encoding="utf-8"))
    name = path.name
    found = [command for block in blocks if block.language in (None, "", "sh", "console")
             for command in _of_block(name, block)]
    found += [command for number, line in prose for command in _of_prose(name, number, line)]
    return sorted(found, key=lambda command: command.line)


def models(path):
    """(name or None, text) of every network in the text format: the name is that of a comment in its first line."""
    for block in split(path.read_text(encoding="utf-8"))[0]:
        lines = [line for line in block.lines if line.strip() and not line.startswith("#")]
        if lines and re.fullmatch(r"input \d+x\d+x\d+", lines[0].strip()):
            named = re.fullmatch(r"# (\S+\.txt)", block.lines[0])
            yield (named[1] if named else None), "\n".join(block.lines) + "\n"


def all_commands(source):
    """Of all documents, each text once: where its output is shown, if anywhere."""
    found = [command for path in all_documents(source) for command in commands(path)]
    once = {}
    for command in sorted(found, key=lambda command: not command.output):
        once.setdefault(command.text, command)
    return [command for command in found if once[command.text] is command]


def all_documents(source):
    source = pathlib.Path(source)
    return [source / "README.md", source / "CONTRIBUTING.md", *sorted((source / "docs").glob("*.md"))]
