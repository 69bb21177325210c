#!/usr/bin/env bash
# Builds the container images gateway:TAG, admin-api:TAG and backend:TAG (TAG: latest) with docker, podman or buildah.
#
#   BUILDER   docker, podman or buildah; absent: the first that is there and works
#   TAG       latest when absent
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

tag=${TAG:-latest}
builder=${BUILDER:-}

# docker may be there without its daemon, so being there is not enough.
works() {
  command -v "$1" >/dev/null && "$1" info >/dev/null 2>&1
}

for candidate in docker podman buildah; do
  if [ -z "$builder" ] && works "$candidate"; then builder=$candidate; fi
done
[ "$builder" ] || die "needs docker, podman or buildah, none of which works here; on Debian: apt-get install buildah"

# The OCI format has no HEALTHCHECK; docker's is what docker writes anyway.
format=()
if [ "$builder" != docker ]; then format=(--format docker); fi

for image in gateway admin-api backend; do
  say "building $image:$tag with $builder ..."
  "$builder" build "${format[@]}" --file "$root/Dockerfile" --target "$image" --tag "$image:$tag" "$root" </dev/null
done
