#!/usr/bin/env bash
# Makes artifacts/sbom.cdx.json: what gateway and admin-api are made of (CycloneDX 1.6), from the lock files and the packages
# as they were restored, which they are first when nothing was built here yet.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

apt_install node nodejs
cd "$root"
mkdir -p artifacts
for project in gateway admin-api; do
  if [ ! -f "$project/obj/project.assets.json" ]; then
    need_dotnet
    dotnet restore "$project" -v quiet >&2
  fi
done
node ops/sbom.mjs >artifacts/sbom.cdx.json
echo "artifacts/sbom.cdx.json"
