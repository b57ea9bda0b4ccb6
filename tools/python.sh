#!/bin/sh
# Prints the Python to build .venv with: the one given, or the first of the
# usual names that is 3.11 or newer and can make virtual environments.
set -eu

good() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

for name in ${1:-python3.11 python3.12 python3.13 python3}; do
    if good "$name"; then
        command -v "$name"
        exit 0
    fi
done

if [ $# -gt 0 ]; then
    echo "setup: $1 is not Python 3.11 or newer with the modules venv and ensurepip." >&2
else
    echo "setup: Python 3.11 or newer with the modules venv and ensurepip is needed." >&2
fi
echo "setup: on Debian or Ubuntu: apt-get install python3 python3-venv; or name one: make PYTHON=/path/to/python3.11" >&2
exit 1
