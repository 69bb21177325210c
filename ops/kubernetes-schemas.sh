#!/usr/bin/env bash
# Checks Kubernetes manifests against the API's schemas, without a cluster: unknown fields, missing ones, wrong types. The
# schemas are installed into artifacts/tools on first use.
#
#   ops/kubernetes-schemas.sh FILE    FILE is a JSON array of manifests
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

models_version=5.1.0
typescript_version=5.9.3
tools=$root/artifacts/tools/kubernetes-models-$models_version

install_schemas() {
  mkdir -p "$root/artifacts/tools"
  exec 9>"$root/artifacts/tools/lock"
  flock 9
  if [ ! -e "$tools/installed" ]; then
    say "installing kubernetes-models $models_version ..."
    rm -rf "$tools"
    mkdir -p "$tools"
    echo '{"private": true, "type": "module"}' >"$tools/package.json"
    npm install --prefix "$tools" --no-audit --no-fund --silent \
      "kubernetes-models@$models_version" "typescript@$typescript_version" </dev/null >&2
    touch "$tools/installed"
  fi
  exec 9>&-
}

[ $# = 1 ] || die "usage: ${0##*/} FILE"
apt_install npm nodejs npm
install_schemas
exec node "$root/ops/kubernetes-schemas.mjs" "$tools" "$(realpath "$1")"
