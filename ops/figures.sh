#!/usr/bin/env bash
# Takes the figures that changes on their way to every gateway are held to, from real processes of the Release build, and
# writes them to load/results/<day>-receipts.md. Takes some seven minutes, one of which is a gateway that is away for
# lease and staleness as they are by default. The exit code is 0 only when every bar holds.
#
# Nothing else should run on the machine meanwhile.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

limit_seconds=1800

stop_all() {
  trap '' INT TERM HUP
  # The group of `timeout`, so that the processes that are measured go too, also those that are paused.
  kill -TERM "$run" 2>/dev/null || true
  wait
}

need_dotnet
cd "$root"
say "building ..."
dotnet build Gateway.sln -c Release -v quiet -clp:NoSummary </dev/null >&2
FIGURES_COMMIT=$(git describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)
export FIGURES=full FIGURES_COMMIT
timeout --kill-after=20 "$limit_seconds" tests/bin/Release/net10.0/Gateway.Tests -class Gateway.Tests.FiguresTests \
  -noColor -noLogo </dev/null &
run=$!
trap 'stop_all; exit 130' INT TERM HUP
code=0
wait "$run" || code=$?
stop_all
exit "$code"
