#!/usr/bin/env bash
# dbmate, another tool that runs our migrations; installed into artifacts/tools on first use.
#
#   DATABASE_URL=sqlite:/path/to/gateway.db ops/dbmate.sh --migrations-dir migrations/sqlite up
#   DATABASE_URL='postgres://user@host/db'  ops/dbmate.sh --migrations-dir migrations/postgres status
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=2.36.0
sha256=47e284b3d8cbad1ba5f090495aa05afd1bbd5f35e2ed5577aad06da74ce780ce
folder=artifacts/tools/dbmate-$version
binary=$folder/node_modules/@dbmate/linux-x64/bin/dbmate

install_npm() {
  [ "$(id -u)" = 0 ] || { echo "npm is not installed, and only root can install it." >&2; exit 1; }
  apt-get update -q >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends npm >&2
}

install_dbmate() {
  command -v npm >/dev/null || install_npm
  npm install --prefix "$folder" --no-save --no-audit --no-fund "@dbmate/linux-x64@$version" >&2
}

mkdir -p "$folder"
# Two tests may ask at once.
(
  flock 9
  [ -x "$binary" ] || install_dbmate
  echo "$sha256  $binary" | sha256sum --check --quiet - >&2
) 9>"$folder/lock"

# The migrations are the schema; a dump of it beside them would be a second one.
exec "$binary" --no-dump-schema "$@"
