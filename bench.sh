#!/usr/bin/env bash
# Install the other libraries, build, and measure every engine in turn: ./bench.sh --help. A library that cannot be installed is
# reported as absent; one that is installed but does not build is an error. CNN_SKIP_SETUP=1 installs nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case " $* " in
*" --help "* | *" -h "*) exec python3 bench/run.py --help ;;
esac

tools/setup.sh build bench || echo "Not all packages could be installed; continuing without their engines" >&2

# One package at a time: one that cannot be installed must not keep the others from being installed.
environment=build/bench-venv
if [ -z "${CNN_SKIP_SETUP:-}" ]; then
    [ -x $environment/bin/python ] || python3 -m venv $environment || echo "No Python environment" >&2
    sed 's/#.*//' tools/requirements-bench.txt | while read -r requirement; do
        [ -n "$requirement" ] || continue
        $environment/bin/python -m pip install --quiet --disable-pip-version-check "$requirement" </dev/null ||
            echo "$requirement cannot be installed" >&2
    done
fi

echo "Building"
cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DCNN_TESTS=OFF >/dev/null
cmake --build build/bench >/dev/null
rm -f build/bench/engine_onednn
if echo '#include <dnnl.hpp>' | g++ -std=c++20 -fsyntax-only -x c++ - 2>/dev/null; then
    g++ -std=c++20 -O3 -march=native -fopenmp -Wall -Wextra bench/onednn/*.cpp -ldnnl -o build/bench/engine_onednn || {
        echo "bench.sh: oneDNN is installed, but bench/onednn does not build with it" >&2
        exit 1
    }
else
    echo "oneDNN (libdnnl-dev) or a C++ compiler is not installed; continuing without it" >&2
fi

case " $* " in
*" --errors "*) exec $environment/bin/python bench/errors.py ;;
esac
exec python3 bench/run.py "$@"
