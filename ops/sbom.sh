#!/usr/bin/env bash
# Makes artifacts/sbom.cdx.json: what gateway and admin-api are made of (CycloneDX 1.6), from the lock files.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

apt_install node nodejs
cd "$root"
mkdir -p artifacts
node ops/sbom.mjs >artifacts/sbom.cdx.json
echo "artifacts/sbom.cdx.json"
