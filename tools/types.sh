#!/bin/sh
# mypy --strict: the source trees at once, then each folder of tests/ alone,
# because those are no packages and several have a conftest.py.
set -eu

bin=$1
sources=
for folder in libs/*/src services/*/src simulator/src edge/src cli/src deploy/*/src tools/localstack/src; do
    [ -d "$folder" ] && sources="$sources $folder"
done

# shellcheck disable=SC2086 - a list of folders
"$bin/mypy" --no-error-summary $sources tools/*.py

for folder in tools/localstack/tests tests/*; do
    if [ -n "$(find "$folder" -name '*.py' | head -n 1)" ]; then
        "$bin/mypy" --no-error-summary "$folder"
    fi
done
