#!/usr/bin/env bash
# Install what is missing, build, train the Basic CNN on Fashion-MNIST, test it and look at six predictions.
# Arguments go on to `cnn train`: ./demo.sh --data mnist --epochs 3
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

data=fashion-mnist
run=$root/runs/basic
arguments=()
while [ $# -gt 0 ]; do
    case $1 in
    --data | -o)
        if [ $# -lt 2 ]; then
            echo "demo.sh: $1 needs a value" >&2
            exit 2
        fi
        if [ "$1" = -o ]; then run=$2; else data=$2; fi
        shift
        ;;
    -h | --help)
        sed -n '2,3s/^# //p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    --data=*) data=${1#*=} ;;
    *) arguments+=("$1") ;;
    esac
    shift
done

"$root/tools/setup.sh" build demo
(
    cd "$root"
    cmake --preset release -DCNN_TESTS=OFF >/dev/null
    cmake --build --preset release --target cnn_command
)
cnn=$root/build/release/cnn

# An empty array counts as unset in older versions of bash.
"$cnn" train basic --data "$data" -o "$run" ${arguments[@]+"${arguments[@]}"}
echo
"$cnn" test "$run" --data "$data"
echo
"$cnn" predict "$run" --data "$data" --count 6
