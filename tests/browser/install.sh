#!/bin/sh
# Make sure that there is a Chromium with its driver, and axe-core in build/axe, which looks for
# what keeps readers out of a page. Debian's packages fit each other.
set -eu

found() {
    command -v npm && command -v chromedriver && { command -v chromium || command -v chromium-browser || command -v google-chrome; }
} >/dev/null

packages="chromium chromium-driver npm"
if ! found && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing $packages ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages fonts-dejavu-core >/dev/null
fi
if ! found; then
    echo "make test-browser needs Chromium, its driver, chromedriver, and npm, and cannot install them here." >&2
    echo "On Debian: sudo apt-get install $packages. Elsewhere: put chromium, chromedriver and npm on the PATH." >&2
    exit 1
fi
mkdir -p build/axe
cp tests/browser/package.json tests/browser/package-lock.json build/axe
npm ci --prefix build/axe --silent --no-audit --no-fund
