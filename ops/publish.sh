#!/usr/bin/env bash
# Makes artifacts/gateway/gateway and artifacts/admin-api/admin-api: Release executables that start by themselves where
# the .NET runtime is installed, on this kind of machine. They are compiled ahead of time (ReadyToRun), because that takes a
# quarter off the time to the first answer for a few megabytes; what runs often is compiled again as it runs (`make startup`).
#
#   --self-contained [RID]   bring the runtime along; RID (linux-x64, linux-arm64, ...) is this machine's when absent
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

options=(--self-contained false --runtime "$(machine_rid)")
case ${1:-} in
  '') ;;
  --self-contained) options=(--self-contained true --runtime "${2:-$(machine_rid)}") ;;
  *) die "unknown option '$1'; there is only --self-contained [RID]" ;;
esac

need_dotnet
for project in gateway admin-api; do
  target=$root/artifacts/$project
  rm -rf "$target"
  say "publishing $project ..."
  dotnet publish "$root/$project/$project.csproj" -c Release -o "$target" "${options[@]}" -p:PublishReadyToRun=true \
    -v quiet -clp:NoSummary </dev/null >&2
  echo "$target/$project"
done
cp "$root/ops/routes.sample.json" "$root/artifacts/gateway/routes.sample.json"
