#!/usr/bin/env bash
# Type-checks the k6 scripts against @types/k6; k6 itself is not needed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

apt_install npm nodejs npm
cd "$root/load/k6"
# Reinstalled only when the lock file is newer than what is there.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --no-audit --no-fund --silent </dev/null
fi
exec node_modules/.bin/tsc --project .
