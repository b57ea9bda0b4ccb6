#!/bin/sh
# Sees to the programs that the tests need beside Python: a database, a browser.
# As root on Debian it installs what is missing; elsewhere it says what to do.
set -eu

PATH="$PATH:/usr/sbin:/sbin"
missing=

need() {
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

need mariadbd mariadb-server-core
need my_print_defaults mariadb-client-core
need chromium chromium
need chromedriver chromium-driver
need softhsm2-util softhsm2
need openssl openssl

[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1; then
    echo "test: installing$missing"
    log=$(mktemp)
    # shellcheck disable=SC2086 - a list of words
    if { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 20 "$log" >&2
    rm -f "$log"
fi

echo "test: these Debian packages are missing:$missing" >&2
echo "test: install them: sudo apt-get install --no-install-recommends$missing" >&2
exit 1
