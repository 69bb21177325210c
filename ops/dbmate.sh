#!/usr/bin/env bash
# dbmate, another tool that runs our migrations; installed into artifacts/tools on first use.
#
#   DATABASE_URL=sqlite:/path/to/gateway.db ops/dbmate.sh --migrations-dir migrations/sqlite up
#   DATABASE_URL='postgres://user@host/db'  ops/dbmate.sh --migrations-dir migrations/postgres status
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

version=2.36.0
package=@dbmate/linux-x64
sha256=47e284b3d8cbad1ba5f090495aa05afd1bbd5f35e2ed5577aad06da74ce780ce
folder=artifacts/tools/dbmate-$version
binary=$folder/node_modules/$package/bin/dbmate

install_dbmate() {
  [ "$(machine_rid)" = linux-x64 ] || die "dbmate is pinned for linux-x64; name its package and checksum for this machine here"
  apt_install npm nodejs npm
  say "installing dbmate $version ..."
  npm install --prefix "$folder" --no-save --no-audit --no-fund --silent "$package@$version" </dev/null >&2
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
