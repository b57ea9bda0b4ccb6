#!/bin/sh
# Fills .venv: setup.sh PYTHON VENV "LIST..." [PACKAGE...]
# First the third-party packages of requirements/LIST.txt, pinned and hashed; then
# our own folders, editable, without their dependencies (pip refuses local folders
# in hash mode). The lists are complete, so nothing is resolved; bytecode is made at
# the end on every core, without what nobody imports.
set -eu

python=$1
venv=$2
lists=$3
shift 3

begin=$(date +%s)

pip() {
    "$venv/bin/python" -m pip -qq --disable-pip-version-check --no-input "$@"
}

# Without pip it is the rest of a set-up that was broken off.
if ! pip --version >/dev/null 2>&1; then
    echo "setup: making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
fi

files=$(printf -- '--requirement requirements/%s.txt ' $lists)
echo "setup: installing the pinned packages: $lists (the first time takes a minute)"
# shellcheck disable=SC2086 - a list of words
pip install --no-deps --no-compile --require-hashes $files

if [ $# -gt 0 ]; then
    echo "setup: installing our own packages"
    set -- $(printf -- '--editable ./%s ' "$@")
    pip install --no-deps --no-compile --no-build-isolation "$@"
fi
# Some packages carry sources for other Pythons; those stay as they are.
"$venv/bin/python" -m compileall -qq -j 0 -x '/(pip|setuptools|lexers|devtools)/' \
    "$venv"/lib/python*/site-packages || true
echo "setup: done after $(($(date +%s) - begin)) s"
