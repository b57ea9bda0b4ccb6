#!/bin/sh
# The configuration files: Envoy accepts ours, Compose accepts docker-compose.yml.
set -eu
bin=$1

"$bin/python" -m localstack check-config
if [ -f docker-compose.yml ]; then
    "$bin/docker-compose" --file docker-compose.yml config --quiet
    "$bin/docker-compose" --file docker-compose.yml --profile sandbox config --quiet
    echo "configuration: Compose accepts docker-compose.yml"
fi
