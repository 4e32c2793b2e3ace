"""The generated declarations are those of the headers, and of the compiler."""

import ctypes
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

from cnn import _declarations
from cnn._library import library

SCRIPT = ROOT / "tools" / "make_python_binding.py"


def test_file_is_what_the_headers_declare():
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler")
def test_size_and_offset_of_every_struct(tmp_path):
    program = subprocess.run([sys.executable, SCRIPT, "--layout"], capture_output=True, text=True, check=True).stdout
    source = tmp_path / "layout.c"
    source.write_text(program)
    subprocess.run(["cc", f"-I{ROOT / 'include'}", source, "-o", tmp_path / "layout"], check=True)
    lines = subprocess.run([tmp_path / "layout"], capture_output=True, text=True, check=True).stdout.splitlines()
    expected = []
    for name, struct in vars(_declarations).items():
        if isinstance(struct, type) and issubclass(struct, ctypes.Structure) and struct is not ctypes.Structure:
            expected.append(f"{name} {ctypes.sizeof(struct)}")
            for field, *_ in struct._fields_:
                place = getattr(struct, field)
                expected.append(f"{name}.{field} {place.offset} {place.size}")
    assert len(lines) > 200
    assert lines == expected


def test_library_has_every_function():
    for name in _declarations.FUNCTIONS:
        getattr(library, name)


def test_another_version_is_refused(tmp_path):
    code = "import cnn._declarations as c; c.CNN_VERSION = '99.0.0'; import cnn._library"
    done = subprocess.run(
        [sys.executable, "-c", "import sys, types; package = types.ModuleType('cnn'); package.__path__ = [sys.argv[1]]\n"
         f"sys.modules['cnn'] = package; {code}", str(ROOT / "python" / "cnn")], capture_output=True, text=True)
    assert "this package is for version 99.0.0" in done.stderr


def test_missing_library_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_LIBRARY", str(tmp_path / "none.so"))
    done = subprocess.run([sys.executable, "-c", "import cnn"], capture_output=True, text=True,
                          env={**__import__("os").environ, "PYTHONPATH": str(ROOT / "python")})
    assert "Install the package with pip" in done.stderr
