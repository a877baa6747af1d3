#!/bin/sh
# Make sure that there is a Chromium with its driver. Debian's packages fit each other.
set -eu

found() {
    command -v chromedriver && { command -v chromium || command -v chromium-browser || command -v google-chrome; }
} >/dev/null

found && exit
packages="chromium chromium-driver"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing $packages ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages fonts-dejavu-core >/dev/null
    found && exit
fi
echo "make test-browser needs Chromium and its driver, chromedriver, and cannot install them here." >&2
echo "On Debian: sudo apt-get install $packages. Elsewhere: put chromium and chromedriver on the PATH." >&2
exit 1
