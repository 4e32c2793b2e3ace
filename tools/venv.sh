#!/usr/bin/env bash
# Make build/venv, a Python environment with exactly the versions of tools/requirements.txt, unless it is there
# already. Prints the path of its python.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=$PWD/build/venv/bin/python

is_complete() {
    "$python" - tools/requirements.txt <<'PYTHON' 2>/dev/null
import importlib.metadata, sys
for line in open(sys.argv[1]):
    name, _, version = line.partition("#")[0].strip().partition("==")
    if name and importlib.metadata.version(name) != version:
        sys.exit(1)
PYTHON
}

if ! is_complete; then
    echo "Installing the Python packages of tools/requirements.txt into build/venv" >&2
    python3 -m venv --clear build/venv >&2
    "$python" -m pip install --quiet --disable-pip-version-check -r tools/requirements.txt </dev/null >&2
fi
echo "$python"
