#!/usr/bin/env bash
# Shows that the same source gives the same bytes: the last commit, published from two folders of different names, file by
# file. It is what `make publish` makes, but without debugging symbols: these carry the sources that the compiler made up,
# whose order changes from run to run (dotnet/runtime issue 119587) and which name the folder of each page.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

need_dotnet
work=$(mktemp -d "${TMPDIR:-/tmp}/gateway-reproducible.XXXXXX")
trap 'rm -rf "$work"' EXIT

# publish FOLDER OUTPUT: a clone of the last commit in a folder of that name.
publish() {
  git clone -q "$root" "$work/$1"
  for project in gateway admin-api; do
    say "publishing $project in a folder called $1 ..."
    dotnet publish "$work/$1/$project/$project.csproj" -c Release -o "$work/$2/$project" --self-contained false \
      --runtime "$(machine_rid)" -p:PublishReadyToRun=true -p:DebugType=none -v quiet -clp:NoSummary </dev/null >&2
  done
}

publish one first
publish quite-another second
files=$(cd "$work/first" && find . -type f | wc -l)
diff -r "$work/first" "$work/second" >&2 || die "the two are not the same"
echo "$files files, byte for byte the same"
