#!/bin/sh
# Make sure that there are a Chromium with its driver, Node and npm. Debian's packages fit each other.
# What formats, lints and checks the scripts comes from npm, into build/browser.
set -eu

found() {
    command -v chromedriver && command -v node && command -v npm &&
        { command -v chromium || command -v chromium-browser || command -v google-chrome; }
} >/dev/null

packages="chromium chromium-driver nodejs npm"
if ! found && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing $packages ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages fonts-dejavu-core >/dev/null
fi
if ! found; then
    echo "make test-browser needs Chromium, its driver chromedriver, Node and npm, and cannot install them here." >&2
    echo "On Debian: sudo apt-get install $packages. Elsewhere: put them on the PATH." >&2
    exit 1
fi
mkdir -p build/browser
cp tests/browser/package.json tests/browser/package-lock.json tests/browser/eslint.config.js build/browser
npm ci --prefix build/browser --silent --no-audit --no-fund
