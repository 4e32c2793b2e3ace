#!/usr/bin/env bash
# Install the packages of packages.txt that are missing: tools/setup.sh SECTION...
# CNN_SKIP_SETUP=1 leaves the system as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -n "${CNN_SKIP_SETUP:-}" ]; then
    exit 0
fi

packages=$(awk -v sections=" $* " '
    { sub(/#.*/, "") }
    /:/ { wanted = index(sections, " " substr($1, 1, length($1) - 1) " "); next }
    NF && wanted { print $1 }' packages.txt | sort -u)

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    {
        echo "This system is not Debian or a relative of it: the packages cannot be installed automatically."
        echo "Install what corresponds to these, then run again with CNN_SKIP_SETUP=1:"
        echo $packages
    } >&2
    exit 1
fi

missing=()
for package in $packages; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Packages are missing and there is no sudo. As root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

echo "Installing ${missing[*]}"
# A list that cannot be refreshed does not matter as long as the packages are found.
${as_root[@]+"${as_root[@]}"} apt-get update -qq </dev/null || true
${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
