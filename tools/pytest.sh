#!/bin/sh
# Runs the tests of one folder: pytest.sh BIN FOLDER [OPTION...]
set -eu

bin=$1
folder=$2
shift 2

if [ ! -d "$folder" ]; then
    echo "$folder: not there yet"
    exit 0
fi
exec "$bin/python" -m pytest -q "$folder" "$@"
