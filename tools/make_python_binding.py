#!/usr/bin/env python3
"""Write python/cnn/_declarations.py, the ctypes declarations of the public headers.

    tools/make_python_binding.py            write it
    tools/make_python_binding.py --check    fail unless it is as it would be written
    tools/make_python_binding.py --layout   print a C program that prints size and offsets of every struct

The headers are read as the C compiler sees them ($CC, else cc), macros replaced. They declare only enums, structs, function
types and functions, one after the other, so that a few patterns read them; what these do not know is an error.
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "python" / "cnn" / "_declarations.py"
HEADERS = sorted(path.name for path in (ROOT / "include").glob("*.h"))

# Of each C type that is a number: its ctypes name, what Python sees.
NUMBERS = {
    "_Bool": ("c_bool", "bool"), "int": ("c_int", "int"), "float": ("c_float", "float"), "double": ("c_double", "float"),
    "int32_t": ("c_int32", "int"), "int64_t": ("c_int64", "int"), "uint8_t": ("c_uint8", "int"),
    "uint32_t": ("c_uint32", "int"), "uint64_t": ("c_uint64", "int"), "size_t": ("c_size_t", "int"),
}

BEGIN = '''"""The declarations of the library's headers for ctypes.

Written by tools/make_python_binding.py; do not edit.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_size_t, c_uint8,
    c_uint32, c_uint64, c_void_p,
)
from typing import Any
'''


def preprocessed():
    """What the headers declare, without comments, macros and what they include of the system."""
    source = "".join(f"#include <{header}>\n" for header in HEADERS)
    command = [os.environ.get("CC", "cc"), "-E", "-xc", f"-I{ROOT / 'include'}", "-"]
    output = subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout
    kept, ours = [], False
    for line in output.splitlines():
        marker = re.match(r'# \d+ "(.*?)"', line)
        if marker:
            ours = pathlib.Path(marker[1]).parent == ROOT / "include"
        elif ours:
            kept.append(line)
    return re.sub(r'__attribute__\(\(visibility\("default"\)\)\)', " ", "\n".join(kept))


def constants_of_macros():
    """The #defines of the headers that stand for a number or a string."""
    found = {}
    for header in HEADERS:
        text = (ROOT / "include" / header).read_text(encoding="utf-8")
        for name, value in re.findall(r'^#define (CNN_\w+) +(\(?-?\d+\)?|"[^"]*")(?: |$)', text, re.MULTILINE):
            found[name] = value.strip("()")
    return found


class Headers:
    def __init__(self):
        self.constants = constants_of_macros()
        self.enums, self.structs, self.callbacks, self.functions = [], {}, {}, {}
        self.opaque = set()
        for declaration in self.split(preprocessed()):
            self.read(declaration)

    @staticmethod
    def split(text):
        """One declaration after another: up to the semicolon that is in no braces."""
        depth, begin = 0, 0
        for at, character in enumerate(text):
            depth += (character == "{") - (character == "}")
            if character == ";" and depth == 0:
                yield " ".join(text[begin:at].split())
                begin = at + 1

    def read(self, declaration):
        forms = (
            (r"(?:typedef )?enum \w* ?\{(.*)\} ?(\w*)", self.read_enum),
            (r"typedef struct \w+ \{(.*)\} (\w+)", self.read_struct),
            (r"typedef struct (\w+) \1", self.opaque.add),
            (r"typedef int (\w+)", self.enums.append),
            (r"typedef (.+?) ?\(\*(\w+)\)\((.*)\)", self.read_callback),
            (r"((?:const )?\w+(?: \*| \*const \*| const \*const \*)? ?\*?)(cnn_\w+)\((.*)\)", self.read_function),
        )
        for pattern, read in forms:
            found = re.fullmatch(pattern, declaration)
            if found:
                return read(*found.groups())
        raise ValueError(f"not understood: {declaration}")

    def read_enum(self, body, name):
        value = -1
        for item in filter(None, (item.strip() for item in body.split(","))):
            word, _, given = item.partition("=")
            value = self.number(given) if given else value + 1
            self.constants[word.strip()] = str(value)
        if name:
            self.enums.append(name)

    def number(self, text):
        """The value of a constant: whole numbers and constants before it, added and multiplied."""
        text = re.sub(r"[A-Z]\w*", lambda name: self.constants[name[0]], text)
        if not re.fullmatch(r"[-+*() 0-9]+", text):
            raise ValueError(f"not understood: a constant of {text}")
        return eval(text) # nothing but arithmetic

    def read_struct(self, body, name):
        fields = self.structs[name] = []
        for line in filter(None, (line.strip() for line in body.split(";"))):
            function = re.fullmatch(r"(.+?) ?\(\*(\w+)\)\((.*)\)", line)
            if function:
                kinds = [self.ctypes_of(function[1]), *self.parameters(function[3])]
                fields.append((function[2], f"CFUNCTYPE({', '.join(kinds)})", ""))
                continue
            kind, first = re.fullmatch(r"((?:const )?\w+) (.*)", line).groups()
            for declarator in first.split(","):
                fields.append(self.declared(f"{kind} {declarator.strip()}"))

    def read_callback(self, result, name, parameters):
        self.callbacks[name] = [self.ctypes_of(result)] + self.parameters(parameters)

    def read_function(self, result, name, parameters):
        self.functions[name] = self.ctypes_of(result), self.parameters(parameters)

    def parameters(self, text):
        if text == "void":
            return []
        kinds = []
        for parameter in text.split(","):
            _, kind, size = self.declared(parameter.strip())
            kinds.append("c_void_p" if size else kind) # an array as a parameter is a pointer
        return kinds

    def declared(self, text):
        """(name, ctypes type of one element, sizes or '') of 'TYPE NAME' or 'TYPE NAME[2][3]', whose sizes are '3 * 2'."""
        kind, name, sizes = re.fullmatch(r"(.*?[ *])(\w+)((?:\[\w+\])*)", text).groups()
        size = " * ".join(self.constants.get(one, one) for one in reversed(re.findall(r"\w+", sizes)))
        if kind.strip() == "char" and size:
            return name, f"c_char * {size}", ""
        return name, self.ctypes_of(kind), size

    def ctypes_of(self, kind):
        """'const float *' -> 'c_void_p'"""
        base = " ".join(kind.replace("const", " ").replace("*", " * ").split())
        word, stars = base.split()[0], base.count("*")
        if stars == 0:
            return "None" if word == "void" else self.value(word)
        if word == "char":
            text = "c_char_p" if "const" in kind else "c_void_p" # memory that the caller frees must keep its address
            return text if stars == 1 else f"POINTER({text})"
        if word in self.structs:
            return f"POINTER({word})"
        return "c_void_p" if stars == 1 or word in NUMBERS else "POINTER(c_void_p)"

    def value(self, word):
        if word in NUMBERS:
            return NUMBERS[word][0]
        if word in self.enums:
            return "c_int"
        if word in self.structs or word in self.callbacks:
            return word
        raise ValueError(f"a type that is not known: {word}")


def python_type(kind, size):
    """What an attribute of a Structure is to a reader in Python."""
    if size:
        return f"ctypes.Array[{kind}]" if "*" not in size else "ctypes.Array[Any]"
    if kind.startswith("c_char *"):
        return "bytes"
    if kind.startswith("POINTER("):
        return f"ctypes._Pointer[{kind[8:-1]}]"
    numbers = dict(NUMBERS.values())
    return {"c_char_p": "bytes | None", "c_void_p": "int | None", **numbers}.get(kind, "Any" if "func" in kind.lower() else kind)


def written():
    headers = Headers()
    lines = [BEGIN]
    lines += [f"{name} = {value}" for name, value in headers.constants.items()]
    waiting = dict(headers.callbacks)
    for struct, fields in headers.structs.items():
        for name, kinds in list(waiting.items()): # before the struct that has it, behind those that it takes
            if any(kind == name for _, kind, _ in fields):
                lines += ["", f"{name} = CFUNCTYPE({', '.join(waiting.pop(name))})"]
        lines += ["", "", f"class {struct}(Structure):"]
        lines += [f"    {name}: {python_type(kind, size)}" for name, kind, size in fields]
        lines += ["    _fields_ = ["]
        lines += [f'        ("{name}", {kind}{f" * {size}" if size else ""}),' for name, kind, size in fields]
        lines += ["    ]"]
    lines += ["", "", "# The functions: their result, and what they take.", "FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {"]
    for name, (result, parameters) in headers.functions.items():
        lines.append(f'    "{name}": ({result}, [{", ".join(parameters)}]),')
    return "\n".join(lines + ["}"]) + "\n"


def layout_program():
    """A C program that prints STRUCT SIZE, then STRUCT.FIELD OFFSET SIZE for each field."""
    lines = ["#include <stdio.h>", "#include <stddef.h>", *(f"#include <{header}>" for header in HEADERS), "int main(void) {"]
    for struct, fields in Headers().structs.items():
        lines.append(f'    printf("{struct} %zu\\n", sizeof({struct}));')
        for name, _, _ in fields:
            lines.append(f'    printf("{struct}.{name} %zu %zu\\n", offsetof({struct}, {name}), sizeof((({struct} *)0)->{name}));')
    return "\n".join(lines + ["}"]) + "\n"


def main():
    if sys.argv[1:] == ["--layout"]:
        print(layout_program(), end="")
    elif sys.argv[1:] == ["--check"]:
        if TARGET.read_text(encoding="utf-8") != written():
            sys.exit(f"{TARGET.relative_to(ROOT)} is not what the headers declare: run tools/make_python_binding.py")
    else:
        TARGET.write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
