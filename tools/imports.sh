#!/bin/sh
# Who may import whom: the contracts in pyproject.toml, read by import-linter.
set -eu

output=$("$1/lint-imports" --no-logo 2>&1) || {
    printf '%s\n' "$output"
    exit 1
}
printf '%s\n' "$output" | grep '^Contracts:'
