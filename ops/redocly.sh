#!/usr/bin/env bash
# Lints an OpenAPI document (a file or a URL) with redocly's recommended rules, each warning an error. The linter,
# and a Node.js for it when the machine's is too old, are installed into artifacts/tools on first use.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

redocly_version=2.77.0
node_version=22.23.3 # for machines whose own is older than redocly takes: 20.19, or 22.12 and up

tools=$root/artifacts/tools/redocly-$redocly_version

node_fits() {
  command -v node >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'
}

# npm_install DIRECTORY PACKAGE: two at once take turns, and what was cut short is not taken for whole.
npm_install() {
  local directory=$1 package=$2
  mkdir -p "$root/artifacts/tools"
  exec 9>"$root/artifacts/tools/lock"
  flock 9
  if [ ! -e "$directory/installed" ]; then
    say "installing $package ..."
    rm -rf "$directory"
    mkdir -p "$directory"
    echo '{"private": true}' >"$directory/package.json"
    npm install --prefix "$directory" --no-audit --no-fund --silent "$package" </dev/null >&2
    touch "$directory/installed"
  fi
  exec 9>&-
}

[ $# = 1 ] || die "usage: ${0##*/} FILE-OR-URL"
apt_install npm nodejs npm
if ! node_fits; then
  rid=$(machine_rid)
  package=node-$rid
  npm_install "$root/artifacts/tools/node-$node_version" "$package@$node_version"
  PATH=$root/artifacts/tools/node-$node_version/node_modules/$package/bin:$PATH
fi
npm_install "$tools" "@redocly/cli@$redocly_version"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
# Away from any redocly.yaml of the caller's.
document=$1
case $document in
  http://* | https://* | /*) ;;
  *) document=$PWD/$document ;;
esac
cd "$tools"
exec node_modules/.bin/redocly lint --extends=recommended-strict --max-problems=1000 --format=stylish "$document"
