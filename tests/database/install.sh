#!/bin/sh
# Make sure that there is a PostgreSQL. Debian keeps its programs beside each other, off the PATH.
set -eu

found() {
    ls /usr/lib/postgresql/*/bin/initdb || command -v initdb
} >/dev/null 2>&1

if ! found && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing postgresql ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
fi
if ! found; then
    echo "make test-database needs PostgreSQL, and cannot install it here." >&2
    echo "On Debian: sudo apt-get install postgresql. Elsewhere: put initdb and pg_ctl on the PATH." >&2
    exit 1
fi
