#!/bin/sh
# Runs the tests of one folder: pytest.sh BIN FOLDER [OPTION...]
# Each test has a limit of its own. GERBANG_STAGE_LIMIT is for what hangs outside of
# a test; Python prints every thread's stack when it is aborted.
set -eu

bin=$1
folder=$2
shift 2

if [ ! -d "$folder" ]; then
    echo "$folder: not there yet"
    exit 0
fi
export PYTHONFAULTHANDLER=1
exec timeout --foreground --signal=ABRT --kill-after=30s "${GERBANG_STAGE_LIMIT:-30m}" \
    "$bin/python" -m pytest -q "$folder" "$@"
