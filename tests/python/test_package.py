"""The Python package with the library of this build: python/tests, and the examples of its docstrings."""

import os
import sys

try:
    import mypy, pytest, sklearn # noqa: F401, E401
except ImportError as missing:
    print(f"{missing.name} is not installed: tools/venv.sh makes an environment that has it")
    sys.exit(77)

os.environ["CNN_LIBRARY"] = os.path.join(os.environ["CNN_BUILD_DIR"], "libcnn.so")
os.environ["PYTHONPATH"] = os.path.join(os.environ["CNN_SOURCE_DIR"], "python")
os.chdir(os.environ["CNN_SOURCE_DIR"])
sys.exit(pytest.main(["--durations=5"]))
