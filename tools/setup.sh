#!/bin/sh
# Fills .venv: setup.sh PYTHON VENV PACKAGE...
# Third-party packages first, pinned and hashed; then our own folders, editable,
# without their dependencies (pip refuses local folders in hash mode).
set -eu

python=$1
venv=$2
shift 2

begin=$(date +%s)
if [ ! -x "$venv/bin/python" ]; then
    echo "setup: making $venv with $("$python" --version)"
    "$python" -m venv "$venv"
fi

pip() {
    "$venv/bin/python" -m pip -qq --disable-pip-version-check --no-input "$@"
}

echo "setup: installing the pinned packages (the first time takes a minute or two)"
pip install --require-hashes --requirement requirements/test.txt --requirement requirements/lint.txt

echo "setup: installing our own packages"
set -- $(printf -- '--editable ./%s ' "$@")
pip install --no-deps --no-build-isolation "$@"
echo "setup: done after $(($(date +%s) - begin)) s"
