#!/usr/bin/env bash
# Compares ways of publishing the gateway: for the runtime that is installed, the same compiled ahead of time (ReadyToRun),
# and that with the runtime along. Writes load/results/<day>-startup.md; takes some three minutes. The exit code is 0 only
# when every bar holds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$root/ops/measure.sh"

# publish WAY OPTION...
publish() {
  local way=$1
  shift
  say "publishing $way ..."
  in_background "$limit_seconds" dotnet publish "$root/gateway/gateway.csproj" -c Release -o "$measured/published/$way" \
    --artifacts-path "$measured/artifacts-$way" -v quiet -clp:NoSummary "$@" >&2
}

build_load
publish framework-dependent --self-contained false -p:PublishReadyToRun=false
publish ready-to-run --self-contained false --runtime "$(machine_rid)" -p:PublishReadyToRun=true
publish self-contained --self-contained true --runtime "$(machine_rid)" -p:PublishReadyToRun=true
measure startup --published "$measured/published" --default ready-to-run
