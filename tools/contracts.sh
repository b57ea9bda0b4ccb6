#!/bin/sh
# The protobuf contracts: generated code is fresh, style, nothing broken.
set -eu

"$1/python" tools/protos.py check
"$1/python" tools/protos.py lint
"$1/python" tools/protos.py breaking
