#!/bin/sh
# mypy --strict over the source trees at once, then over each tests folder: those
# are no packages, and several have a conftest.py, so they cannot go together.
set -eu

bin=$1
sources=
for folder in libs/*/src services/*/src simulator/src edge/src cli/src tools/localstack/src; do
    [ -d "$folder" ] && sources="$sources $folder"
done

# shellcheck disable=SC2086 - a list of folders
"$bin/mypy" --no-error-summary $sources tools/*.py

for folder in libs/*/tests services/*/tests simulator/tests edge/tests cli/tests tools/*/tests tests/*; do
    [ -d "$folder" ] || continue
    [ -n "$(find "$folder" -name '*.py' | head -n 1)" ] || continue
    "$bin/mypy" --no-error-summary "$folder"
done
