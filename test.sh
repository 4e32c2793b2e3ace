#!/usr/bin/env bash
# Install what is missing, build and run all tests: ./test.sh [CTEST ARGUMENT...], for example ./test.sh -R train
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

tools/setup.sh build test
python=$(tools/venv.sh)
cmake --preset release -DCNN_PYTHON="$python"
cmake --build --preset release
tools/run_tests build/release "$@"
