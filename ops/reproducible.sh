#!/usr/bin/env bash
# Shows that the same source gives the same bytes: the last commit, published by `make publish` in two folders of different
# names, file by file. Whoever has the commit, the SDK that global.json names and the same kind of machine can repeat it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

need_dotnet
work=$(mktemp -d "${TMPDIR:-/tmp}/gateway-reproducible.XXXXXX")
trap 'rm -rf "$work"' EXIT

for folder in one quite-another; do
  git clone -q "$root" "$work/$folder"
  say "in a folder called $folder:"
  "$work/$folder/ops/publish.sh" >/dev/null
done
cd "$work/one/artifacts"
files=$(find . -type f | wc -l)
[ "$files" -gt 0 ] || die "nothing was published"
diff -r . "$work/quite-another/artifacts" >&2 || die "the two are not the same"
echo "$files files, byte for byte the same"
sha256sum gateway/gateway.dll admin-api/admin-api.dll gateway/Gateway.Keys.dll
