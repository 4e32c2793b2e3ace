"""The command `cnn`, which a wheel brings along: what it does that the library does not."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Sequence

from . import errors

__all__ = ["main", "run"]

WRONG_USE = 2 # the exit status for arguments that the command does not know


def _program() -> str:
    """That of $CNN_COMMAND, or the one beside this file."""
    return os.environ.get("CNN_COMMAND") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "cnn")


def run(arguments: Sequence[str], folder: str = os.curdir) -> None:
    """Run the command in a folder. Raises Error with its message, or ArgumentError, if it does not succeed."""
    environment = dict(os.environ)
    if "CNN_DATA" in environment: # the folder of known data sets, which may be relative to where we are
        environment["CNN_DATA"] = os.path.abspath(environment["CNN_DATA"])
    program = os.path.abspath(_program())
    try:
        done = subprocess.run(
            [program, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace",
        )
    except OSError as error:
        raise errors.UnsupportedError(
            f"the command cnn does not start: {error}. Wheels have it; where the package is used without installing it, let "
            "the environment variable CNN_COMMAND name the program of a build folder"
        ) from None
    if done.returncode:
        message = done.stderr.strip().rpartition("cnn: ")[2] or f"cnn {arguments[0]} ended with status {done.returncode}"
        raise (errors.ArgumentError if done.returncode == WRONG_USE else errors.Error)(message)


def main() -> None:
    """The command itself, as pip installs it."""
    program = _program()
    os.execv(program, [program, *sys.argv[1:]])
