#!/usr/bin/env bash
# Installs what the tests in a browser need: Debian's Chromium, and from npm an OpenID Connect provider and axe. Prints
# where the browser is. What is there already is left alone.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

apt_install chromium chromium
apt_install npm nodejs npm
cd "$root/tests/Browser/npm"
# Reinstalled only when the lock file is newer than what is there.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --no-audit --no-fund --silent </dev/null >&2
fi
command -v chromium
